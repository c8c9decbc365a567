/** The languages that a ready example is shown in. */
export const snippetKinds = ['curl', 'python', 'node'] as const;
export type SnippetKind = (typeof snippetKinds)[number];

/** A first request that works as it stands, with the gateway's own address. */
export function snippet(kind: SnippetKind, base: string, secret: string, model: string): string {
  switch (kind) {
    case 'curl':
      return `curl ${base}/v1/chat/completions \\
  -H "Authorization: Bearer ${secret}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": ${JSON.stringify(model)}, "messages": [{"role": "user", "content": "Hello!"}]}'`;
    case 'python':
      return `from openai import OpenAI

client = OpenAI(base_url="${base}/v1", api_key="${secret}")
answer = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`;
    case 'node':
      return `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${base}/v1", apiKey: "${secret}" });
const answer = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);`;
  }
}
