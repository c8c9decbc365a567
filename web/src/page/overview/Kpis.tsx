import { makeStyles, mergeClasses, Skeleton, SkeletonItem, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/queries';
import { Card } from '../../component/Card';
import { exactUSD, formatUSD } from '../../format/money';
import { useFormat } from '../../format/useFormat';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(176px, 1fr))', gap: '12px' },
  label: { color: tokens.colorNeutralForeground2 },
  value: {
    fontFamily: tokens.fontFamilyNumeric, fontSize: '26px', lineHeight: '34px', fontWeight: tokens.fontWeightSemibold,
    fontVariantNumeric: 'tabular-nums', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap',
  },
  note: { fontSize: tokens.fontSizeBase200, lineHeight: '18px', color: tokens.colorNeutralForeground3, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  bad: { color: tokens.colorStatusDangerForeground1 },
});

/** The figures of the chosen window. Without data they are grey. */
export function Kpis({ data }: { data: Overview | undefined }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  if (!data) {
    return <div className={styles.grid} aria-busy>{[0, 1, 2, 3, 4].map((i) => <Kpi key={i} label="" loading />)}</div>;
  }
  const { totals, latency } = data;
  return (
    <div className={styles.grid}>
      <Kpi label={t('overview.requests')} value={format.compact(totals.requests)} exact={format.count(totals.requests)} note={t('overview.errors', { count: totals.errors })} />
      <Kpi
        label={t('overview.tokens')}
        value={format.compact(totals.input_tokens + totals.output_tokens)}
        exact={format.count(totals.input_tokens + totals.output_tokens)}
        note={t('overview.tokensNote', { input: format.compact(totals.input_tokens), output: format.compact(totals.output_tokens) })}
      />
      <Kpi label={t('overview.cost')} value={formatUSD(totals.cost)} exact={exactUSD(totals.cost)} note={totals.unpriced > 0 ? t('overview.unpriced', { count: totals.unpriced }) : t('overview.cached', { share: format.percent(totals.cached_tokens, totals.input_tokens) })} />
      <Kpi
        label={t('overview.errorRate')}
        value={format.percent(totals.errors, totals.requests)}
        note={t('overview.errorNote', { errors: format.count(totals.errors), requests: format.count(totals.requests) })}
        bad={totals.requests > 0 && totals.errors / totals.requests >= 0.05}
      />
      <Kpi
        label={t('overview.latency')}
        value={totals.requests > 0 ? format.duration(latency.p50_ms) : '—'}
        note={totals.requests > 0 ? `P90 ${format.duration(latency.p90_ms)} · P99 ${format.duration(latency.p99_ms)}` : t('overview.noCalls')}
      />
    </div>
  );
}

function Kpi({ label, value, exact, note, bad, loading }: { label: string; value?: ReactNode; exact?: string; note?: string; bad?: boolean; loading?: boolean }) {
  const styles = useStyles();
  if (loading) {
    return <Card><Skeleton aria-hidden><SkeletonItem size={12} style={{ width: '50%', margin: '4px 0 12px' }} /><SkeletonItem size={28} style={{ width: '70%', marginBottom: 12 }} /><SkeletonItem size={12} /></Skeleton></Card>;
  }
  return (
    <Card>
      <div className={styles.label}>{label}</div>
      <div className={mergeClasses(styles.value, bad && styles.bad)} title={exact}>{value}</div>
      <div className={styles.note} title={note}>{note}</div>
    </Card>
  );
}
