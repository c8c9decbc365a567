/** The languages that a ready example is shown in. */
export const snippetKinds = ['curl', 'python', 'node'] as const;
export type SnippetKind = (typeof snippetKinds)[number];

/** The vendor protocol that an example speaks. */
export type Wire = 'chat' | 'messages' | 'gemini';

/** The protocol that a provider's models are asked in. */
export function wireOf(provider: string | undefined): Wire {
  return provider === 'anthropic' ? 'messages' : provider === 'gemini' ? 'gemini' : 'chat';
}

interface Values {
  base: string;
  secret: string;
  model: string;
}

/** A first request that works as it stands, with the gateway's own address. */
export function snippet(kind: SnippetKind, wire: Wire, values: Values): string {
  return snippets[wire][kind]({ ...values, model: JSON.stringify(values.model) });
}

// In all of them the model is a JSON string already, quotes included.
const snippets: Record<Wire, Record<SnippetKind, (v: Values) => string>> = {
  chat: {
    curl: ({ base, secret, model }) => `curl ${base}/v1/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": ${model}, "messages": [{"role": "user", "content": "Hello!"}]}'`,
    python: ({ base, secret, model }) => `from openai import OpenAI

client = OpenAI(base_url="${base}/v1", api_key="${secret}")
answer = client.chat.completions.create(
    model=${model},
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`,
    node: ({ base, secret, model }) => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${base}/v1", apiKey: "${secret}" });
const answer = await client.chat.completions.create({
  model: ${model},
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);`,
  },
  messages: {
    curl: ({ base, secret, model }) => `curl ${base}/v1/messages \\
  -H "x-api-key: ${secret}" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "Content-Type: application/json" \\
  -d '{"model": ${model}, "max_tokens": 256, "messages": [{"role": "user", "content": "Hello!"}]}'`,
    python: ({ base, secret, model }) => `from anthropic import Anthropic

client = Anthropic(base_url="${base}", api_key="${secret}")
answer = client.messages.create(
    model=${model},
    max_tokens=256,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.content[0].text)`,
    node: ({ base, secret, model }) => `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "${base}", apiKey: "${secret}" });
const answer = await client.messages.create({
  model: ${model},
  max_tokens: 256,
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.content[0].text);`,
  },
  gemini: {
    curl: ({ base, secret, model }) => `curl ${base}/v1beta/models/${JSON.parse(model)}:generateContent \\
  -H "x-goog-api-key: ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"contents": [{"role": "user", "parts": [{"text": "Hello!"}]}]}'`,
    python: ({ base, secret, model }) => `from google import genai

client = genai.Client(api_key="${secret}", http_options={"base_url": "${base}"})
answer = client.models.generate_content(model=${model}, contents="Hello!")
print(answer.text)`,
    node: ({ base, secret, model }) => `import { GoogleGenAI } from "@google/genai";

const ai = new GoogleGenAI({ apiKey: "${secret}", httpOptions: { baseUrl: "${base}" } });
const answer = await ai.models.generateContent({ model: ${model}, contents: "Hello!" });
console.log(answer.text);`,
  },
};
