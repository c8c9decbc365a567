import{n as e}from"./rolldown-runtime-WkwZ5CU-.js";import{$t as t,F as n,P as r,Qt as i,Xt as a,en as o}from"./fluent-CCOh_lAA.js";import{n as s}from"./react-DJ2PH_uK.js";import{t as c}from"./CopyButton-2zQwjLOB.js";var l=e(o(),1),u=[`curl`,`python`,`node`];function d(e){return e===`anthropic`?`messages`:e===`gemini`?`gemini`:`chat`}function f(e,t,n){return p[t][e]({...n,model:JSON.stringify(n.model)})}var p={chat:{curl:({base:e,secret:t,model:n})=>`curl ${e}/v1/chat/completions \\
  -H "Authorization: Bearer ${t}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": ${n}, "messages": [{"role": "user", "content": "Hello!"}]}'`,python:({base:e,secret:t,model:n})=>`from openai import OpenAI

client = OpenAI(base_url="${e}/v1", api_key="${t}")
answer = client.chat.completions.create(
    model=${n},
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`,node:({base:e,secret:t,model:n})=>`import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${e}/v1", apiKey: "${t}" });
const answer = await client.chat.completions.create({
  model: ${n},
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);`},messages:{curl:({base:e,secret:t,model:n})=>`curl ${e}/v1/messages \\
  -H "x-api-key: ${t}" \\
  -H "anthropic-version: 2023-06-01" \\
  -H "Content-Type: application/json" \\
  -d '{"model": ${n}, "max_tokens": 256, "messages": [{"role": "user", "content": "Hello!"}]}'`,python:({base:e,secret:t,model:n})=>`from anthropic import Anthropic

client = Anthropic(base_url="${e}", api_key="${t}")
answer = client.messages.create(
    model=${n},
    max_tokens=256,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.content[0].text)`,node:({base:e,secret:t,model:n})=>`import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: "${e}", apiKey: "${t}" });
const answer = await client.messages.create({
  model: ${n},
  max_tokens: 256,
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.content[0].text);`},gemini:{curl:({base:e,secret:t,model:n})=>`curl ${e}/v1beta/models/${JSON.parse(n)}:generateContent \\
  -H "x-goog-api-key: ${t}" \\
  -H "Content-Type: application/json" \\
  -d '{"contents": [{"role": "user", "parts": [{"text": "Hello!"}]}]}'`,python:({base:e,secret:t,model:n})=>`from google import genai

client = genai.Client(api_key="${t}", http_options={"base_url": "${e}"})
answer = client.models.generate_content(model=${n}, contents="Hello!")
print(answer.text)`,node:({base:e,secret:t,model:n})=>`import { GoogleGenAI } from "@google/genai";

const ai = new GoogleGenAI({ apiKey: "${t}", httpOptions: { baseUrl: "${e}" } });
const answer = await ai.models.generateContent({ model: ${n}, contents: "Hello!" });
console.log(answer.text);`}},m=e(t(),1),h=i({box:{border:`1px solid var(--divider)`,borderRadius:`6px`,overflow:`hidden`,backgroundColor:`var(--code)`},head:{display:`flex`,justifyContent:`space-between`,alignItems:`center`,padding:`0 6px 0 2px`,borderBottom:`1px solid var(--divider)`},code:{margin:0,padding:`12px 14px`,overflowX:`auto`,fontFamily:a.fontFamilyMonospace,fontSize:a.fontSizeBase200,lineHeight:`18px`,outlineStyle:`none`,":focus-visible":{boxShadow:`inset 0 0 0 2px ${a.colorStrokeFocus2}`}}}),g={curl:`curl`,python:`Python`,node:`Node.js`};function _({secret:e,model:t}){let i=h(),{t:a}=s(),[o,p]=(0,l.useState)(`curl`),_=f(o,d(t?.provider),{base:window.location.origin,secret:e,model:t?.id??`gpt-5-mini`});return(0,m.jsxs)(`div`,{className:i.box,children:[(0,m.jsxs)(`div`,{className:i.head,children:[(0,m.jsx)(n,{size:`small`,selectedValue:o,onTabSelect:(e,t)=>p(t.value),"aria-label":a(`snippet.label`),children:u.map(e=>(0,m.jsx)(r,{value:e,children:g[e]},e))}),(0,m.jsx)(c,{text:_,label:a(`snippet.copy`)})]}),(0,m.jsx)(`pre`,{className:i.code,tabIndex:0,role:`region`,"aria-label":a(`snippet.code`,{language:g[o]}),children:_})]})}export{_ as t};