import { after, before, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { start, richKey, poorKey } from './bed.js'

let bed
before(async () => (bed = await start()))
after(() => bed?.stop())

const client = (apiKey = richKey) => new OpenAI({ baseURL: `${bed.url}/v1`, apiKey, maxRetries: 0 })
const messages = [{ role: 'user', content: 'ping' }]

const weather = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

describe('openai', () => {
  test('chat', async () => {
    const { data, response } = await client().chat.completions.create({ model: 'gpt-5-mini', messages }).withResponse()
    assert.match(data.choices[0].message.content, /ping/)
    assert.ok(data.usage.total_tokens > 0)
    assert.ok(Number(response.headers.get('x-burncloud-cost')) > 0)
    assert.match(response.headers.get('x-request-id'), /^[0-9a-f-]{36}$/)
  })

  for (const include_usage of [false, true]) {
    test(`stream, usage ${include_usage ? 'asked for' : 'not asked for'}`, async () => {
      const stream = await client().chat.completions.create({
        model: 'gpt-5-mini', messages, stream: true, ...(include_usage && { stream_options: { include_usage } }),
      })
      let text = ''
      let usage = 0
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? ''
        if (chunk.choices.length === 0) usage++
      }
      assert.match(text, /ping/)
      assert.equal(usage, include_usage ? 1 : 0)
    })
  }

  test('stream helper', async () => {
    const final = await client().chat.completions.stream({ model: 'gpt-5-mini', messages }).finalChatCompletion()
    assert.equal(final.choices[0].finish_reason, 'stop')
  })

  test('tools, two turns', async () => {
    const first = await client().chat.completions.create({ model: 'gpt-5-mini', messages, tools: [weather] })
    const [call] = first.choices[0].message.tool_calls
    assert.equal(call.function.name, 'weather')
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string')
    const second = await client().chat.completions.create({
      model: 'gpt-5-mini', tools: [weather],
      messages: [...messages, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: 'rain' }],
    })
    assert.equal(second.choices[0].finish_reason, 'stop')
  })

  test('streamed tools', async () => {
    const runner = client().chat.completions.stream({ model: 'gpt-5-mini', messages, tools: [weather] })
    const message = await runner.finalMessage()
    assert.equal(typeof JSON.parse(message.tool_calls[0].function.arguments).city, 'string')
  })

  test('structured output', async () => {
    const Person = z.object({ name: z.string(), age: z.number().int() })
    const got = await client().chat.completions.parse({
      model: 'gpt-5-mini', messages, response_format: zodResponseFormat(Person, 'person'),
    })
    Person.parse(got.choices[0].message.parsed)
  })

  test('responses, plain and streamed', async () => {
    const got = await client().responses.create({ model: 'gpt-5-mini', input: 'ping' })
    assert.match(got.output_text, /ping/)
    const types = []
    for await (const event of await client().responses.create({ model: 'gpt-5-mini', input: 'ping', stream: true })) types.push(event.type)
    assert.equal(types.at(-1), 'response.completed')
  })

  test('embeddings', async () => {
    // Without encoding_format this SDK asks for base64 and decodes it: a plain array must pass too.
    for (const encoding_format of [undefined, 'float']) {
      const got = await client().embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'], encoding_format })
      assert.equal(got.data.length, 2)
      assert.equal(typeof got.data[0].embedding[0], 'number')
    }
  })

  test('moderations', async () => {
    const got = await client().moderations.create({ model: 'omni-moderation-latest', input: 'x' })
    assert.equal(got.results.length, 1)
  })

  test('models', async () => {
    const ids = []
    for await (const m of client().models.list()) ids.push(m.id)
    assert.ok(ids.includes('gpt-5-mini'))
    assert.equal((await client().models.retrieve('gpt-5-mini')).id, 'gpt-5-mini')
  })

  for (const [name, key, model, error, code] of [
    ['unknown key', 'sk-nobody-0123456789', 'gpt-5-mini', OpenAI.AuthenticationError, 'invalid_api_key'],
    ['unknown model', richKey, 'gpt-99', OpenAI.NotFoundError, 'model_not_found'],
    ['no money', poorKey, 'gpt-5-mini', OpenAI.APIError, 'insufficient_quota'],
    ["vendor's 429", richKey, 'fake-429', OpenAI.RateLimitError, 'rate_limit_exceeded'],
    ["vendor's 500", richKey, 'fake-500', OpenAI.InternalServerError, 'upstream_error'],
    ['our credential refused', richKey, 'gpt-5-nano', OpenAI.InternalServerError, 'upstream_credential'],
  ]) {
    for (const stream of [false, true]) {
      test(`${name}${stream ? ', stream' : ''}`, async () => {
        await assert.rejects(client(key).chat.completions.create({ model, messages, stream }), (e) => {
          assert.ok(e instanceof error, `${e}`)
          assert.equal(e.code, code)
          return true
        })
      })
    }
  }

  test('a broken stream is an error', async () => {
    await assert.rejects(async () => {
      for await (const _ of await client().chat.completions.create({ model: 'fake-stream-error', messages, stream: true }));
    })
  })

  test('abort ends the call at the vendor', async () => {
    const stream = await client().chat.completions.create({ model: 'fake-stream-500-10ms', messages, stream: true })
    let chunks = 0
    for await (const _ of stream) if (++chunks === 3) stream.controller.abort()
    assert.ok(chunks < 20, `${chunks} chunks after the abort`)
    await assert.rejects(client().chat.completions.create({ model: 'fake-hang', messages }, { timeout: 200 }), OpenAI.APIConnectionTimeoutError)
    assert.ok(await client().chat.completions.create({ model: 'gpt-5-mini', messages }))
  })
})
