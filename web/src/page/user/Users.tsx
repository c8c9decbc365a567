import {
  Badge, Button, makeStyles, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger, mergeClasses, tokens, ToolbarButton,
  ToolbarDivider, Tooltip,
} from '@fluentui/react-components';
import {
  AddRegular, ArrowClockwiseRegular, CheckmarkCircleRegular, DeleteRegular, DocumentTextRegular, EditRegular,
  MoneyRegular, MoreHorizontalRegular, PeopleRegular, ProhibitedRegular,
} from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { meQuery, usersQuery, type User } from '../../api/queries';
import { CommandBar } from '../../component/CommandBar';
import { ConfirmDialog } from '../../component/ConfirmDialog';
import { EmptyState } from '../../component/EmptyState';
import { ErrorState } from '../../component/ErrorState';
import { Grid, type Column } from '../../component/Grid';
import { Page } from '../../component/Page';
import { EnabledBadge, ManagedBadge } from '../../component/Status';
import { RelativeTime } from '../../component/Time';
import { useNotify, useNotifyFailure } from '../../component/toast';
import { compareUSD, exactUSD, formatUSD } from '../../format/money';
import { BalanceDialog } from './BalanceDialog';
import { UserDialog } from './UserDialog';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: '8px', fontWeight: tokens.fontWeightSemibold },
  line: { lineHeight: '17px' },
  quiet: { color: tokens.colorNeutralForeground3, fontSize: tokens.fontSizeBase200 },
});

/** The accounts and their balances. */
export default function Users() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const notify = useNotify();
  const notifyFailure = useNotifyFailure();
  const users = useQuery(usersQuery);
  const { data: me } = useQuery(meQuery);
  const [editing, setEditing] = useState<User | 'new'>();
  const [booking, setBooking] = useState<User>();
  const [deleting, setDeleting] = useState<User>();
  const refresh = () => client.invalidateQueries({ queryKey: usersQuery.queryKey });

  const enable = async (u: User) => {
    try {
      await unwrap(api.PATCH('/api/v1/users/{id}', { params: { path: { id: u.id } }, body: { enabled: !u.enabled } }));
      notify('success', t(u.enabled ? 'user.disabled' : 'user.enabled', { name: u.username }));
    } catch (err) {
      notifyFailure(err);
    }
    await refresh();
  };
  const remove = async (u: User) => {
    await unwrap(api.DELETE('/api/v1/users/{id}', { params: { path: { id: u.id } } }));
    await refresh();
    notify('success', t('user.deleted', { name: u.username }));
  };
  const columns = useColumns({
    self: me?.user.id,
    onEdit: setEditing,
    onBook: setBooking,
    onLogs: (u) => void navigate({ to: '/logs', search: { user: u.id } }),
    onEnable: (u) => void enable(u),
    onDelete: setDeleting,
  });
  return (
    <Page
      title={t('user.title')}
      bar={
        <CommandBar label={t('user.commands')}>
          <ToolbarButton appearance="primary" icon={<AddRegular />} onClick={() => setEditing('new')}>{t('user.add')}</ToolbarButton>
          <ToolbarDivider />
          <ToolbarButton icon={<ArrowClockwiseRegular />} onClick={() => void refresh()}>{t('action.refresh')}</ToolbarButton>
        </CommandBar>
      }
    >
      {users.error && <ErrorState error={users.error} retry={() => void users.refetch()} />}
      {(users.data || users.isPending) && (
        <Grid
          label={t('user.title')}
          columns={columns}
          rows={users.data ?? []}
          rowKey={(u) => u.id}
          minWidth={760}
          loading={users.isPending}
          dim={(u) => !u.enabled}
          empty={<EmptyState icon={<PeopleRegular />} title={t('user.empty.title')} text={t('user.empty.text')} />}
        />
      )}
      {editing && <UserDialog user={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {booking && <BalanceDialog user={booking} onClose={() => setBooking(undefined)} />}
      {deleting && (
        <ConfirmDialog
          title={t('user.deleteTitle', { name: deleting.username })}
          text={t('user.deleteText')}
          action={t('action.delete')}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </Page>
  );
}

interface ColumnProps {
  self: string | undefined;
  onEdit: (u: User) => void;
  onBook: (u: User) => void;
  onLogs: (u: User) => void;
  onEnable: (u: User) => void;
  onDelete: (u: User) => void;
}

function useColumns({ self, onEdit, onBook, onLogs, onEnable, onDelete }: ColumnProps): Column<User>[] {
  const styles = useStyles();
  const { t } = useTranslation();
  return [
    {
      id: 'name', label: t('session.username'), width: '1.6fr', compare: (a, b) => a.username.localeCompare(b.username),
      render: (u) => (
        <span className={styles.name}>
          {u.username}
          {u.id === self && <Badge appearance="outline" color="brand">{t('user.you')}</Badge>}
          {u.managed && <ManagedBadge />}
        </span>
      ),
    },
    { id: 'role', label: t('user.role'), compare: (a, b) => a.role.localeCompare(b.role), render: (u) => t(`role.${u.role}`) },
    { id: 'group', label: t('user.group'), compare: (a, b) => a.group.localeCompare(b.group), render: (u) => u.group },
    { id: 'status', label: t('channel.status'), width: '104px', render: (u) => <EnabledBadge enabled={u.enabled} /> },
    {
      id: 'balance', label: t('user.balance'), align: 'end', compare: (a, b) => compareUSD(a.balance, b.balance),
      render: (u) => (
        <Tooltip content={t('user.balanceTip', { balance: exactUSD(u.balance), held: exactUSD(u.held) })} relationship="description">
          <div>
            <div className={styles.line}>{formatUSD(u.balance)}</div>
            {u.unlimited && <div className={mergeClasses(styles.line, styles.quiet)}>{t('user.noLimit')}</div>}
          </div>
        </Tooltip>
      ),
    },
    { id: 'created', label: t('user.created'), width: '130px', compare: (a, b) => a.created.localeCompare(b.created), render: (u) => <RelativeTime value={u.created} /> },
    {
      id: 'actions', label: t('grid.actions'), hidden: true, width: '52px',
      render: (u) => (
        <Menu>
          <MenuTrigger disableButtonEnhancement>
            <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={t('grid.more', { name: u.username })} />
          </MenuTrigger>
          <MenuPopover>
            <MenuList>
              <MenuItem icon={<MoneyRegular />} onClick={() => onBook(u)}>{t('balance.menu')}</MenuItem>
              <MenuItem icon={<EditRegular />} disabled={u.managed} onClick={() => onEdit(u)}>{t('action.edit')}</MenuItem>
              <MenuItem icon={<DocumentTextRegular />} onClick={() => onLogs(u)}>{t('key.logs')}</MenuItem>
              <MenuItem icon={u.enabled ? <ProhibitedRegular /> : <CheckmarkCircleRegular />} disabled={u.managed || u.role === 'owner' || u.id === self} onClick={() => onEnable(u)}>
                {t(u.enabled ? 'action.disable' : 'action.enable')}
              </MenuItem>
              <MenuDivider />
              <MenuItem icon={<DeleteRegular />} disabled={u.managed || u.role === 'owner' || u.id === self} onClick={() => onDelete(u)}>{t('action.delete')}</MenuItem>
            </MenuList>
          </MenuPopover>
        </Menu>
      ),
    },
  ];
}
