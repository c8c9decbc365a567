import { makeStyles, mergeClasses, Skeleton, SkeletonItem, tokens } from '@fluentui/react-components';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Card, CardHead } from '../../component/Card';
import { useFormat } from '../../format/useFormat';
import { useLive } from './useLive';

const LiveChart = lazy(() => import('./LiveChart'));

const useStyles = makeStyles({
  legend: { display: 'flex', gap: '18px', flexWrap: 'wrap', color: tokens.colorNeutralForeground2 },
  entry: { display: 'flex', alignItems: 'center', gap: '7px', fontVariantNumeric: 'tabular-nums' },
  dot: { width: '10px', height: '3px', borderRadius: '2px' },
  a: { backgroundColor: 'var(--series-a)' },
  b: { backgroundColor: 'var(--series-b)' },
  value: { fontWeight: tokens.fontWeightSemibold, color: tokens.colorNeutralForeground1 },
  off: { color: tokens.colorStatusWarningForeground1 },
  box: { height: '220px' },
});

/** Traffic as it happens. */
export function LiveCard() {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const { points, connected } = useLive(true);
  const last = points.at(-1);
  return (
    <Card>
      <CardHead title={t('overview.live')}>
        <div className={styles.legend} role="status" aria-live="off">
          {!connected && points.length > 0 && <span className={styles.off}>{t('overview.reconnecting')}</span>}
          <span className={styles.entry}>
            <span className={mergeClasses(styles.dot, styles.a)} />{t('overview.requestsPerSecond')}
            <span className={styles.value}>{format.rate(last?.requests ?? 0)}</span>
          </span>
          <span className={styles.entry}>
            <span className={mergeClasses(styles.dot, styles.b)} />{t('overview.tokensPerSecond')}
            <span className={styles.value}>{format.compact(last?.tokens ?? 0)}</span>
          </span>
          <span className={styles.entry}>{t('overview.inFlight')}<span className={styles.value}>{format.count(last?.in_flight ?? 0)}</span></span>
        </div>
      </CardHead>
      <div className={styles.box}>
        {points.length === 0 ? <Waiting /> : <Suspense fallback={<Waiting />}><LiveChart points={points} /></Suspense>}
      </div>
    </Card>
  );
}

function Waiting() {
  return <Skeleton aria-hidden><SkeletonItem style={{ height: 200 }} /></Skeleton>;
}
