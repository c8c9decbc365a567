import { makeStyles, Skeleton, SkeletonItem, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { systemQuery } from '../../api/queries';
import { Card, CardHead } from '../../component/Card';
import { ErrorState } from '../../component/ErrorState';
import { RelativeTime } from '../../component/Time';
import { useFormat } from '../../format/useFormat';

const useStyles = makeStyles({
  list: { margin: 0, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(190px, 1fr))', gap: '12px 16px' },
  term: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
  value: { margin: 0, overflowWrap: 'anywhere' },
});

/** The running process. */
export function SystemCard() {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const { data, error, refetch } = useQuery(systemQuery);
  if (error && !data) return <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <Card>
      <CardHead title={t('system.title')} />
      {!data ? <Skeleton aria-hidden><SkeletonItem style={{ height: 80 }} /></Skeleton> : (
        <dl className={styles.list}>
          <div><dt className={styles.term}>{t('system.version')}</dt><dd className={styles.value}>{data.version}</dd></div>
          <div><dt className={styles.term}>{t('system.started')}</dt><dd className={styles.value}><RelativeTime value={data.started} /></dd></div>
          <div><dt className={styles.term}>{t('system.uptime')}</dt><dd className={styles.value}>{format.duration(data.uptime_s * 1000)}</dd></div>
          <div><dt className={styles.term}>{t('system.memory')}</dt><dd className={styles.value}>{t('system.memoryValue', { memory: format.bytes(data.memory_bytes), heap: format.bytes(data.heap_bytes) })}</dd></div>
          <div><dt className={styles.term}>{t('system.connections')}</dt><dd className={styles.value}>{format.count(data.connections)}</dd></div>
          <div><dt className={styles.term}>{t('system.goroutines')}</dt><dd className={styles.value}>{format.count(data.goroutines)}</dd></div>
          <div><dt className={styles.term}>{t('system.platform')}</dt><dd className={styles.value}>{data.os}/{data.arch}, {data.go}</dd></div>
        </dl>
      )}
    </Card>
  );
}
