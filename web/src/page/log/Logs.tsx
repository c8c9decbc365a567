import { Button, makeStyles, mergeClasses, Spinner, Switch, tokens, ToolbarButton, Tooltip } from '@fluentui/react-components';
import { ArrowClockwiseRegular, DocumentSearchRegular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { logsQuery, meQuery, type Call } from '../../api/queries';
import { CommandBar } from '../../component/CommandBar';
import { EmptyState } from '../../component/EmptyState';
import { ErrorState } from '../../component/ErrorState';
import { Grid, type Column } from '../../component/Grid';
import { Page } from '../../component/Page';
import { useNow } from '../../component/useNow';
import { exactUSD, formatUSD } from '../../format/money';
import { useFormat } from '../../format/useFormat';
import { Detail } from './Detail';
import { Filters } from './Filters';
import { Outcome } from './Outcome';
import { filtered, logQuery, type LogSearch } from './search';
import { totalInput, totalOutput } from './usage';

const useStyles = makeStyles({
  two: { lineHeight: '17px', overflow: 'hidden', textOverflow: 'ellipsis' },
  quiet: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
  time: {
    padding: 0, border: 'none', backgroundColor: 'transparent', font: 'inherit', color: 'inherit', cursor: 'pointer',
    fontVariantNumeric: 'tabular-nums', ':hover': { textDecorationLine: 'underline' },
  },
  footer: { display: 'flex', justifyContent: 'center', padding: '10px', borderTop: '1px solid var(--divider)' },
});

/** The request log. */
export default function Logs() {
  const styles = useStyles();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const search = useSearch({ from: '/inside/logs' });
  const { data: me } = useQuery(meQuery);
  const [live, setLive] = useState(false);
  const { open: opened, ...filters } = search;
  const logs = useInfiniteQuery(logsQuery(filters, () => logQuery(filters, new Date()), live));
  const rows = logs.data?.pages.flatMap((p) => p.items) ?? [];
  const go = (next: LogSearch, replace = false) => void navigate({ to: '/logs', search: next, replace, resetScroll: false });
  const columns = useColumns((c) => go({ ...filters, open: c.id }));
  const filtering = filtered(filters);

  return (
    <Page
      title={t('log.title')}
      bar={
        <CommandBar label={t('log.commands')}>
          <ToolbarButton style={{ marginLeft: -12 }} icon={<ArrowClockwiseRegular />} disabled={logs.isFetching && !live} onClick={() => void client.invalidateQueries({ queryKey: ['logs'] })}>
            {t('action.refresh')}
          </ToolbarButton>
          <Switch checked={live} label={t('log.live')} onChange={(_, d) => setLive(d.checked)} />
        </CommandBar>
      }
    >
      <Filters search={filters} admin={me !== undefined && me.user.role !== 'member'} onChange={(next) => go(next, true)} />
      {logs.error && <ErrorState error={logs.error} retry={() => void logs.refetch()} />}
      {(logs.data || logs.isPending) && (
        <Grid
          label={t('log.title')}
          columns={columns}
          rows={rows}
          rowKey={(c) => c.id}
          minWidth={900}
          loading={logs.isPending}
          onOpen={(c) => go({ ...filters, open: c.id })}
          empty={
            <EmptyState
              icon={<DocumentSearchRegular />}
              title={t(filtering ? 'log.none.title' : 'log.empty.title')}
              text={t(filtering ? 'log.none.text' : 'log.empty.text')}
            >
              {filtering && <Button onClick={() => go({}, true)}>{t('log.clear')}</Button>}
              {!filtering && (filters.range ?? '24h') !== 'all' && <Button onClick={() => go({ range: 'all' }, true)}>{t('log.showAll')}</Button>}
            </EmptyState>
          }
          footer={logs.hasNextPage && !live && (
            <div className={styles.footer}>
              <Button
                appearance="subtle"
                disabled={logs.isFetchingNextPage}
                icon={logs.isFetchingNextPage ? <Spinner size="tiny" /> : undefined}
                onClick={() => void logs.fetchNextPage()}
              >
                {t('log.more')}
              </Button>
            </div>
          )}
        />
      )}
      <Detail id={opened} known={rows.find((c) => c.id === opened)} onClose={() => go(filters)} />
    </Page>
  );
}

function useColumns(onOpen: (c: Call) => void): Column<Call>[] {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  return [
    {
      id: 'time', label: t('log.time'), width: '120px',
      render: (c) => (
        <Tooltip content={format.exact(new Date(c.time), { milliseconds: true })} relationship="description">
          <button type="button" className={styles.time} onClick={() => onOpen(c)} aria-haspopup="dialog">{format.logTime(new Date(c.time), now)}</button>
        </Tooltip>
      ),
    },
    { id: 'status', label: t('channel.status'), width: '146px', render: (c) => <Outcome call={c} /> },
    {
      id: 'model', label: t('log.model'), width: '1.7fr',
      render: (c) => (
        <>
          <div className={styles.two} title={c.requested}>{c.requested || '—'}</div>
          <div className={mergeClasses(styles.two, styles.quiet)}>
            {t(`endpoint.${c.endpoint}`)}{c.stream && ` · ${t('log.stream')}`}{c.routed && c.routed !== c.requested && ` · ${c.routed}`}
          </div>
        </>
      ),
    },
    {
      id: 'channel', label: t('log.channel'), width: '1.1fr',
      render: (c) => (
        <>
          <div className={styles.two} title={c.channel}>{c.channel || '—'}</div>
          {c.attempts.length > 1 && <div className={mergeClasses(styles.two, styles.quiet)}>{t('log.attempts', { count: c.attempts.length })}</div>}
        </>
      ),
    },
    {
      id: 'key', label: t('log.key'),
      render: (c) => (
        <>
          <div className={styles.two} title={c.key_name}>{c.key_name || '—'}</div>
          <div className={mergeClasses(styles.two, styles.quiet)}>{c.username}</div>
        </>
      ),
    },
    {
      id: 'tokens', label: t('log.tokens'), width: '122px', align: 'end',
      render: (c) => (
        <>
          <div className={styles.two}>{format.count(totalInput(c.usage) + totalOutput(c.usage))}</div>
          <div className={mergeClasses(styles.two, styles.quiet)}>{format.count(totalInput(c.usage))} ↑ {format.count(totalOutput(c.usage))} ↓</div>
        </>
      ),
    },
    {
      id: 'cost', label: t('log.cost'), width: '132px', align: 'end',
      render: (c) => (c.cost_known
        ? <Tooltip content={exactUSD(c.cost)} relationship="description"><span>{formatUSD(c.cost)}</span></Tooltip>
        : <Tooltip content={t('log.costUnknown')} relationship="description"><span className={styles.quiet}>{t('log.unknown')}</span></Tooltip>),
    },
    {
      id: 'latency', label: t('log.latency'), width: '124px', align: 'end',
      render: (c) => (
        <>
          <div className={styles.two}>{format.duration(c.duration_ms)}</div>
          {c.first_byte_ms > 0 && <div className={mergeClasses(styles.two, styles.quiet)}>{t('log.first', { time: format.duration(c.first_byte_ms) })}</div>}
        </>
      ),
    },
  ];
}
