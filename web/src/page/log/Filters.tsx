import { Button, Dropdown, makeStyles, Option, OptionGroup, SearchBox } from '@fluentui/react-components';
import { FilterDismissRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { channelsQuery, keysQuery, usersQuery } from '../../api/queries';
import { endpoints, filtered, kinds, ranges, type LogSearch } from './search';

const useStyles = makeStyles({
  bar: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(152px, 1fr))', gap: '8px', alignItems: 'center' },
  pick: { minWidth: 0, '& > button[role=combobox]': { display: 'flex', minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } },
  text: { minWidth: 0, maxWidth: 'none' },
  clear: { justifySelf: 'start' },
});

interface Props {
  search: LogSearch;
  admin: boolean;
  onChange: (next: LogSearch) => void;
}

/** The filters of the request log. */
export function Filters({ search, admin, onChange }: Props) {
  const styles = useStyles();
  const { t } = useTranslation();
  const { data: channels = [] } = useQuery({ ...channelsQuery, enabled: admin });
  const { data: users = [] } = useQuery({ ...usersQuery, enabled: admin });
  const { data: keys = [] } = useQuery(keysQuery);
  const set = (name: keyof LogSearch, value: string | undefined) => onChange({ ...search, [name]: value || undefined } as LogSearch);
  // "ok", "error" and every fault are one choice: a fault is a kind of error.
  const outcome = search.fault ?? search.status ?? '';
  const outcomeName = search.fault ? t(`fault.${search.fault}`) : search.status ? t(`log.status.${search.status}`) : t('log.status.any');

  return (
    <div className={styles.bar} role="search" aria-label={t('log.filters')}>
      <Pick label={t('log.range.label')} value={search.range ?? '24h'} name={t(`log.range.${search.range ?? '24h'}`)} onPick={(v) => set('range', v === '24h' ? undefined : v)}>
        {ranges.map((r) => <Option key={r} value={r}>{t(`log.range.${r}`)}</Option>)}
      </Pick>
      <Pick
        label={t('log.status.label')}
        value={outcome}
        name={outcomeName}
        onPick={(v) => onChange({
          ...search,
          status: v === 'ok' || v === 'error' ? v : undefined,
          fault: kinds.find((k) => k === v),
        } as LogSearch)}
      >
        <Option value="">{t('log.status.any')}</Option>
        <Option value="ok">{t('log.status.ok')}</Option>
        <Option value="error">{t('log.status.error')}</Option>
        <OptionGroup label={t('log.status.faults')}>
          {kinds.map((k) => <Option key={k} value={k}>{t(`fault.${k}`)}</Option>)}
        </OptionGroup>
      </Pick>
      <Text label={t('log.model')} value={search.model ?? ''} onSettle={(v) => set('model', v)} />
      {admin && (
        <Named label={t('log.channel')} any={t('log.anyChannel')} value={search.channel} items={channels.map((c) => ({ id: c.id, name: c.name }))} onPick={(v) => set('channel', v)} />
      )}
      <Named label={t('log.key')} any={t('log.anyKey')} value={search.key} items={keys.map((k) => ({ id: k.id, name: k.name }))} onPick={(v) => set('key', v)} />
      {admin && users.length > 1 && (
        <Named label={t('log.user')} any={t('log.anyUser')} value={search.user} items={users.map((u) => ({ id: u.id, name: u.username }))} onPick={(v) => set('user', v)} />
      )}
      <Pick label={t('log.endpoint')} value={search.endpoint ?? ''} name={search.endpoint ? t(`endpoint.${search.endpoint}`) : t('log.anyEndpoint')} onPick={(v) => set('endpoint', v)}>
        <Option value="">{t('log.anyEndpoint')}</Option>
        {endpoints.map((e) => <Option key={e} value={e}>{t(`endpoint.${e}`)}</Option>)}
      </Pick>
      <Text label={t('log.request')} value={search.request ?? ''} onSettle={(v) => set('request', v)} />
      {filtered(search) && (
        <Button className={styles.clear} appearance="subtle" icon={<FilterDismissRegular />} onClick={() => onChange(search.range ? { range: search.range } : {})}>
          {t('log.clear')}
        </Button>
      )}
    </div>
  );
}

function Pick({ label, value, name, onPick, children }: {
  label: string; value: string; name: string; onPick: (v: string) => void; children: ReactNode;
}) {
  const styles = useStyles();
  return (
    <Dropdown className={styles.pick} aria-label={label} value={name} selectedOptions={[value]} onOptionSelect={(_, d) => onPick(d.optionValue ?? '')}>
      {children}
    </Dropdown>
  );
}

function Named({ label, any, value, items, onPick }: {
  label: string; any: string; value: string | undefined; items: { id: string; name: string }[]; onPick: (v: string) => void;
}) {
  // What was deleted is in no list any more, but may still be filtered by.
  const known = items.some((i) => i.id === value);
  const all = value && !known ? [{ id: value, name: `${value.slice(0, 8)}…` }, ...items] : items;
  return (
    <Pick label={label} value={value ?? ''} name={all.find((i) => i.id === value)?.name ?? any} onPick={onPick}>
      <Option value="">{any}</Option>
      {all.map((i) => <Option key={i.id} value={i.id}>{i.name}</Option>)}
    </Pick>
  );
}

/** A text filter that acts once typing pauses. */
function Text({ label, value, onSettle }: { label: string; value: string; onSettle: (v: string) => void }) {
  const styles = useStyles();
  const [text, setText] = useState(value);
  const settle = useRef(onSettle);
  settle.current = onSettle;
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => settle.current(text.trim()), 350);
    return () => clearTimeout(timer);
  }, [text, value]);
  return <SearchBox className={styles.text} aria-label={label} placeholder={label} value={text} onChange={(_, d) => setText(d.value)} />;
}
