import { expect, test } from 'vitest';
import en from './en';
import { pickLanguage } from './language';
import zh from './zh-CN';

type Tree = { [key: string]: string | Tree };

/** All texts by their dotted keys; the plural forms of one text count as one. */
function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') out.set((prefix + key).replace(/_(one|other)$/, ''), value);
    else for (const [k, v] of flatten(value, `${prefix}${key}.`)) out.set(k, v);
  }
  return out;
}

const english = flatten(en);
const chinese = flatten(zh as Tree);
const variables = (s: string) => [...s.matchAll(/{{(\w+)}}/g)].map((m) => m[1]!).sort();

test('both languages have the same texts', () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
});

test('no text is empty', () => {
  for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe('');
});

test('a Chinese text names no value that the English one does not have', () => {
  for (const [key, text] of chinese) {
    const known = [...variables(english.get(key) ?? ''), 'count', 'name'];
    for (const v of variables(text)) expect(known, key).toContain(v);
  }
});

test('the Chinese texts are Chinese', () => {
  const same = [...chinese].filter(([key, text]) => text === english.get(key) && /[a-z]{3}/.test(text)).map(([key]) => key);
  // Names that are the same in every language.
  expect(same.sort()).toEqual([
    'channel.namePlaceholder', 'endpoint.messages', 'endpoint.responses', 'key.namePlaceholder', 'token.placeholder',
  ]);
});

test.each([
  ['zh-CN', ['en'], 'zh-CN'], ['en', ['zh'], 'en'], [null, ['zh-TW', 'en'], 'zh-CN'], [null, ['fr', 'en-GB'], 'en'], [null, ['fr'], 'en'],
  ['tlh', ['zh-Hans'], 'zh-CN'], [null, ['C'], 'en'], [null, [], 'en'],
])('pickLanguage(%j, %j) is %s', (stored, wanted, language) => expect(pickLanguage(stored, wanted)).toBe(language));
