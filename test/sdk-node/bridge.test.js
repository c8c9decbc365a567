// Every SDK against every vendor's protocol: a word, a stream, and a tool's round trip of two turns.
import { after, before, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { start, richKey } from './bed.js'

let bed
before(async () => (bed = await start()))
after(() => bed?.stop())

const vendors = { openai: 'gpt-5-mini', anthropic: 'claude-sonnet-4-5', gemini: 'gemini-2.5-flash' }
const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

for (const [vendor, model] of Object.entries(vendors)) {
  describe(`to ${vendor}`, () => {
    test('openai chat', async () => {
      const client = new OpenAI({ baseURL: `${bed.url}/v1`, apiKey: richKey, maxRetries: 0 })
      const messages = [{ role: 'system', content: 'be brief' }, { role: 'user', content: 'ping' }]
      const got = await client.chat.completions.create({ model, messages })
      assert.match(got.choices[0].message.content, /ping/)
      assert.equal(got.model, vendor === 'openai' ? got.model : model)
      assert.equal(got.usage.total_tokens, got.usage.prompt_tokens + got.usage.completion_tokens)

      const streamed = await client.chat.completions.stream({ model, messages }).finalChatCompletion()
      assert.match(streamed.choices[0].message.content, /ping/)
      assert.equal(streamed.choices[0].finish_reason, 'stop')

      const tools = [{ type: 'function', function: { name: 'weather', parameters: schema } }]
      const first = await client.chat.completions.create({ model, messages, tools })
      const [call] = first.choices[0].message.tool_calls
      assert.equal(typeof JSON.parse(call.function.arguments).city, 'string')
      assert.equal(first.choices[0].finish_reason, 'tool_calls')
      const second = await client.chat.completions.create({
        model, tools, messages: [...messages, first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: 'rain' }],
      })
      assert.equal(second.choices[0].finish_reason, 'stop')

      const streamedCall = await client.chat.completions.stream({ model, messages, tools }).finalMessage()
      assert.equal(typeof JSON.parse(streamedCall.tool_calls[0].function.arguments).city, 'string')
    })

    test('openai responses', async () => {
      const client = new OpenAI({ baseURL: `${bed.url}/v1`, apiKey: richKey, maxRetries: 0 })
      const got = await client.responses.create({ model, input: 'ping', instructions: 'be brief' })
      assert.match(got.output_text, /ping/)
      let text = ''
      let last
      for await (const e of await client.responses.create({ model, input: 'ping', stream: true })) {
        if (e.type === 'response.output_text.delta') text += e.delta
        last = e
      }
      assert.match(text, /ping/)
      assert.equal(last.type, 'response.completed')
      assert.ok(last.response.usage.output_tokens > 0)

      const tools = [{ type: 'function', name: 'weather', parameters: schema, strict: false }]
      const input = [{ role: 'user', content: 'ping' }]
      const first = await client.responses.create({ model, input, tools })
      const call = first.output.find((o) => o.type === 'function_call')
      assert.equal(typeof JSON.parse(call.arguments).city, 'string')
      const second = await client.responses.create({
        model, tools, input: [...input, ...first.output, { type: 'function_call_output', call_id: call.call_id, output: 'rain' }],
      })
      assert.ok(second.output_text.length > 0)
    })

    test('anthropic', async () => {
      const client = new Anthropic({ baseURL: bed.url, apiKey: richKey, maxRetries: 0 })
      const ask = { model, max_tokens: 500, system: 'be brief', messages: [{ role: 'user', content: 'ping' }] }
      const got = await client.messages.create(ask)
      assert.match(got.content.find((b) => b.type === 'text').text, /ping/)
      assert.equal(got.stop_reason, 'end_turn')
      const streamed = await client.messages.stream(ask).finalMessage()
      assert.match(streamed.content.find((b) => b.type === 'text').text, /ping/)
      assert.ok(streamed.usage.output_tokens > 0)

      const tools = [{ name: 'weather', input_schema: schema }]
      const first = await client.messages.create({ ...ask, tools })
      const use = first.content.find((b) => b.type === 'tool_use')
      assert.equal(typeof use.input.city, 'string')
      assert.equal(first.stop_reason, 'tool_use')
      const second = await client.messages.create({
        ...ask, tools,
        messages: [...ask.messages, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'rain' }] }],
      })
      assert.equal(second.stop_reason, 'end_turn')
      const streamedUse = (await client.messages.stream({ ...ask, tools }).finalMessage()).content.find((b) => b.type === 'tool_use')
      assert.equal(typeof streamedUse.input.city, 'string')
    })

    test('google', async () => {
      const client = new GoogleGenAI({ apiKey: richKey, httpOptions: { baseUrl: bed.url } })
      const got = await client.models.generateContent({ model, contents: 'ping', config: { systemInstruction: 'be brief' } })
      assert.match(got.text, /ping/)
      let text = ''
      for await (const chunk of await client.models.generateContentStream({ model, contents: 'ping' })) text += chunk.text ?? ''
      assert.match(text, /ping/)

      const config = { tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: schema }] }] }
      const first = await client.models.generateContent({ model, contents: 'ping', config })
      const [call] = first.functionCalls
      assert.equal(typeof call.args.city, 'string')
      const second = await client.models.generateContent({
        model, config,
        contents: [
          { role: 'user', parts: [{ text: 'ping' }] }, first.candidates[0].content,
          { role: 'user', parts: [{ functionResponse: { id: call.id, name: 'weather', response: { output: 'rain' } } }] },
        ],
      })
      assert.ok(second.text.length > 0)
    })
  })
}
