import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input, makeStyles,
  MessageBar, MessageBarBody, Option, SpinButton, Spinner, Textarea, tokens,
} from '@fluentui/react-components';
import { BeakerRegular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { channelsQuery, groupsQuery, type Channel, type Provider } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { ProviderLogo } from '../../component/ProviderLogo';
import { useNotify } from '../../component/toast';
import { check, emptyForm, fieldOf, fieldsOf, formOf, type Form, type FormField } from './form';
import { ModelsEditor } from './ModelsEditor';
import { TestResult } from './TestResult';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({
  surface: { maxWidth: '680px', width: 'calc(100% - 32px)' },
  content: { display: 'flex', flexDirection: 'column', gap: '14px', padding: '2px 12px 14px 2px', marginRight: '-12px' },
  two: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '14px' },
  four: { display: 'grid', gridTemplateColumns: '2fr 1fr 1fr 1.2fr', gap: '14px', '& > *': { minWidth: 0 } },
  full: { minWidth: 0, width: '100%', boxSizing: 'border-box', '& input': { minWidth: 0, width: '100%' } },
  keys: { '& textarea': { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 } },
  actions: { display: 'flex', width: '100%', gap: '8px', alignItems: 'center' },
  push: { marginRight: 'auto' },
});

interface Props {
  /** The channel to change; a new one when absent. */
  channel?: Channel | undefined;
  providers: Provider[];
  onClose: () => void;
}

