/** Whole numbers with separators: 12,345. */
export function formatCount(n: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(n);
}

/** Large numbers on cards: 12.3K, 1.25M (1.2万 in Chinese); below 100,000 in full. */
export function formatCompact(n: number, language: string): string {
  if (Math.abs(n) < 100_000) return formatCount(n, language);
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 2 }).format(n);
}

/** A rate per second: one decimal below 100, none above. */
export function formatRate(n: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: n < 100 ? 1 : 0 }).format(n);
}

/** A share of a whole in percent; 0 of 0 is 0 %. Small shares that are not zero never read as 0 %. */
export function formatPercent(part: number, whole: number, language: string): string {
  const share = whole > 0 ? part / whole : 0;
  if (share > 0 && share < 0.0001) return '<' + percent(0.0001, language, 2);
  return percent(share, language, share > 0 && share < 0.1 ? 2 : 1);
}

function percent(x: number, language: string, digits: number): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(x);
}

/** Milliseconds as a person reads them: 0.42 ms, 412 ms, 3.2 s, 2 min 5 s. */
export function formatDuration(ms: number, language: string): string {
  const number = (n: number, digits: number) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(n);
  if (ms < 10) return `${number(ms, 2)} ms`;
  if (ms < 999.5) return `${number(ms, 0)} ms`;
  if (ms < 59_950) return `${number(ms / 1000, ms < 9950 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  if (h >= 48) return `${number(Math.floor(h / 24), 0)} d ${h % 24} h`;
  if (h > 0) return `${h} h ${m} min`;
  return s > 0 ? `${m} min ${s} s` : `${m} min`;
}

/** Bytes in binary units: 512 B, 1.5 KiB, 32 MiB. */
export function formatBytes(n: number, language: string): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: n < 10 && i > 0 ? 1 : 0 }).format(n)} ${units[i]}`;
}
