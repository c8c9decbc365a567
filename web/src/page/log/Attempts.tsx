import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import type { Attempt, Call } from '../../api/queries';
import { CopyButton } from '../../component/CopyButton';
import { useFormat } from '../../format/useFormat';
import { Outcome } from './Outcome';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyleType: 'none', display: 'flex', flexDirection: 'column', gap: '8px' },
  item: { border: '1px solid var(--divider)', borderRadius: '6px', padding: '8px 12px 10px' },
  head: { display: 'flex', alignItems: 'center', gap: '8px', flexWrap: 'wrap' },
  name: { fontWeight: tokens.fontWeightSemibold, marginRight: 'auto', overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  track: { position: 'relative', height: '6px', borderRadius: '3px', backgroundColor: 'var(--hover)', margin: '8px 0 6px', overflow: 'hidden' },
  span: { position: 'absolute', top: 0, bottom: 0, borderRadius: '3px', backgroundColor: tokens.colorCompoundBrandBackground, minWidth: '3px' },
  failed: { backgroundColor: tokens.colorStatusDangerForeground3 },
  vendor: { display: 'flex', alignItems: 'center', gap: '2px', fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, overflowWrap: 'anywhere' },
});

/** The trail of a call: which channels were tried, when, and how each ended. */
export function Attempts({ call }: { call: Call }) {
  const styles = useStyles();
  return (
    <ol className={styles.list}>
      {call.attempts.map((a, i) => <Item key={i} attempt={a} total={call.duration_ms} />)}
    </ol>
  );
}

/** Where an attempt lies within the whole call, in percent of its length. */
export function span(a: Pick<Attempt, 'start_ms' | 'duration_ms'>, total: number): { left: number; width: number } {
  if (total <= 0) return { left: 0, width: 100 };
  const left = Math.min(100, (a.start_ms / total) * 100);
  return { left, width: Math.min(100 - left, (a.duration_ms / total) * 100) };
}

function Item({ attempt: a, total }: { attempt: Attempt; total: number }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const { left, width } = span(a, total);
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <span className={styles.name}>{a.channel || a.channel_id}</span>
        <Outcome call={a} />
        <span>{format.duration(a.duration_ms)}</span>
      </div>
      <div className={styles.track} aria-hidden>
        <div className={mergeClasses(styles.span, a.fault && styles.failed)} style={{ left: `${left}%`, width: `${width}%` }} />
      </div>
      <div className={styles.quiet}>
        {[
          a.upstream,
          t('attempt.start', { time: format.duration(a.start_ms) }),
          a.first_byte_ms ? t('log.first', { time: format.duration(a.first_byte_ms) }) : '',
          t(a.reused_connection ? 'attempt.reused' : 'attempt.dialed'),
          a.vendor_code ?? '',
        ].filter(Boolean).join(' · ')}
      </div>
      {a.message && <div>{a.message}</div>}
      {a.vendor_request_id && (
        <div className={styles.vendor}>
          {a.vendor_request_id}<CopyButton text={a.vendor_request_id} label={t('attempt.copyVendorId')} />
        </div>
      )}
    </li>
  );
}
