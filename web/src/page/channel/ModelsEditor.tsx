import { Button, Combobox, Input, makeStyles, mergeClasses, Option, tokens, Tooltip } from '@fluentui/react-components';
import { AddRegular, ArrowRightRegular, DismissRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { catalogQuery } from '../../api/queries';
import { useDebounced } from '../../component/useDebounced';
import { addModels, splitModels, type ModelRow } from './form';

const useStyles = makeStyles({
  add: { display: 'flex', gap: '8px' },
  grow: { flexGrow: 1, minWidth: 0 },
  list: {
    margin: '8px 0 0', padding: 0, listStyleType: 'none', border: '1px solid var(--divider)', borderRadius: '6px',
    maxHeight: '196px', overflowY: 'auto',
  },
  row: {
    display: 'grid', gridTemplateColumns: '1fr 16px 1fr 32px', alignItems: 'center', gap: '8px',
    padding: '4px 4px 4px 10px', borderBottom: '1px solid var(--divider)', ':last-child': { borderBottomStyle: 'none' },
  },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  arrow: { color: tokens.colorNeutralForeground3, display: 'flex' },
  context: { marginLeft: 'auto', paddingLeft: '12px', fontSize: '12px', color: tokens.colorNeutralForeground3 },
  read: { gridTemplateColumns: '1fr 16px 1fr', padding: '7px 10px' },
});

interface Props {
  provider: string;
  rows: ModelRow[];
  onChange: (rows: ModelRow[]) => void;
  readOnly: boolean;
  /** Props that the surrounding Field gives to its control. */
  field: object;
}

/** The models of a channel: typed or chosen from the catalogue, each with an optional name at the vendor. */
export function ModelsEditor({ provider, rows, onChange, readOnly, field }: Props) {
  const styles = useStyles();
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const id = useId();
  const { data: suggestions = [] } = useQuery({ ...catalogQuery(provider, useDebounced(text.trim(), 200)), enabled: !readOnly && provider !== '' });

  const add = (typed: string) => {
    onChange(addModels(rows, splitModels(typed)));
    setText('');
    setOpen(false);
  };
  const taken = new Set(rows.map((r) => r.name));
  const options = suggestions.filter((m) => !taken.has(m.id));
  return (
    <div>
      {!readOnly && (
        <div className={styles.add}>
          <Combobox
            {...field}
            className={styles.grow}
            freeform
            value={text}
            selectedOptions={[]}
            placeholder={t('channel.models.placeholder')}
            open={open && options.length > 0}
            onOpenChange={(_, d) => setOpen(d.open)}
            onChange={(e) => {
              setText(e.target.value);
              setOpen(true);
            }}
            onOptionSelect={(_, d) => d.optionValue && add(d.optionValue)}
            onKeyDown={(e) => {
              // An option that is lit up is chosen by the box itself; else what was typed counts.
              if (e.key !== 'Enter' || e.currentTarget.getAttribute('aria-activedescendant')) return;
              e.preventDefault();
              if (text.trim()) add(text);
            }}
            onPaste={(e) => {
              const pasted = e.clipboardData.getData('text');
              if (!/[\s,;]/.test(pasted.trim())) return;
              e.preventDefault();
              add(pasted);
            }}
          >
            {options.map((m) => (
              <Option key={m.id} value={m.id} text={m.id} checkIcon={null}>
                {m.id}
                {m.price && <span className={styles.context}>${m.price.input} / ${m.price.output}</span>}
              </Option>
            ))}
          </Combobox>
          <Button icon={<AddRegular />} disabled={!text.trim()} onClick={() => add(text)}>{t('action.add')}</Button>
        </div>
      )}
      {rows.length > 0 && (
        <ul className={styles.list} aria-label={t('channel.models.label')}>
          {rows.map((r, i) => (
            <li key={r.name} className={mergeClasses(styles.row, readOnly && styles.read)}>
              <span className={styles.name} id={`${id}-${i}`} title={r.name}>{r.name}</span>
              <span className={styles.arrow} aria-hidden><ArrowRightRegular /></span>
              {readOnly ? <span className={styles.name}>{r.upstream || r.name}</span> : (
                <Input
                  size="small"
                  appearance="filled-darker"
                  style={{ minWidth: 0 }}
                  value={r.upstream}
                  placeholder={t('channel.models.same')}
                  aria-label={t('channel.models.upstream', { name: r.name })}
                  onChange={(_, d) => onChange(rows.map((x, j) => (j === i ? { ...x, upstream: d.value } : x)))}
                />
              )}
              {!readOnly && (
                <Tooltip content={t('channel.models.remove', { name: r.name })} relationship="label">
                  <Button
                    size="small"
                    appearance="subtle"
                    icon={<DismissRegular />}
                    onClick={() => onChange(rows.filter((_, j) => j !== i))}
                  />
                </Tooltip>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
