import {
  Badge, Button, makeStyles, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger, ProgressBar, tokens, ToolbarButton,
  ToolbarDivider, Tooltip,
} from '@fluentui/react-components';
import {
  AddRegular, ArrowClockwiseRegular, CheckmarkCircleRegular, DeleteRegular, DocumentTextRegular, EditRegular, KeyRegular,
  MoreHorizontalRegular, ProhibitedRegular,
} from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { keysQuery, meQuery, type Key, type NewKey } from '../../api/queries';
import { CommandBar } from '../../component/CommandBar';
import { ConfirmDialog } from '../../component/ConfirmDialog';
import { EmptyState } from '../../component/EmptyState';
import { ErrorState } from '../../component/ErrorState';
import { Grid, type Column } from '../../component/Grid';
import { Names } from '../../component/Names';
import { Page } from '../../component/Page';
import { EnabledBadge, ManagedBadge } from '../../component/Status';
import { RelativeTime } from '../../component/Time';
import { useNotify, useNotifyFailure } from '../../component/toast';
import { useNow } from '../../component/useNow';
import { compareUSD, exactUSD, formatUSD, shareUSD } from '../../format/money';
import { expired } from './form';
import { KeyDialog } from './KeyDialog';
import { SecretDialog } from './SecretDialog';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: '8px', minWidth: 0, fontWeight: tokens.fontWeightSemibold },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  quiet: { color: tokens.colorNeutralForeground3 },
  bar: { marginTop: '4px', maxWidth: '140px' },
});

