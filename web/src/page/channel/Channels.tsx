import {
  Badge, Button, makeStyles, Menu, MenuDivider, MenuItem, MenuList, MenuPopover, MenuTrigger, Spinner, tokens, ToolbarButton,
  ToolbarDivider,
} from '@fluentui/react-components';
import {
  AddRegular, ArrowClockwiseRegular, BeakerRegular, CheckmarkCircleRegular, DeleteRegular, EditRegular,
  MoreHorizontalRegular, PlugConnectedRegular, ProhibitedRegular,
} from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { channelsQuery, providersQuery, type Channel, type ChannelTest } from '../../api/queries';
import { CommandBar } from '../../component/CommandBar';
import { ConfirmDialog } from '../../component/ConfirmDialog';
import { EmptyState } from '../../component/EmptyState';
import { ErrorState } from '../../component/ErrorState';
import { Grid, type Column } from '../../component/Grid';
import { Names } from '../../component/Names';
import { Page } from '../../component/Page';
import { ProviderLogo } from '../../component/ProviderLogo';
import { EnabledBadge, ManagedBadge } from '../../component/Status';
import { useNotify, useNotifyFailure } from '../../component/toast';
import { useFormat } from '../../format/useFormat';
import { ChannelDialog } from './ChannelDialog';
import { TestDialog } from './TestDialog';

const useStyles = makeStyles({
  name: { display: 'flex', alignItems: 'center', gap: '10px', minWidth: 0 },
  link: {
    padding: 0, border: 'none', backgroundColor: 'transparent', font: 'inherit', color: 'inherit', cursor: 'pointer', textAlign: 'left',
    fontWeight: tokens.fontWeightSemibold, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap',
    ':hover': { textDecorationLine: 'underline' },
  },
  ok: { color: tokens.colorStatusSuccessForeground1 },
  bad: { color: tokens.colorStatusDangerForeground1 },
});

/** The names of channels in one line, for questions and messages about them. */
const nameAll = (list: Channel[]) => list.map((c) => c.name).join(', ');

type TestState = ChannelTest | 'running';

