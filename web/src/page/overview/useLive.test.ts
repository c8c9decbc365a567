import { expect, test } from 'vitest';
import type { Live } from '../../api/queries';
import { append, parseLive, windowSeconds } from './useLive';

const at = (second: number, requests = 0): Live => ({
  time: new Date(Date.UTC(2026, 10, 22) + second * 1000).toISOString(), requests, errors: 0, tokens: 0, cost: '0', in_flight: 0,
});

test('the window keeps its length', () => {
  let points: Live[] = [];
  for (let s = 0; s < 300; s++) points = append(points, at(s, s));
  expect(points).toHaveLength(windowSeconds);
  expect(points[0]?.requests).toBe(300 - windowSeconds);
  expect(points.at(-1)?.requests).toBe(299);
});

test('after a reconnect the repeated seconds replace those that were there', () => {
  const points = [at(1, 1), at(2, 2), at(3, 3)].reduce(append, [] as Live[]);
  expect(append(points, at(2, 22)).map((p) => p.requests)).toEqual([1, 22]);
});

test('what is no second of traffic is dropped', () => {
  expect(parseLive('{"time":"2026-11-22T00:00:00Z","requests":1,"tokens":2}')).toMatchObject({ requests: 1 });
  expect(parseLive('not json')).toBeUndefined();
  expect(parseLive('{"other":1}')).toBeUndefined();
  expect(parseLive('null')).toBeUndefined();
});
