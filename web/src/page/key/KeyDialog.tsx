import {
  Button, Combobox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input,
  makeStyles, Option, Radio, RadioGroup, Spinner, Tag, TagGroup,
} from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { keysQuery, meQuery, servedModelsQuery, usersQuery, type Key, type NewKey } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { useNotify } from '../../component/toast';
import { useFormat } from '../../format/useFormat';
import { check, emptyForm, expiresAt, formOf, type Expiry, type Form } from './form';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '14px', paddingBottom: '14px' },
  limit: { maxWidth: '220px' },
  tags: { flexWrap: 'wrap', gap: '4px', marginTop: '6px' },
  full: { minWidth: 0, width: '100%' },
});

interface Props {
  /** The key to change; a new one when absent. */
  current?: Key | undefined;
  onCreated: (k: NewKey) => void;
  onClose: () => void;
}

/** Creates or changes a key. */
export function KeyDialog({ current, onCreated, onClose }: Props) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const notify = useNotify();
  const { data: me } = useQuery(meQuery);
  const admin = me !== undefined && me.user.role !== 'member';
  const { data: users = [] } = useQuery({ ...usersQuery, enabled: admin && !current });
  const { data: models = [] } = useQuery(servedModelsQuery);
  const [form, setForm] = useState<Form>(() => (current ? formOf(current) : emptyForm));
  const [filter, setFilter] = useState('');
  const [checked, setChecked] = useState(false);
  const set = (change: Partial<Form>) => setForm((f) => ({ ...f, ...change }));
  const problems = check(form);

  const save = useMutation({
    mutationFn: async (): Promise<NewKey | undefined> => {
      const expires = expiresAt(form.expiry, new Date());
      const common = { name: form.name.trim(), models: form.models, unlimited: !form.limited, ...(form.limited ? { limit: form.limit.trim() } : {}) };
      if (current) {
        await unwrap(api.PATCH('/api/v1/keys/{id}', {
          params: { path: { id: current.id } }, body: { ...common, ...(expires !== undefined ? { expires } : {}) },
        }));
        return undefined;
      }
      return unwrap(api.POST('/api/v1/keys', {
        body: { ...common, ...(expires ? { expires } : {}), ...(form.userId ? { user_id: form.userId } : {}) },
      }));
    },
    onSuccess: async (created) => {
      await client.invalidateQueries({ queryKey: keysQuery.queryKey });
      onClose();
      if (created) onCreated(created);
      else notify('success', t('key.saved', { name: form.name.trim() }));
    },
  });
  const failure = save.error ? asFailure(save.error) : undefined;
  const nameProblem = (checked && problems.name && t(problems.name)) || failure?.fields.name;
  const limitProblem = (checked && problems.limit && t(problems.limit)) || failure?.fields.limit;
  const names = [...new Set([...models.map((m) => m.id), ...form.models])].filter((n) => n.toLowerCase().includes(filter.toLowerCase()));
  const owner = users.find((u) => u.id === form.userId)?.username ?? me?.user.username ?? '';
  const lifetimes: Expiry[] = [...(current?.expires ? ['keep' as const] : []), 'never', '7', '30', '90', '365'];
  const lifetime = (e: Expiry) =>
    e === 'keep' && current?.expires ? t('key.expiry.keep', { time: format.exact(new Date(current.expires)) }) : t(`key.expiry.${e}`);

  return (
    <Dialog open onOpenChange={(_, d) => !d.open && !save.isPending && onClose()}>
      <DialogSurface style={{ maxWidth: 520 }}>
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            setChecked(true);
            if (Object.keys(problems).length === 0) save.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>{current ? t('key.editTitle', { name: current.name }) : t('key.addTitle')}</DialogTitle>
            <DialogContent className={styles.content}>
              {failure && !failure.fields.name && !failure.fields.limit && <ErrorState error={failure} />}
              <Field label={t('key.name')} required hint={current ? undefined : t('key.nameHint')} validationState={nameProblem ? 'error' : 'none'} validationMessage={nameProblem}>
                <Input value={form.name} maxLength={64} placeholder={t('key.namePlaceholder')} onChange={(_, d) => set({ name: d.value })} />
              </Field>
              {admin && !current && users.length > 1 && (
                <Field label={t('key.user')}>
                  <Dropdown className={styles.full} value={owner} selectedOptions={[form.userId || me.user.id]} onOptionSelect={(_, d) => set({ userId: d.optionValue ?? '' })}>
                    {users.map((u) => <Option key={u.id} value={u.id}>{u.username}</Option>)}
                  </Dropdown>
                </Field>
              )}
              <Field label={t('key.limit')} hint={t('key.limitHint')}>
                <RadioGroup layout="horizontal" value={form.limited ? 'limited' : 'unlimited'} onChange={(_, d) => set({ limited: d.value === 'limited' })}>
                  <Radio value="unlimited" label={t('key.unlimited')} />
                  <Radio value="limited" label={t('key.limited')} />
                </RadioGroup>
              </Field>
              {form.limited && (
                <Field label={t('key.amount')} required validationState={limitProblem ? 'error' : 'none'} validationMessage={limitProblem}>
                  <Input className={styles.limit} inputMode="decimal" contentBefore="$" placeholder="10.00" value={form.limit} onChange={(_, d) => set({ limit: d.value })} />
                </Field>
              )}
              <Field label={t('key.models')} hint={t('key.modelsHint')} validationState={failure?.fields.models ? 'error' : 'none'} validationMessage={failure?.fields.models}>
                <Combobox
                  className={styles.full}
                  multiselect
                  placeholder={form.models.length ? t('key.modelsChosen', { count: form.models.length }) : t('key.modelsAll')}
                  value={filter}
                  selectedOptions={form.models}
                  onChange={(e) => setFilter(e.target.value)}
                  onOptionSelect={(_, d) => {
                    set({ models: d.selectedOptions });
                    setFilter('');
                  }}
                >
                  {names.length === 0 && <Option value="" text="" disabled>{t('key.modelsNone')}</Option>}
                  {names.map((n) => <Option key={n} value={n}>{n}</Option>)}
                </Combobox>
              </Field>
              {form.models.length > 0 && (
                <TagGroup className={styles.tags} size="small" aria-label={t('key.models')} onDismiss={(_, d) => set({ models: form.models.filter((m) => m !== d.value) })}>
                  {form.models.map((m) => (
                    <Tag key={m} value={m} dismissible dismissIcon={{ 'aria-label': t('action.remove') }}>{m}</Tag>
                  ))}
                </TagGroup>
              )}
              <Field label={t('key.expires')} validationState={failure?.fields.expires ? 'error' : 'none'} validationMessage={failure?.fields.expires}>
                <Dropdown className={styles.full} value={lifetime(form.expiry)} selectedOptions={[form.expiry]} onOptionSelect={(_, d) => set({ expiry: (d.optionValue ?? 'never') as Expiry })}>
                  {lifetimes.map((e) => <Option key={e} value={e}>{lifetime(e)}</Option>)}
                </Dropdown>
              </Field>
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose} disabled={save.isPending}>{t('action.cancel')}</Button>
              <Button type="submit" appearance="primary" disabled={save.isPending} icon={save.isPending ? <Spinner size="tiny" /> : undefined}>
                {current ? t('action.save') : t('key.create')}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
