// Money comes from the API as decimal strings of USD ("0.000123", "-12.5"), exact to the nano-dollar.
// It is never turned into a float: all here works on the digits.

const shape = /^([+-]?)(\d*)(?:\.(\d*))?$/;

interface Decimal {
  negative: boolean;
  whole: string; // no leading zeros, "0" for none
  fraction: string; // no trailing zeros
}

function parse(s: string): Decimal | undefined {
  const m = shape.exec(s.trim());
  if (!m || (!m[2] && !m[3])) return undefined;
  const whole = m[2]!.replace(/^0+/, '') || '0';
  const fraction = (m[3] ?? '').replace(/0+$/, '');
  return { negative: m[1] === '-' && (whole !== '0' || fraction !== ''), whole, fraction };
}

/** nanoUSD is the amount as an integer of 10⁻⁹ USD, or undefined when s is no amount or is finer than that. */
export function nanoUSD(s: string): bigint | undefined {
  const d = parse(s);
  if (!d || d.fraction.length > 9) return undefined;
  const n = BigInt(d.whole + d.fraction.padEnd(9, '0'));
  return d.negative ? -n : n;
}

/** Adds one to the last digit of a string of digits. */
function increment(digits: string): string {
  return (BigInt(digits) + 1n).toString().padStart(digits.length, '0');
}

/**
 * formatUSD shows an amount with as many decimals as say something: two from a dollar on, up to four
 * below, and three significant digits under a cent ("$0.000123"); trailing zeros beyond two are
 * dropped. It rounds half up. A text that is no amount is shown as it is.
 */
export function formatUSD(s: string): string {
  const d = parse(s);
  if (!d) return s;
  const sign = d.negative ? '−' : '';
  const leading = d.fraction.length - d.fraction.replace(/^0+/, '').length;
  let keep = d.whole === '0' ? 4 : 2;
  if (d.whole === '0' && leading >= 2) keep = leading + 3;
  const { whole, fraction } = round(d, keep);
  return `${sign}$${group(whole)}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** exactUSD shows all digits, for tooltips and details. */
export function exactUSD(s: string): string {
  const d = parse(s);
  if (!d) return s;
  return `${d.negative ? '−' : ''}$${group(d.whole)}.${d.fraction.padEnd(2, '0')}`;
}

function round(d: Decimal, keep: number): { whole: string; fraction: string } {
  if (d.fraction.length <= keep) return { whole: d.whole, fraction: d.fraction };
  let digits = d.whole + d.fraction.slice(0, keep);
  if (d.fraction.charCodeAt(keep) >= 53 /* "5" */) digits = increment(digits);
  return { whole: digits.slice(0, digits.length - keep), fraction: digits.slice(digits.length - keep) };
}

function group(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Says whether a typed amount is a decimal of USD with at most nine decimals; sign only where allowed. */
export function isAmount(s: string, { signed = false }: { signed?: boolean } = {}): boolean {
  const n = nanoUSD(s);
  return n !== undefined && n < 1n << 63n && n >= -(1n << 63n) && (signed || n >= 0n);
}

/** Compares two amounts: negative when a is less. Texts that are no amounts count as zero. */
export function compareUSD(a: string, b: string): number {
  const x = nanoUSD(a) ?? 0n;
  const y = nanoUSD(b) ?? 0n;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** shareUSD is spent/limit in percent (0–100), for bars; a limit of zero is full. */
export function shareUSD(spent: string, limit: string): number {
  const s = nanoUSD(spent) ?? 0n;
  const l = nanoUSD(limit) ?? 0n;
  if (l <= 0n) return 100;
  const p = Number((s * 1000n) / l) / 10;
  return Math.min(100, Math.max(0, p));
}
