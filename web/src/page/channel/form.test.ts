import { describe, expect, test } from 'vitest';
import type { Channel, Provider } from '../../api/queries';
import { addModels, check, emptyForm, fieldOf, fieldsOf, formOf, splitKeys, splitModels } from './form';

const openai: Provider = {
  id: 'openai', name: 'OpenAI', base_url: 'https://api.openai.com', endpoints: ['chat'], key_required: true, key_hint: 'sk-…', docs: '', logo: '/providers/openai.svg',
};
const own: Provider = { ...openai, id: 'openai-compatible', base_url: '', key_required: false };

test.each([
  ['a\nb', ['a', 'b']], [' a \r\n\n b \r\n', ['a', 'b']], ['a\na', ['a']], ['', []], ['sk with space', ['sk with space']],
])('splitKeys(%j)', (text, keys) => expect(splitKeys(text)).toEqual(keys));

test.each([
  ['gpt-5', [['gpt-5', '']]],
  ['a, b;c\nd\te', [['a', ''], ['b', ''], ['c', ''], ['d', ''], ['e', '']]],
  ['模型一，模型二、模型三', [['模型一', ''], ['模型二', ''], ['模型三', '']]],
  ['fast=gpt-5-nano', [['fast', 'gpt-5-nano']]],
  ['fast -> gpt-5-nano, slow → gpt-5', [['fast', 'gpt-5-nano'], ['slow', 'gpt-5']]],
  ['same=same', [['same', '']]],
  ['=x', []], [' , ', []],
])('splitModels(%j)', (text, rows) => expect(splitModels(text).map((r) => [r.name, r.upstream])).toEqual(rows));

test('a model is added once', () => {
  const rows = addModels([{ name: 'a', upstream: 'x' }], [{ name: 'a', upstream: '' }, { name: 'b', upstream: '' }, { name: 'b', upstream: 'y' }]);
  expect(rows).toEqual([{ name: 'a', upstream: 'x' }, { name: 'b', upstream: '' }]);
});

describe('check', () => {
  const good = { ...emptyForm('openai'), name: 'main', keys: 'sk-1', models: [{ name: 'gpt-5', upstream: '' }] };
  test('a good form', () => expect(check(good, openai, false)).toEqual({}));
  test('an empty form', () => expect(check(emptyForm('openai'), openai, false)).toEqual({
    name: 'form.required', keys: 'channel.problem.keys', models: 'channel.problem.models',
  }));
  test('saved keys are enough', () => expect(check({ ...good, keys: '' }, openai, true)).toEqual({}));
  test('an own server needs an address and may have no key', () => {
    expect(check({ ...good, keys: '' }, own, false)).toEqual({ baseURL: 'channel.problem.urlRequired' });
    expect(check({ ...good, keys: '', baseURL: 'http://127.0.0.1:8000/v1' }, own, false)).toEqual({});
  });
  test.each(['ftp://x', 'api.openai.com', 'http//x'])('%s is no address', (baseURL) =>
    expect(check({ ...good, baseURL }, openai, false)).toEqual({ baseURL: 'channel.problem.url' }));
  test('models twice', () =>
    expect(check({ ...good, models: [{ name: 'a', upstream: '' }, { name: 'a ', upstream: 'x' }] }, openai, false)).toEqual({ models: 'channel.problem.modelTwice' }));
});

test('the body leaves out what is not given and keeps a name that maps to itself plain', () => {
  const body = fieldsOf({ ...emptyForm('openai'), name: ' main ', models: [{ name: ' a ', upstream: ' ' }, { name: 'b', upstream: 'b' }, { name: 'c', upstream: 'd' }] });
  expect(body).toEqual({
    name: 'main', provider: 'openai', base_url: '', models: [{ name: 'a' }, { name: 'b' }, { name: 'c', upstream: 'd' }], groups: ['default'],
    priority: 0, weight: 1, region: '',
  });
});

test('a saved channel goes through the form unchanged, its keys untouched', () => {
  const c: Channel = {
    id: 'c1', name: 'main', provider: 'openai', base_url: 'https://x.test', models: [{ name: 'a' }, { name: 'b', upstream: 'c' }], groups: ['default', 'vip'],
    priority: 3, weight: 7, region: 'eu', enabled: true, managed: false, created: '', updated: '', key_count: 2, key_hints: ['…a', '…b'],
  };
  const body = fieldsOf(formOf(c));
  expect(body).toEqual({
    name: 'main', provider: 'openai', base_url: 'https://x.test', models: c.models, groups: c.groups, priority: 3, weight: 7, region: 'eu',
  });
  expect('keys' in body).toBe(false);
});

test.each([
  ['name', 'name'], ['base_url', 'baseURL'], ['models[2].name', 'models'], ['channel.keys[0]', 'keys'], ['channel.models', 'models'], ['nonsense', undefined], ['', undefined],
])("the server's %j is the field %s", (path, field) => expect(fieldOf(path)).toBe(field));
