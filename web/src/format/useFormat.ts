import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as number from './number';
import * as time from './time';

/** The formatters, bound to the language in force (never to navigator.language, which may be invalid). */
export function useFormat() {
  const { i18n } = useTranslation();
  const language = i18n.resolvedLanguage ?? 'en';
  return useMemo(
    () => ({
      language,
      count: (n: number) => number.formatCount(n, language),
      compact: (n: number) => number.formatCompact(n, language),
      rate: (n: number) => number.formatRate(n, language),
      percent: (part: number, whole: number) => number.formatPercent(part, whole, language),
      duration: (ms: number) => number.formatDuration(ms, language),
      bytes: (n: number) => number.formatBytes(n, language),
      relative: (t: Date, now: Date) => time.formatRelative(t, now, language),
      exact: (t: Date, o?: { milliseconds?: boolean }) => time.formatExact(t, language, o),
      clock: (t: Date, seconds = true) => time.formatClock(t, language, seconds),
      logTime: (t: Date, now: Date) => time.formatLogTime(t, now, language),
    }),
    [language],
  );
}
