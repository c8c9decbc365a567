import { describe, expect, test } from 'vitest';
import { filtered, kinds, logQuery, parseLogSearch } from './search';
import { shownBuckets, totalInput, totalOutput } from './usage';
import { span } from './Attempts';

describe('parseLogSearch', () => {
  test('keeps what it knows', () => {
    const s = { range: '7d', status: 'error', model: ' gpt-5 ', channel: 'c1', key: 'k1', user: 'u1', endpoint: 'messages', fault: 'upstream_error', request: '0192', open: 'x' };
    expect(parseLogSearch(s)).toEqual({ ...s, model: 'gpt-5' });
  });
  test('drops what it does not know, and the default', () => {
    expect(parseLogSearch({ range: '24h', status: 'maybe', model: '', endpoint: 'nope', fault: 'bad', extra: 1, key: null })).toEqual({});
  });
  test('an id of digits alone comes as a number', () => {
    expect(parseLogSearch({ request: 192 })).toEqual({ request: '192' });
  });
});

describe('logQuery', () => {
  const now = new Date('2026-11-22T12:00:00Z');
  test('the last day by default', () => {
    expect(logQuery({}, now)).toEqual({ from: '2026-11-21T12:00:00.000Z' });
  });
  test('all time has no beginning', () => {
    expect(logQuery({ range: 'all' }, now)).toEqual({});
  });
  test("uses the API's names", () => {
    expect(logQuery({ range: '15m', status: 'ok', model: 'm', channel: 'c', key: 'k', user: 'u', endpoint: 'chat', fault: 'canceled', request: 'r', open: 'not sent' }, now))
      .toEqual({
        from: '2026-11-22T11:45:00.000Z', status: 'ok', model: 'm', channel_id: 'c', key_id: 'k', user_id: 'u', endpoint: 'chat',
        fault: 'canceled', id: 'r',
      });
  });
});

test('the range and the open call do not count as filters', () => {
  expect(filtered({ range: '1h', open: 'x' })).toBe(false);
  expect(filtered({ model: 'm' })).toBe(true);
});

test('every kind is listed once', () => {
  expect(new Set(kinds).size).toBe(kinds.length);
});

describe('usage', () => {
  const usage = { input: 100, cache_read: 20, cache_write_5m: 3, audio_input: 4, output: 50, reasoning: 30, image_output: 1 };
  test('buckets do not overlap, reasoning is a part of output', () => {
    expect(totalInput(usage)).toBe(127);
    expect(totalOutput(usage)).toBe(51);
  });
  test('input and output always show, others when they hold something', () => {
    expect(shownBuckets({ input: 0, output: 0 }).map((b) => b.bucket)).toEqual(['input', 'output']);
    expect(shownBuckets(usage).map((b) => b.bucket)).toEqual(['input', 'cache_read', 'cache_write_5m', 'audio_input', 'output', 'image_output']);
  });
});

test.each([
  [{ start_ms: 0, duration_ms: 50 }, 100, { left: 0, width: 50 }],
  [{ start_ms: 50, duration_ms: 90 }, 100, { left: 50, width: 50 }],
  [{ start_ms: 200, duration_ms: 5 }, 100, { left: 100, width: 0 }],
  [{ start_ms: 0, duration_ms: 0 }, 0, { left: 0, width: 100 }],
])('an attempt stays within its call: %j of %s', (a, total, want) => expect(span(a, total)).toEqual(want));
