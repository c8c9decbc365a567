import { expect, test } from 'vitest';
import { formatLogTime, formatRelative } from './time';

const now = new Date('2026-11-22T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

test.each([
  [2, 'now'], [42, '42 sec. ago'], [61, '1 min. ago'], [3599, '59 min. ago'], [7200, '2 hr. ago'], [90_000, 'yesterday'],
  [-120, 'in 2 min.'], [-3 * 86_400, 'in 3 days'], [800_000_000, '25 yr. ago'],
])('%s seconds ago is %s', (seconds, text) => expect(formatRelative(ago(seconds), now, 'en')).toBe(text));

test('Chinese', () => expect(formatRelative(ago(180), now, 'zh-CN')).toBe('3分钟前'));

test('a log row of today shows the clock alone, an older one its day too', () => {
  expect(formatLogTime(now, now, 'en')).toMatch(/^\d\d:\d\d:\d\d$/);
  expect(formatLogTime(ago(3 * 86_400), now, 'en')).toMatch(/^11\/\d\d \d\d:\d\d:\d\d$/);
});
