import { describe, expect, test } from 'vitest';
import type { Key } from '../../api/queries';
import { check, emptyForm, expired, expiresAt, formOf } from './form';
import { snippet, snippetKinds, wireOf } from './snippets';

const key: Key = {
  id: 'k1', name: 'laptop', user_id: 'u1', username: 'admin', prefix: 'sk-bc-Ab3d', models: ['gpt-5'], enabled: true, unlimited: false, limit: '10',
  spent: '1', expires: '2026-12-01T00:00:00Z', managed: false, created: '2026-11-01T00:00:00Z',
};
const now = new Date('2026-11-22T12:00:00Z');

test('a name is needed; an amount where there is a limit', () => {
  expect(check(emptyForm)).toEqual({ name: 'form.required' });
  expect(check({ ...emptyForm, name: 'x' })).toEqual({});
  expect(check({ ...emptyForm, name: 'x', limited: true })).toEqual({ limit: 'key.problem.limit' });
  expect(check({ ...emptyForm, name: 'x', limited: true, limit: '-1' })).toEqual({ limit: 'key.problem.limit' });
  expect(check({ ...emptyForm, name: 'x', limited: true, limit: ' 0.50 ' })).toEqual({});
});

test('the form of a saved key keeps its expiry', () => {
  expect(formOf(key)).toEqual({ name: 'laptop', userId: 'u1', limited: true, limit: '10', models: ['gpt-5'], expiry: 'keep' });
});

test('lifetimes', () => {
  expect(expiresAt('keep', now)).toBeUndefined();
  expect(expiresAt('never', now)).toBeNull();
  expect(expiresAt('7', now)).toBe('2026-11-29T12:00:00.000Z');
});

test('expired', () => {
  expect(expired(key, now)).toBe(false);
  expect(expired(key, new Date('2026-12-01T00:00:00Z'))).toBe(true);
});

describe.each(['chat', 'messages', 'gemini'] as const)('the %s example', (wire) => {
  test.each(snippetKinds)('in %s names address, key and model', (kind) => {
    const text = snippet(kind, wire, { base: 'http://127.0.0.1:3000', secret: 'sk-bc-1', model: 'some-model' });
    expect(text).toContain('http://127.0.0.1:3000');
    expect(text).toContain('sk-bc-1');
    expect(text).toContain('some-model');
  });
});

test('a model name is quoted', () => {
  expect(snippet('python', 'chat', { base: '', secret: '', model: 'odd"model' })).toContain('model="odd\\"model"');
});

test('an example speaks what the provider of the model speaks', () => {
  expect(['openai', 'anthropic', 'gemini', 'openai-compatible', '', undefined].map(wireOf)).toEqual(['chat', 'messages', 'gemini', 'chat', 'chat', 'chat']);
});
