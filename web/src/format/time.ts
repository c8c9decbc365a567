const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** "3 minutes ago", "in 2 days", "now" for what is less than five seconds away. */
export function formatRelative(time: Date, now: Date, language: string): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  if (Math.abs(seconds) < 5) return relative.format(0, 'second');
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size || unit === 'second') return relative.format(Math.trunc(seconds / size), unit);
  }
  return '';
}

/** The exact moment in the browser's time zone, with milliseconds where they matter. */
export function formatExact(time: Date, language: string, { milliseconds = false } = {}): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
    ...(milliseconds ? { fractionalSecondDigits: 3 as const } : {}),
    timeZoneName: 'short',
  }).format(time);
}

/** Clock of the chart's axis and of today's log rows: 14:05:09. */
export function formatClock(time: Date, language: string, seconds = true): string {
  return new Intl.DateTimeFormat(language, {
    hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' as const } : {}), hourCycle: 'h23',
  }).format(time);
}

/** A log row's time: the clock today, else with day and month. */
export function formatLogTime(time: Date, now: Date, language: string): string {
  const clock = formatClock(time, language);
  if (time.toDateString() === now.toDateString()) return clock;
  const day = new Intl.DateTimeFormat(language, { month: '2-digit', day: '2-digit' }).format(time);
  return `${day} ${clock}`;
}
