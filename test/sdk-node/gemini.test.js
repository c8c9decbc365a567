import { after, before, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import { ApiError, GoogleGenAI } from '@google/genai'
import { start, richKey } from './bed.js'

let bed
before(async () => (bed = await start()))
after(() => bed?.stop())

const client = (apiKey = richKey, apiVersion = 'v1beta') => new GoogleGenAI({ apiKey, apiVersion, httpOptions: { baseUrl: bed.url } })
const ask = { model: 'gemini-2.5-flash', contents: 'ping' }

describe('gemini', () => {
  for (const version of ['v1beta', 'v1']) {
    test(`generate under ${version}`, async () => {
      const got = await client(richKey, version).models.generateContent(ask)
      assert.match(got.text, /ping/)
      assert.ok(got.usageMetadata.totalTokenCount > 0)
    })
  }

  test('stream', async () => {
    let text = ''
    for await (const chunk of await client().models.generateContentStream(ask)) text += chunk.text ?? ''
    assert.match(text, /ping/)
  })

  test('tools', async () => {
    const got = await client().models.generateContent({
      ...ask,
      config: { tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }] }] },
    })
    assert.equal(got.functionCalls[0].name, 'weather')
    assert.equal(typeof got.functionCalls[0].args.city, 'string')
  })

  test('count tokens', async () => {
    assert.ok((await client().models.countTokens(ask)).totalTokens > 0)
  })

  test('models', async () => {
    const names = []
    for await (const m of await client().models.list()) names.push(m.name)
    assert.ok(names.includes('models/gemini-2.5-flash'), `${names}`)
  })

  test('errors', async () => {
    for (const [key, model, status] of [['sk-nobody-0123456789', 'gemini-2.5-flash', 401], [richKey, 'gemini-99', 404], [richKey, 'fake-429', 429]]) {
      await assert.rejects(client(key).models.generateContent({ ...ask, model }), (e) => e instanceof ApiError && e.status === status)
    }
  })
})
