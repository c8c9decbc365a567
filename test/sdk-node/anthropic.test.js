import { after, before, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import { start, richKey } from './bed.js'

let bed
before(async () => (bed = await start()))
after(() => bed?.stop())

// Both ways in which Anthropic's clients send a credential.
const clients = {
  'x-api-key': () => new Anthropic({ baseURL: bed.url, apiKey: richKey, maxRetries: 0 }),
  bearer: () => new Anthropic({ baseURL: bed.url, apiKey: null, authToken: richKey, maxRetries: 0 }),
}
const ask = { model: 'claude-sonnet-4-5', max_tokens: 256, messages: [{ role: 'user', content: 'ping' }] }

describe('anthropic', () => {
  for (const [name, client] of Object.entries(clients)) {
    test(`message, ${name}`, async () => {
      const got = await client().messages.create(ask)
      assert.match(got.content[0].text, /ping/)
      assert.equal(got.stop_reason, 'end_turn')
      assert.ok(got.usage.output_tokens > 0)
    })
  }

  test('stream', async () => {
    const final = await clients.bearer().messages.stream(ask).finalMessage()
    assert.match(final.content[0].text, /ping/)
    assert.ok(final.usage.output_tokens > 0)
  })

  test('tools, two turns', async () => {
    const tools = [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }]
    const first = await clients.bearer().messages.create({ ...ask, tools })
    const use = first.content.find((b) => b.type === 'tool_use')
    assert.equal(typeof use.input.city, 'string')
    const second = await clients.bearer().messages.create({
      ...ask, tools,
      messages: [...ask.messages, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'rain' }] }],
    })
    assert.equal(second.stop_reason, 'end_turn')
  })

  test('models', async () => {
    const ids = []
    for await (const m of clients['x-api-key']().models.list()) ids.push(m.id)
    assert.ok(ids.includes('claude-sonnet-4-5'))
  })

  test('errors', async () => {
    const stranger = new Anthropic({ baseURL: bed.url, apiKey: 'sk-nobody-0123456789', maxRetries: 0 })
    await assert.rejects(stranger.messages.create(ask), Anthropic.AuthenticationError)
    await assert.rejects(clients.bearer().messages.create({ ...ask, model: 'claude-99' }), Anthropic.NotFoundError)
    await assert.rejects(clients.bearer().messages.create({ ...ask, model: 'fake-429' }), Anthropic.RateLimitError)
    await assert.rejects(clients.bearer().messages.stream({ ...ask, model: 'fake-stream-error' }).finalMessage(), Anthropic.APIError)
  })
})