/** Adds or changes a channel, and tests it before it is saved. */
export function ChannelDialog({ channel, providers, onClose }: Props) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const client = useQueryClient();
  const notify = useNotify();
  const { data: groups = [] } = useQuery(groupsQuery);
  const [form, setForm] = useState<Form>(() => (channel ? formOf(channel) : emptyForm(providers[0]?.id ?? '')));
  const [checked, setChecked] = useState(false);
  const provider = providers.find((p) => p.id === form.provider);
  const readOnly = channel?.managed ?? false;
  const savedKeys = channel !== undefined && channel.provider === form.provider && channel.key_count > 0;
  const problems = check(form, provider, savedKeys);
  const set = (change: Partial<Form>) => setForm((f) => ({ ...f, ...change }));

  const save = useMutation({
    mutationFn: (): Promise<unknown> =>
      channel
        ? unwrap(api.PATCH('/api/v1/channels/{id}', { params: { path: { id: channel.id } }, body: fieldsOf(form) }))
        : unwrap(api.POST('/api/v1/channels', { body: fieldsOf(form) })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: channelsQuery.queryKey });
      void client.invalidateQueries({ queryKey: ['models'] });
      notify('success', t(channel ? 'channel.saved' : 'channel.added', { name: form.name.trim() }));
      onClose();
    },
  });
  const test = useMutation({
    mutationFn: () =>
      readOnly
        ? unwrap(api.POST('/api/v1/channels/{id}/test', { params: { path: { id: channel!.id } }, body: {} }))
        : unwrap(api.POST('/api/v1/channels/test', { body: { ...(channel ? { id: channel.id } : {}), channel: draft(form) } })),
  });

  // The server's word about a field stands at the field; the rest on top.
  const failure = save.error ? asFailure(save.error) : test.error ? asFailure(test.error) : undefined;
  const said: Partial<Record<FormField, string>> = {};
  for (const [path, message] of Object.entries(failure?.fields ?? {})) {
    const field = fieldOf(path);
    if (field) said[field] ??= message;
  }
  const state = (field: FormField) => {
    const local = checked ? problems[field] : undefined;
    const message = local ? t(local) : said[field];
    return { validationState: message ? 'error' : 'none', validationMessage: message } as const;
  };
  const attempt = (go: () => void, ignore: FormField[] = []) => {
    setChecked(true);
    save.reset();
    test.reset();
    const wrong = (Object.keys(problems) as FormField[]).filter((f) => !ignore.includes(f));
    if (wrong.length === 0) go();
  };
  const busy = save.isPending || test.isPending;

  return (
    <Dialog open modalType="modal" onOpenChange={(_, d) => !d.open && !save.isPending && onClose()}>
      <DialogSurface className={styles.surface}>
        <form noValidate onSubmit={(e) => { e.preventDefault(); if (!readOnly) attempt(() => save.mutate()); }}>
          <DialogBody>
            <DialogTitle>{channel ? (readOnly ? channel.name : t('channel.editTitle', { name: channel.name })) : t('channel.addTitle')}</DialogTitle>
            <DialogContent className={styles.content}>
              {readOnly && <MessageBar layout="multiline"><MessageBarBody>{t('channel.managedText')}</MessageBarBody></MessageBar>}
              {failure && Object.keys(said).length === 0 && <ErrorState error={failure} />}
              <div className={styles.two}>
                <Field label={t('channel.provider')} required={!readOnly} {...state('provider')}>
                  <Dropdown
                    className={styles.full}
                    disabled={readOnly}
                    value={provider?.name ?? form.provider}
                    selectedOptions={[form.provider]}
                    onOptionSelect={(_, d) => set({ provider: d.optionValue ?? '' })}
                    button={{ children: <ProviderValue provider={provider} id={form.provider} /> }}
                  >
                    {providers.map((p) => (
                      <Option key={p.id} value={p.id} text={p.name}><ProviderLogo src={p.logo} size={18} />{p.name}</Option>
                    ))}
                  </Dropdown>
                </Field>
                <Field label={t('channel.name')} required={!readOnly} {...state('name')}>
                  <Input
                    className={styles.full}
                    readOnly={readOnly}
                    value={form.name}
                    maxLength={64}
                    placeholder={t('channel.namePlaceholder', { provider: form.provider || 'openai' })}
                    onChange={(_, d) => set({ name: d.value })}
                  />
                </Field>
              </div>
              <Field
                label={t('channel.baseURL')}
                required={!readOnly && provider !== undefined && !provider.base_url}
                hint={provider?.base_url ? t('channel.baseURLHint', { url: provider.base_url }) : undefined}
                {...state('baseURL')}
              >
                <Input
                  readOnly={readOnly}
                  type="url"
                  value={form.baseURL}
                  placeholder={provider?.base_url || 'https://'}
                  onChange={(_, d) => set({ baseURL: d.value })}
                />
              </Field>
              {readOnly ? (
                <Field label={t('channel.keys')}>
                  <Input readOnly value={channel!.key_hints.join('  ')} />
                </Field>
              ) : (
                <Field
                  label={t('channel.keys')}
                  required={!savedKeys && provider?.key_required === true}
                  hint={savedKeys
                    ? t('channel.keysSaved', { count: channel.key_count, hints: channel.key_hints.slice(0, 4).join(', ') })
                    : t('channel.keysHint')}
                  {...state('keys')}
                >
                  <Textarea
                    className={styles.keys}
                    rows={2}
                    resize="vertical"
                    spellCheck={false}
                    autoComplete="off"
                    value={form.keys}
                    placeholder={savedKeys ? t('channel.keysReplace') : provider?.key_hint}
                    onChange={(_, d) => set({ keys: d.value })}
                  />
                </Field>
              )}
              <Field label={t('channel.models.label')} required={!readOnly} hint={readOnly ? undefined : t('channel.models.hint')} {...state('models')}>
                {(field) => (
                  <ModelsEditor field={field} provider={form.provider} rows={form.models} readOnly={readOnly} onChange={(models) => set({ models })} />
                )}
              </Field>
              <div className={styles.four}>
                <Field label={t('channel.groups')} {...state('groups')}>
                  <Dropdown
                    className={styles.full}
                    multiselect
                    disabled={readOnly}
                    value={form.groups.join(', ')}
                    selectedOptions={form.groups}
                    onOptionSelect={(_, d) => set({ groups: d.selectedOptions })}
                  >
                    {groups.map((g) => <Option key={g.name} value={g.name}>{g.name}</Option>)}
                  </Dropdown>
                </Field>
                <Field label={{ children: t('channel.priority'), title: t('channel.priorityHint') }} {...state('priority')}>
                  <SpinButton
                    className={styles.full}
                    readOnly={readOnly}
                    value={form.priority}
                    onChange={(_, d) => set({ priority: whole(d.value ?? d.displayValue, form.priority) })}
                  />
                </Field>
                <Field label={{ children: t('channel.weight'), title: t('channel.weightHint') }} {...state('weight')}>
                  <SpinButton
                    className={styles.full}
                    readOnly={readOnly}
                    min={0}
                    max={1_000_000}
                    value={form.weight}
                    onChange={(_, d) => set({ weight: Math.max(0, whole(d.value ?? d.displayValue, form.weight)) })}
                  />
                </Field>
                <Field label={t('channel.region')} {...state('region')}>
                  <Input className={styles.full} readOnly={readOnly} value={form.region} maxLength={64} placeholder="us, eu, cn" onChange={(_, d) => set({ region: d.value })} />
                </Field>
              </div>
              {test.data && <TestResult result={test.data} />}
            </DialogContent>
            <DialogActions className={styles.actions} fluid>
              <Button
                className={styles.push}
                icon={test.isPending ? <Spinner size="tiny" /> : <BeakerRegular />}
                disabled={busy}
                onClick={() => attempt(() => test.mutate(), ['name'])}
              >
                {test.isPending ? t('test.running') : t('test.run')}
              </Button>
              <Button onClick={onClose} disabled={save.isPending}>{readOnly ? t('action.close') : t('action.cancel')}</Button>
              {!readOnly && (
                <Button type="submit" appearance="primary" disabled={busy} icon={save.isPending ? <Spinner size="tiny" /> : undefined}>
                  {t('action.save')}
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function ProviderValue({ provider, id }: { provider: Provider | undefined; id: string }) {
  return (
    <span style={{ display: 'flex', alignItems: 'center', gap: 8, minWidth: 0 }}>
      <ProviderLogo src={provider?.logo} size={18} />
      {provider?.name ?? id}
    </span>
  );
}

/** A draft may be tested before it has a name. */
function draft(form: Form) {
  const fields = fieldsOf(form);
  return { ...fields, name: fields.name || 'draft' };
}

/** A typed whole number, or what was there before. */
function whole(v: number | string | null | undefined, before: number): number {
  const n = Math.trunc(Number(v));
  return v === null || v === undefined || v === '' || !Number.isFinite(n) ? before : n;
}
