import {
  Button, DrawerBody, DrawerHeader, DrawerHeaderTitle, makeStyles, mergeClasses, OverlayDrawer, Spinner, tokens, Tooltip,
} from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { callQuery, type Call } from '../../api/queries';
import { CopyButton } from '../../component/CopyButton';
import { ErrorState } from '../../component/ErrorState';
import { exactUSD } from '../../format/money';
import { useFormat } from '../../format/useFormat';
import { Attempts } from './Attempts';
import { Outcome } from './Outcome';
import { shownBuckets, totalInput, totalOutput } from './usage';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({
  drawer: { width: '520px', maxWidth: 'calc(100vw - 24px)' },
  body: { paddingBottom: '24px' },
  section: { marginTop: '20px' },
  heading: { margin: '0 0 6px', fontSize: tokens.fontSizeBase300, lineHeight: '20px', fontWeight: tokens.fontWeightSemibold },
  list: { margin: 0, display: 'grid', gridTemplateColumns: 'minmax(120px, 34%) 1fr', rowGap: '2px', columnGap: '12px', alignItems: 'center' },
  term: { color: tokens.colorNeutralForeground2, padding: '3px 0' },
  value: { margin: 0, padding: '3px 0', minWidth: 0, overflowWrap: 'anywhere', display: 'flex', alignItems: 'center', gap: '4px' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  table: { width: '100%', borderCollapse: 'collapse', '& td, & th': { padding: '4px 0', textAlign: 'left', fontWeight: tokens.fontWeightRegular } },
  number: { textAlign: 'right !important' as 'right', fontVariantNumeric: 'tabular-nums' },
  total: { '& td, & th': { borderTop: '1px solid var(--divider)', fontWeight: tokens.fontWeightSemibold } },
  part: { color: tokens.colorNeutralForeground3, paddingLeft: '14px !important' },
  message: { marginTop: '12px', padding: '8px 12px', borderRadius: '4px', backgroundColor: 'var(--code)', overflowWrap: 'anywhere' },
  head: { display: 'flex', alignItems: 'center', gap: '10px', flexWrap: 'wrap', color: tokens.colorNeutralForeground2 },
});

interface Props {
  id: string | undefined;
  /** The call as the list has it, shown at once. */
  known: Call | undefined;
  onClose: () => void;
}

/** All that is known of one call, in a panel at the right. */
export function Detail({ id, known, onClose }: Props) {
  useReturnFocus(id !== undefined);
  const styles = useStyles();
  const { t } = useTranslation();
  const query = useQuery({ ...callQuery(id ?? ''), enabled: id !== undefined });
  const call = query.data ?? known;
  return (
    <OverlayDrawer className={styles.drawer} position="end" open={id !== undefined} onOpenChange={(_, d) => !d.open && onClose()}>
      <DrawerHeader>
        <DrawerHeaderTitle
          action={
            <Tooltip content={t('action.close')} relationship="label">
              <Button appearance="subtle" icon={<DismissRegular />} onClick={onClose} />
            </Tooltip>
          }
        >
          {t('log.detail.title')}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody className={styles.body} tabIndex={0}>
        {query.error && <ErrorState error={query.error} retry={() => void query.refetch()} />}
        {!call && query.isPending && id && <Spinner label={t('state.loading')} />}
        {call && <Content call={call} />}
      </DrawerBody>
    </OverlayDrawer>
  );
}

function Content({ call }: { call: Call }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <div className={styles.head}>
        <Outcome call={call} />
        <time dateTime={call.time}>{format.exact(new Date(call.time), { milliseconds: true })}</time>
      </div>
      {call.message && <div className={styles.message}>{call.message}</div>}

      <Section title={t('log.detail.request')}>
        <dl className={styles.list}>
          <Row name={t('log.detail.id')}><Id text={call.id} label={t('log.detail.copyId')} /></Row>
          <Row name={t('log.endpoint')}>{t(`endpoint.${call.endpoint}`)}{call.stream && ` · ${t('log.stream')}`}</Row>
          <Row name={t('log.detail.requested')}>{call.requested || '—'}</Row>
          <Row name={t('log.detail.routed')}>{call.routed || '—'}</Row>
          <Row name={t('log.detail.upstream')}>{call.upstream || '—'}</Row>
          <Row name={t('log.channel')}>{call.channel || '—'}</Row>
          <Row name={t('log.key')}>{call.key_name || '—'}</Row>
          <Row name={t('log.user')}>{call.username || '—'}</Row>
          <Row name={t('log.detail.clientIP')}><span className={styles.mono}>{call.client_ip || '—'}</span></Row>
        </dl>
      </Section>

      <Section title={t('log.tokens')}><Tokens call={call} /></Section>

      {(call.losses?.length ?? 0) > 0 && (
        <Section title={t('log.detail.losses')}>
          <table className={styles.table}>
            <tbody>
              {call.losses?.map((l) => (
                <tr key={l.field + l.reason}><th scope="row" className={styles.mono}>{l.field}</th><td>{l.reason}</td></tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}

      <Section title={t('log.detail.timing')}>
        <dl className={styles.list}>
          <Row name={t('log.detail.duration')}>{format.duration(call.duration_ms)}</Row>
          <Row name={t('log.detail.firstByte')}>{call.first_byte_ms > 0 ? format.duration(call.first_byte_ms) : '—'}</Row>
          <Row name={t('log.detail.overhead')}>{format.duration(call.overhead_ms)}</Row>
          <Row name={t('log.detail.sizes')}>{t('log.detail.sizesValue', { sent: format.bytes(call.request_bytes), received: format.bytes(call.response_bytes) })}</Row>
        </dl>
      </Section>

      <Section title={t('log.detail.attempts', { count: call.attempts.length })}>
        {call.attempts.length > 0 ? <Attempts call={call} /> : <span>{t('log.detail.noAttempts')}</span>}
      </Section>
    </>
  );
}

function Tokens({ call }: { call: Call }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const { usage } = call;
  return (
    <table className={styles.table}>
      <tbody>
        {shownBuckets(usage).map(({ bucket, tokens: n }) => (
          <tr key={bucket}><th scope="row">{t(`bucket.${bucket}`)}</th><td className={styles.number}>{format.count(n)}</td></tr>
        ))}
        {(usage.reasoning ?? 0) > 0 && (
          <tr><th scope="row" className={styles.part}>{t('bucket.reasoning')}</th><td className={mergeClasses(styles.number, styles.part)}>{format.count(usage.reasoning ?? 0)}</td></tr>
        )}
        <tr className={styles.total}>
          <th scope="row">{t('bucket.total')}{usage.estimated && ` (${t('log.detail.estimated')})`}</th>
          <td className={styles.number}>{format.count(totalInput(usage) + totalOutput(usage))}</td>
        </tr>
        <tr>
          <th scope="row">{t('log.cost')}</th>
          <td className={styles.number}>{call.cost_known ? exactUSD(call.cost) : t('log.costUnknown')}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const styles = useStyles();
  return <section className={styles.section}><h3 className={styles.heading}>{title}</h3>{children}</section>;
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  const styles = useStyles();
  return <><dt className={styles.term}>{name}</dt><dd className={styles.value}>{children}</dd></>;
}

/** An identifier that can be copied. */
export function Id({ text, label }: { text: string; label: string }) {
  const styles = useStyles();
  return <><span className={styles.mono}>{text}</span><CopyButton text={text} label={label} /></>;
}