/** The upstream accounts. */
export default function Channels() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const notify = useNotify();
  const notifyFailure = useNotifyFailure();
  const { edit } = useSearch({ from: '/inside/channels' });
  const channels = useQuery(channelsQuery);
  const providers = useQuery(providersQuery);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [tests, setTests] = useState<Record<string, TestState>>({});
  const [testing, setTesting] = useState<Channel>();
  const [deleting, setDeleting] = useState<Channel[]>();

  const rows = channels.data ?? [];
  const selected = rows.filter((c) => chosen.has(c.id));
  const editable = selected.filter((c) => !c.managed);
  const open = (id: string | undefined) => void navigate({ to: '/channels', search: id ? { edit: id } : {} });
  const refresh = () => client.invalidateQueries({ queryKey: channelsQuery.queryKey });

  const enable = async (list: Channel[], enabled: boolean) => {
    try {
      for (const c of list) {
        await unwrap(api.PATCH('/api/v1/channels/{id}', { params: { path: { id: c.id } }, body: { enabled } }));
      }
      notify('success', t(enabled ? 'channel.enabled' : 'channel.disabled', { count: list.length, name: nameAll(list) }));
    } catch (err) {
      notifyFailure(err);
    }
    await refresh();
  };
  const runTests = async (list: Channel[]) => {
    setTests((s) => ({ ...s, ...Object.fromEntries(list.map((c) => [c.id, 'running' as const])) }));
    await Promise.all(list.map(async (c) => {
      try {
        const r = await unwrap(api.POST('/api/v1/channels/{id}/test', { params: { path: { id: c.id } }, body: {} }));
        setTests((s) => ({ ...s, [c.id]: r }));
      } catch (err) {
        setTests(({ [c.id]: _, ...rest }) => rest);
        notifyFailure(err);
      }
    }));
  };
  const remove = async (list: Channel[]) => {
    for (const c of list) await unwrap(api.DELETE('/api/v1/channels/{id}', { params: { path: { id: c.id } } }));
    setChosen(new Set());
    await refresh();
    notify('success', t('channel.deleted', { count: list.length, name: nameAll(list) }));
  };

  const columns = useColumns({
    providers: providers.data ?? [], tests,
    onEdit: (c) => open(c.id), onTest: setTesting, onEnable: (c) => void enable([c], !c.enabled), onDelete: (c) => setDeleting([c]),
  });
  const editing = edit === 'new' ? undefined : rows.find((c) => c.id === edit);
  return (
    <Page
      title={t('channel.title')}
      bar={
        <CommandBar label={t('channel.commands')}>
          <ToolbarButton appearance="primary" icon={<AddRegular />} onClick={() => open('new')}>{t('channel.add')}</ToolbarButton>
          <ToolbarDivider />
          <ToolbarButton icon={<ArrowClockwiseRegular />} onClick={() => void refresh()}>{t('action.refresh')}</ToolbarButton>
          <ToolbarButton icon={<BeakerRegular />} disabled={selected.length === 0} onClick={() => void runTests(selected)}>{t('channel.test')}</ToolbarButton>
          <ToolbarButton icon={<CheckmarkCircleRegular />} disabled={!editable.some((c) => !c.enabled)} onClick={() => void enable(editable.filter((c) => !c.enabled), true)}>{t('action.enable')}</ToolbarButton>
          <ToolbarButton icon={<ProhibitedRegular />} disabled={!editable.some((c) => c.enabled)} onClick={() => void enable(editable.filter((c) => c.enabled), false)}>{t('action.disable')}</ToolbarButton>
          <ToolbarButton icon={<DeleteRegular />} disabled={editable.length === 0} onClick={() => setDeleting(editable)}>{t('action.delete')}</ToolbarButton>
        </CommandBar>
      }
    >
      {channels.error && <ErrorState error={channels.error} retry={() => void channels.refetch()} />}
      {(channels.data || channels.isPending) && (
        <Grid
          label={t('channel.title')}
          columns={columns}
          rows={rows}
          rowKey={(c) => c.id}
          minWidth={820}
          loading={channels.isPending}
          selection={{ chosen, name: (c) => c.name, onChange: setChosen }}
          onOpen={(c) => open(c.id)}
          dim={(c) => !c.enabled}
          empty={
            <EmptyState icon={<PlugConnectedRegular />} title={t('channel.empty.title')} text={t('channel.empty.text')}>
              <Button appearance="primary" icon={<AddRegular />} onClick={() => open('new')}>{t('channel.add')}</Button>
            </EmptyState>
          }
        />
      )}
      {edit && providers.data && (edit === 'new' || editing) && (
        <ChannelDialog key={edit} channel={editing} providers={providers.data} onClose={() => open(undefined)} />
      )}
      {testing && (
        <TestDialog
          channel={testing}
          result={typeof tests[testing.id] === 'object' ? (tests[testing.id] as ChannelTest) : undefined}
          onResult={(r) => setTests((s) => ({ ...s, [testing.id]: r }))}
          onClose={() => setTesting(undefined)}
        />
      )}
      {deleting && (
        <ConfirmDialog
          title={t('channel.deleteTitle', { count: deleting.length, name: nameAll(deleting) })}
          text={t('channel.deleteText')}
          action={t('action.delete')}
          onConfirm={() => remove(deleting)}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </Page>
  );
}

interface ColumnProps {
  providers: { id: string; name: string; logo: string }[];
  tests: Record<string, TestState>;
  onEdit: (c: Channel) => void;
  onTest: (c: Channel) => void;
  onEnable: (c: Channel) => void;
  onDelete: (c: Channel) => void;
}

function useColumns(p: ColumnProps): Column<Channel>[] {
  const styles = useStyles();
  const { t } = useTranslation();
  const provider = (c: Channel) => p.providers.find((x) => x.id === c.provider);
  const text = (f: (c: Channel) => string) => (a: Channel, b: Channel) => f(a).localeCompare(f(b));
  return [
    {
      id: 'name', label: t('channel.name'), compare: text((c) => c.name), width: '2.2fr',
      render: (c) => (
        <span className={styles.name}>
          <ProviderLogo src={provider(c)?.logo} size={22} />
          <button type="button" className={styles.link} onClick={() => p.onEdit(c)} title={c.name}>{c.name}</button>
          {c.managed && <ManagedBadge />}
        </span>
      ),
    },
    { id: 'provider', label: t('channel.provider'), width: '1.3fr', compare: text((c) => c.provider), render: (c) => provider(c)?.name ?? c.provider },
    { id: 'status', label: t('channel.status'), width: '104px', compare: (a, b) => Number(b.enabled) - Number(a.enabled), render: (c) => <EnabledBadge enabled={c.enabled} /> },
    { id: 'models', label: t('channel.models.label'), width: '1.8fr', compare: (a, b) => a.models.length - b.models.length, render: (c) => <Names names={c.models.map((m) => m.name)} /> },
    { id: 'priority', label: t('channel.priority'), width: '96px', align: 'end', compare: (a, b) => a.priority - b.priority, render: (c) => c.priority },
    { id: 'weight', label: t('channel.weight'), width: '96px', align: 'end', compare: (a, b) => a.weight - b.weight, render: (c) => c.weight },
    { id: 'test', label: t('channel.lastTest'), width: '118px', render: (c) => <TestCell state={p.tests[c.id]} onOpen={() => p.onTest(c)} /> },
    { id: 'actions', label: t('grid.actions'), hidden: true, width: '52px', render: (c) => <RowMenu channel={c} {...p} /> },
  ];
}

function TestCell({ state, onOpen }: { state: TestState | undefined; onOpen: () => void }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  if (!state) return <Button size="small" appearance="subtle" icon={<BeakerRegular />} onClick={onOpen}>{t('test.short')}</Button>;
  if (state === 'running') return <Spinner size="tiny" aria-label={t('test.running')} style={{ justifyContent: 'flex-start', paddingLeft: 8 }} />;
  return (
    <Button size="small" appearance="subtle" onClick={onOpen} className={state.ok ? styles.ok : styles.bad}>
      {state.ok ? format.duration(state.latency_ms) : <Badge appearance="tint" color="danger">{t('test.failedShort')}</Badge>}
    </Button>
  );
}

function RowMenu({ channel, onEdit, onTest, onEnable, onDelete }: ColumnProps & { channel: Channel }) {
  const { t } = useTranslation();
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label={t('grid.more', { name: channel.name })} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItem icon={<EditRegular />} onClick={() => onEdit(channel)}>{t(channel.managed ? 'action.view' : 'action.edit')}</MenuItem>
          <MenuItem icon={<BeakerRegular />} onClick={() => onTest(channel)}>{t('channel.test')}</MenuItem>
          <MenuItem icon={channel.enabled ? <ProhibitedRegular /> : <CheckmarkCircleRegular />} disabled={channel.managed} onClick={() => onEnable(channel)}>
            {t(channel.enabled ? 'action.disable' : 'action.enable')}
          </MenuItem>
          <MenuDivider />
          <MenuItem icon={<DeleteRegular />} disabled={channel.managed} onClick={() => onDelete(channel)}>{t('action.delete')}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
