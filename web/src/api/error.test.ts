// @vitest-environment jsdom
import i18next from 'i18next';
import { describe, expect, test, vi } from 'vitest';
import { explain } from '../component/explain';
import { problem, serve } from '../test/server';
import { api, unwrap } from './client';
import { asFailure, Failure } from './error';

const ask = () => unwrap(api.GET('/api/v1/channels'));
const fail = (): Promise<Failure> => ask().then(() => { throw new Error('it worked'); }, (err: unknown) => asFailure(err));

test('an answer is its body', async () => {
  const sent = serve({ 'GET /api/v1/channels': { body: { items: [] } } });
  expect(await ask()).toEqual({ items: [] });
  expect(sent[0]).toMatchObject({ method: 'GET', path: '/api/v1/channels' });
});

test('an answer without a body is undefined', async () => {
  serve({ 'DELETE /api/v1/session': { status: 204 } });
  expect(await unwrap(api.DELETE('/api/v1/session'))).toBeUndefined();
});

describe('an error answer', () => {
  test('keeps the kind, the text, the request id and the first message of each field', async () => {
    serve({
      'GET /api/v1/channels': problem(400, 'invalid_request', 'models is required', [
        { field: 'models', message: 'is required' }, { field: 'models', message: 'again' }, { field: 'keys[0]', message: 'is empty' },
      ]),
    });
    const f = await fail();
    expect(f).toMatchObject({ status: 400, code: 'invalid_request', message: 'models is required', requestId: '0192-test', transient: false });
    expect(f.fields).toEqual({ models: 'is required', 'keys[0]': 'is empty' });
  });

  test('keeps how long to wait', async () => {
    serve({ 'GET /api/v1/channels': { ...problem(429, 'rate_limited', 'slow down'), headers: { 'Retry-After': '17' } } });
    const f = await fail();
    expect(f.retryAfter).toBe(17);
    expect(explain(i18next.t, f).text).toBe('Try again in 17 seconds.');
  });

  test('of something else on the way is told apart', async () => {
    vi.stubGlobal('fetch', async () => new Response('<html>Bad gateway</html>', { status: 502, statusText: 'Bad Gateway' }));
    const f = await fail();
    expect(f).toMatchObject({ status: 502, code: 'unreadable', transient: true });
    expect(explain(i18next.t, f).text).toContain('502 Bad Gateway');
  });
});

test('no answer at all says that the gateway does not run', async () => {
  vi.stubGlobal('fetch', async () => { throw new TypeError('Failed to fetch'); });
  const f = await fail();
  expect(f).toMatchObject({ status: 0, code: 'network', transient: true });
  expect(explain(i18next.t, f).text).toContain('burncloud is running');
});

test.each([
  ['unauthenticated', 401], ['forbidden', 403], ['not_found', 404], ['invalid_request', 400], ['internal', 500], ['draining', 503], ['too_large', 413],
])('%s has a title of its own language', async (code, status) => {
  const f = new Failure({ status, code, message: 'the server said so' });
  const english = explain(i18next.t, f);
  expect(english.text).toBe('the server said so');
  await i18next.changeLanguage('zh-CN');
  const { default: zh } = await import('../i18n/zh-CN');
  i18next.addResourceBundle('zh-CN', 'translation', zh);
  expect(explain(i18next.t, f).title).not.toBe(english.title);
  await i18next.changeLanguage('en');
});
