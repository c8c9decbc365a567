import{n as e}from"./rolldown-runtime-WkwZ5CU-.js";import{$t as t,F as n,P as r,Qt as i,Xt as a,en as o}from"./fluent-CCOh_lAA.js";import{n as s}from"./react-DJ2PH_uK.js";import{t as c}from"./CopyButton-2zQwjLOB.js";var l=e(o(),1),u=[`curl`,`python`,`node`];function d(e,t,n,r){switch(e){case`curl`:return`curl ${t}/v1/chat/completions \\
  -H "Authorization: Bearer ${n}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": ${JSON.stringify(r)}, "messages": [{"role": "user", "content": "Hello!"}]}'`;case`python`:return`from openai import OpenAI

client = OpenAI(base_url="${t}/v1", api_key="${n}")
answer = client.chat.completions.create(
    model=${JSON.stringify(r)},
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`;case`node`:return`import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${t}/v1", apiKey: "${n}" });
const answer = await client.chat.completions.create({
  model: ${JSON.stringify(r)},
  messages: [{ role: "user", content: "Hello!" }],
});
console.log(answer.choices[0].message.content);`}}var f=e(t(),1),p=i({box:{border:`1px solid var(--divider)`,borderRadius:`6px`,overflow:`hidden`,backgroundColor:`var(--code)`},head:{display:`flex`,justifyContent:`space-between`,alignItems:`center`,padding:`0 6px 0 2px`,borderBottom:`1px solid var(--divider)`},code:{margin:0,padding:`12px 14px`,overflowX:`auto`,fontFamily:a.fontFamilyMonospace,fontSize:a.fontSizeBase200,lineHeight:`18px`,outlineStyle:`none`,":focus-visible":{boxShadow:`inset 0 0 0 2px ${a.colorStrokeFocus2}`}}}),m={curl:`curl`,python:`Python`,node:`Node.js`};function h({secret:e,model:t}){let i=p(),{t:a}=s(),[o,h]=(0,l.useState)(`curl`),g=d(o,window.location.origin,e,t);return(0,f.jsxs)(`div`,{className:i.box,children:[(0,f.jsxs)(`div`,{className:i.head,children:[(0,f.jsx)(n,{size:`small`,selectedValue:o,onTabSelect:(e,t)=>h(t.value),"aria-label":a(`snippet.label`),children:u.map(e=>(0,f.jsx)(r,{value:e,children:m[e]},e))}),(0,f.jsx)(c,{text:g,label:a(`snippet.copy`)})]}),(0,f.jsx)(`pre`,{className:i.code,tabIndex:0,role:`region`,"aria-label":a(`snippet.code`,{language:m[o]}),children:g})]})}export{h as t};