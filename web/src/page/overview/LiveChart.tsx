import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import type { Live } from '../../api/queries';
import { formatClock } from '../../format/time';
import { formatCompact, formatRate } from '../../format/number';
import { useMode } from '../../theme/mode';

const height = 220;

/** Requests and tokens per second as two lines, each with its own axis. Loaded only where it is shown. */
export default function LiveChart({ points }: { points: Live[] }) {
  const { t, i18n } = useTranslation();
  const language = i18n.resolvedLanguage ?? 'en';
  const { dark } = useMode();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);

  const data = useMemo<uPlot.AlignedData>(
    () => [
      points.map((p) => Date.parse(p.time) / 1000),
      points.map((p) => p.requests),
      points.map((p) => p.tokens),
    ],
    [points],
  );
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const chart = new uPlot(options(element, language, [t('overview.requestsPerSecond'), t('overview.tokensPerSecond')]), latest.current, element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
    // The colours are read from the page's variables, so a change of theme draws anew.
  }, [language, dark, t]);

  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={host} style={{ width: '100%', height }} aria-hidden />;
}

function options(element: HTMLElement, language: string, labels: [string, string]): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const [a, b, grid, text] = [color('--series-a'), color('--series-b'), color('--divider'), color('--colorNeutralForeground3')];
  const axis: uPlot.Axis = {
    stroke: text,
    font: `12px ${style.fontFamily}`,
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  };
  // From zero, and never so tight that a single request looks like a storm.
  const range = (least: number) => (_: uPlot, __: number | null, max: number | null): uPlot.Range.MinMax => [0, Math.max(least, (max ?? 0) * 1.15)];
  return {
    width: element.clientWidth,
    height,
    padding: [10, 4, 0, 4],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, requests: { range: range(5) }, tokens: { range: range(100) } },
    axes: [
      { ...axis, space: 90, size: 30, values: (_, ticks) => ticks.map((s) => formatClock(new Date(s * 1000), language)) },
      { ...axis, scale: 'requests', size: 48, values: (_, ticks) => ticks.map((n) => formatRate(n, language)) },
      { ...axis, scale: 'tokens', side: 1, size: 56, grid: { show: false }, values: (_, ticks) => ticks.map((n) => formatCompact(n, language)) },
    ],
    series: [
      {},
      { label: labels[0], scale: 'requests', stroke: a, width: 1.5, fill: alpha(a, 0.1), points: { show: false } },
      { label: labels[1], scale: 'tokens', stroke: b, width: 1.5, points: { show: false } },
    ],
  };
}

/** #rrggbb with an opacity. */
function alpha(hex: string, a: number): string {
  return `${hex}${Math.round(a * 255).toString(16).padStart(2, '0')}`;
}
