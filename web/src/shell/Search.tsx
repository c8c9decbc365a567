import { Combobox, makeStyles, Option } from '@fluentui/react-components';
import { SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { channelsQuery, keysQuery, type Role } from '../api/queries';
import { settings, visibleTo } from './Navigation';

const useStyles = makeStyles({
  box: { width: '100%', minWidth: 0, '& input': { minWidth: 0, width: '100%' } },
  kind: { marginLeft: 'auto', opacity: 0.7, fontSize: '12px', paddingLeft: '12px' },
});

const uuidStart = /^[0-9a-f]{8}-?[0-9a-f-]{4,}$/i;

/** Finds pages, channels, keys, and requests by the start of their id. */
export function Search({ role }: { role: Role }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const admin = role !== 'member';
  const { data: channels = [] } = useQuery({ ...channelsQuery, enabled: open && admin });
  const { data: keys = [] } = useQuery({ ...keysQuery, enabled: open });

  const has = (s: string) => s.toLowerCase().includes(text.trim().toLowerCase());
  const hits = [
    ...[...visibleTo(role), settings]
      .filter((d) => has(t(d.label)))
      .map((d) => ({ id: d.to as string, name: t(d.label), kind: t('search.page'), go: () => navigate({ to: d.to }) })),
    ...(text ? channels : []).filter((c) => has(c.name)).slice(0, 6).map((c) => ({
      id: c.id, name: c.name, kind: t('search.channel'), go: () => navigate({ to: '/channels', search: { edit: c.id } }),
    })),
    ...(text ? keys : []).filter((k) => has(k.name)).slice(0, 6).map((k) => ({
      id: k.id, name: k.name, kind: t('search.key'), go: () => navigate({ to: '/logs', search: { key: k.id } }),
    })),
    ...(uuidStart.test(text.trim())
      ? [{ id: 'request', name: text.trim(), kind: t('search.request'), go: () => navigate({ to: '/logs', search: { request: text.trim(), range: 'all' } }) }]
      : []),
  ];
  return (
    <Combobox
      className={styles.box}
      freeform
      placeholder={t('search.placeholder')}
      aria-label={t('search.placeholder')}
      expandIcon={<SearchRegular />}
      value={text}
      open={open}
      onOpenChange={(_, d) => setOpen(d.open)}
      selectedOptions={[]}
      onChange={(e) => {
        setText(e.target.value);
        setOpen(true);
      }}
      onOptionSelect={(_, d) => {
        const hit = hits.find((h) => h.id === d.optionValue);
        setText('');
        setOpen(false);
        if (hit) void hit.go();
      }}
    >
      {hits.length === 0 && <Option text={t('search.none')} value="" disabled>{t('search.none')}</Option>}
      {hits.map((h) => (
        <Option key={h.id} value={h.id} text={h.name} checkIcon={null}>
          <span style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{h.name}</span>
          <span className={styles.kind}>{h.kind}</span>
        </Option>
      ))}
    </Combobox>
  );
}
