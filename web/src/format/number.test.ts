import { expect, test } from 'vitest';
import { formatBytes, formatCompact, formatCount, formatDuration, formatPercent, formatRate } from './number';

test.each([[0, '0'], [999, '999'], [1234567, '1,234,567']])('formatCount(%s)', (n, s) => expect(formatCount(n, 'en')).toBe(s));

test.each([[99_999, 'en', '99,999'], [123_456, 'en', '123.46K'], [28_960_000, 'en', '28.96M'], [123_456, 'zh-CN', '12.35万']])(
  'formatCompact(%s, %s)', (n, language, s) => expect(formatCompact(n, language)).toBe(s));

test.each([[0, '0'], [0.44, '0.4'], [99.95, '100'], [1234.5, '1,235']])('formatRate(%s)', (n, s) => expect(formatRate(n, 'en')).toBe(s));

test.each([
  [0, 0, '0%'], [0, 10, '0%'], [1, 3, '33.3%'], [12, 10_000, '0.12%'], [1, 10_000_000, '<0.01%'], [10, 10, '100%'],
])('formatPercent(%s of %s)', (part, whole, s) => expect(formatPercent(part, whole, 'en')).toBe(s));

test.each([
  [0, '0 ms'], [0.314, '0.31 ms'], [412.4, '412 ms'], [999.4, '999 ms'], [999.6, '1 s'], [3214, '3.21 s'], [59_900, '59.9 s'], [59_960, '1 min'],
  [125_000, '2 min 5 s'], [3_600_000, '1 h 0 min'], [200_000_000, '2 d 7 h'],
])('formatDuration(%s)', (ms, s) => expect(formatDuration(ms, 'en')).toBe(s));

test.each([[0, '0 B'], [1023, '1,023 B'], [1536, '1.5 KiB'], [33_554_432, '32 MiB']])('formatBytes(%s)', (n, s) => expect(formatBytes(n, 'en')).toBe(s));
