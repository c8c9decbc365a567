import { describe, expect, test } from 'vitest';
import { compareUSD, exactUSD, formatUSD, isAmount, nanoUSD, shareUSD } from './money';

test.each([
  ['0', '$0.00'], ['0.000', '$0.00'], ['-0', '$0.00'], ['10', '$10.00'], ['1234567.891', '$1,234,567.89'],
  ['0.000123', '$0.000123'], ['0.000123456', '$0.000123'], ['0.0001235', '$0.000124'], ['0.000000001', '$0.000000001'],
  ['0.5', '$0.50'], ['0.12345', '$0.1235'], ['0.99996', '$1.00'], ['0.0099999', '$0.01'], ['0.00999', '$0.00999'],
  ['1.005', '$1.01'], ['1.004999999', '$1.00'], ['99.995', '$100.00'], ['999.995', '$1,000.00'],
  ['-12.5', '−$12.50'], ['-0.000123', '−$0.000123'], ['+3', '$3.00'], ['.5', '$0.50'], ['007', '$7.00'],
  // Beyond what a float can hold.
  ['9007199254740993.12', '$9,007,199,254,740,993.12'], ['9223372036.854775807', '$9,223,372,036.85'],
  ['unlimited', 'unlimited'], ['', ''],
])('formatUSD(%s) is %s', (amount, text) => expect(formatUSD(amount)).toBe(text));

test.each([
  ['0.000000001', '$0.000000001'], ['10', '$10.00'], ['-1234.5', '−$1,234.50'], ['9223372036.854775807', '$9,223,372,036.854775807'], ['x', 'x'],
])('exactUSD(%s) is %s', (amount, text) => expect(exactUSD(amount)).toBe(text));

describe('nanoUSD', () => {
  test.each([
    ['1', 1_000_000_000n], ['-0.000000001', -1n], ['0.1', 100_000_000n], ['9223372036.854775807', 9_223_372_036_854_775_807n],
  ])('%s', (s, n) => expect(nanoUSD(s)).toBe(n));
  test.each(['0.0000000001', '1e3', '1,000', '', '.', '-', '1.2.3', 'NaN', '١'])('%j is no amount', (s) => expect(nanoUSD(s)).toBeUndefined());

  test('adds up exactly where floats do not', () => {
    expect(nanoUSD('0.1')! + nanoUSD('0.2')!).toBe(nanoUSD('0.3'));
  });
});

test.each([
  ['10', false, true], ['0.50', false, true], ['-1', false, false], ['-1', true, true], ['', false, false], ['1e5', false, false],
  ['0.0000000001', false, false], ['9223372036.854775807', false, true], ['9223372036.854775808', false, false],
])('isAmount(%j, signed=%s) is %s', (s, signed, ok) => expect(isAmount(s, { signed })).toBe(ok));

test('compareUSD orders by value, not by text', () => {
  expect(['10', '9', '0.000000002', '-1', '0.000000001'].sort(compareUSD)).toEqual(['-1', '0.000000001', '0.000000002', '9', '10']);
});

test.each([
  ['0', '10', 0], ['5', '10', 50], ['20', '10', 100], ['-1', '10', 0], ['1', '0', 100], ['0.0005', '1', 0],
])('shareUSD(%s of %s) is %s %%', (spent, limit, share) => expect(shareUSD(spent, limit)).toBe(share));