/** The credentials of callers. */
export default function Keys() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const notify = useNotify();
  const notifyFailure = useNotifyFailure();
  const { create } = useSearch({ from: '/inside/keys' });
  const keys = useQuery(keysQuery);
  const { data: me } = useQuery(meQuery);
  const [editing, setEditing] = useState<Key>();
  const [created, setCreated] = useState<NewKey>();
  const [deleting, setDeleting] = useState<Key>();
  const rows = keys.data ?? [];
  const refresh = () => client.invalidateQueries({ queryKey: keysQuery.queryKey });
  const openNew = (open: boolean) => void navigate({ to: '/keys', search: open ? { create: true } : {} });

  const enable = async (k: Key) => {
    try {
      await unwrap(api.PATCH('/api/v1/keys/{id}', { params: { path: { id: k.id } }, body: { enabled: !k.enabled } }));
      notify('success', t(k.enabled ? 'key.disabled' : 'key.enabled', { name: k.name }));
    } catch (err) {
      notifyFailure(err);
    }
    await refresh();
  };
  const remove = async (k: Key) => {
    await unwrap(api.DELETE('/api/v1/keys/{id}', { params: { path: { id: k.id } } }));
    await refresh();
    notify('success', t('key.deleted', { name: k.name }));
  };
  const columns = useColumns({
    owners: me !== undefined && me.user.role !== 'member',
    onEdit: setEditing,
    onLogs: (k) => void navigate({ to: '/logs', search: { key: k.id } }),
    onEnable: (k) => void enable(k),
    onDelete: setDeleting,
  });
  return (
    <Page
      title={t('key.title')}
      bar={
        <CommandBar label={t('key.commands')}>
          <ToolbarButton appearance="primary" icon={<AddRegular />} onClick={() => openNew(true)}>{t('key.add')}</ToolbarButton>
          <ToolbarDivider />
          <ToolbarButton icon={<ArrowClockwiseRegular />} onClick={() => void refresh()}>{t('action.refresh')}</ToolbarButton>
        </CommandBar>
      }
    >
      {keys.error && <ErrorState error={keys.error} retry={() => void keys.refetch()} />}
      {(keys.data || keys.isPending) && (
        <Grid
          label={t('key.title')}
          columns={columns}
          rows={rows}
          rowKey={(k) => k.id}
          minWidth={860}
          loading={keys.isPending}
          dim={(k) => !k.enabled}
          empty={
            <EmptyState icon={<KeyRegular />} title={t('key.empty.title')} text={t('key.empty.text')}>
              <Button appearance="primary" icon={<AddRegular />} onClick={() => openNew(true)}>{t('key.add')}</Button>
            </EmptyState>
          }
        />
      )}
      {(create || editing) && (
        <KeyDialog
          key={editing?.id ?? 'new'}
          current={editing}
          onCreated={setCreated}
          onClose={() => {
            setEditing(undefined);
            if (create) openNew(false);
          }}
        />
      )}
      {created && <SecretDialog created={created} onClose={() => setCreated(undefined)} />}
      {deleting && (
        <ConfirmDialog
          title={t('key.deleteTitle', { name: deleting.name })}
          text={t('key.deleteText')}
          action={t('action.delete')}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </Page>
  );
}

interface ColumnProps {
  owners: boolean;
  onEdit: (k: Key) => void;
  onLogs: (k: Key) => void;
  onEnable: (k: Key) => void;
  onDelete: (k: Key) => void;
}

function useColumns({ owners, onEdit, onLogs, onEnable, onDelete }: ColumnProps): Column<Key>[] {
  const styles = useStyles();
  const { t } = useTranslation();
  const now = useNow();
  const time = (s: string | undefined) => (s ? new Date(s).getTime() : 0);
  return [
    {
      id: 'name', label: t('key.name'), width: '1.4fr', compare: (a, b) => a.name.localeCompare(b.name),
      render: (k) => <span className={styles.name}><span className={styles.cut} title={k.name}>{k.name}</span>{k.managed && <ManagedBadge />}</span>,
    },
    { id: 'prefix', label: t('key.secret.label'), width: '132px', render: (k) => <span className={styles.mono}>{k.prefix}…</span> },
    ...(owners ? [{ id: 'user', label: t('key.user'), compare: (a: Key, b: Key) => a.username.localeCompare(b.username), render: (k: Key) => k.username }] : []),
    {
      id: 'status', label: t('channel.status'), width: '104px',
      render: (k) => (expired(k, now) ? <Badge appearance="tint" color="warning">{t('key.expired')}</Badge> : <EnabledBadge enabled={k.enabled} />),
    },
    { id: 'spent', label: t('key.spent'), width: '168px', compare: (a, b) => compareUSD(a.spent, b.spent), render: (k) => <Spent current={k} /> },
    {
      id: 'models', label: t('key.models'),
      render: (k) => (k.models.length === 0
        ? <span className={styles.quiet}>{t('key.modelsAll')}</span>
        : <Names names={k.models} />),
    },
    { id: 'expires', label: t('key.expires'), width: '104px', compare: (a, b) => (time(a.expires) || Infinity) - (time(b.expires) || Infinity), render: (k) => (k.expires ? <RelativeTime value={k.expires} /> : <span className={styles.quiet}>{t('key.expiry.never')}</span>) },
    { id: 'used', label: t('key.lastUsed'), width: '118px', compare: (a, b) => time(a.last_used) - time(b.last_used), render: (k) => (k.last_used ? <RelativeTime value={k.last_used} /> : <span className={styles.quiet}>{t('key.neverUsed')}</span>) },
    {
      id: 'actions', label: t('grid.actions'), hidden: true, width: '52px',
      render: (k) => (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={t('grid.more', { name: k.name })} />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem icon={<EditRegular />} disabled={k.managed} onClick={() => onEdit(k)}>{t('action.edit')}</MenuItem>
              <MenuItem icon={<DocumentTextRegular />} onClick={() => onLogs(k)}>{t('key.logs')}</MenuItem>
              <MenuItem icon={k.enabled ? <ProhibitedRegular /> : <CheckmarkCircleRegular />} disabled={k.managed} onClick={() => onEnable(k)}>
                {t(k.enabled ? 'action.disable' : 'action.enable')}
              </MenuItem>
              <MenuDivider />
              <MenuItem icon={<DeleteRegular />} disabled={k.managed} onClick={() => onDelete(k)}>{t('action.delete')}</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      ),
    },
  ];
}

function Spent({ current: k }: { current: Key }) {
  const styles = useStyles();
  const { t } = useTranslation();
  if (k.unlimited) {
    return <Tooltip content={exactUSD(k.spent)} relationship="description"><span>{formatUSD(k.spent)}</span></Tooltip>;
  }
  const share = shareUSD(k.spent, k.limit);
  return (
    <Tooltip content={t('key.spentOf', { spent: exactUSD(k.spent), limit: exactUSD(k.limit) })} relationship="description">
      <div>
        {formatUSD(k.spent)} <span className={styles.quiet}>/ {formatUSD(k.limit)}</span>
        <ProgressBar className={styles.bar} value={share / 100} color={share >= 100 ? 'error' : share >= 80 ? 'warning' : 'brand'} aria-label={t('key.spent')} />
      </div>
    </Tooltip>
  );
}
