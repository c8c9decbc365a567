import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input, makeStyles, MessageBar, MessageBarBody, Option, Spinner, tokens, Tooltip } from '@fluentui/react-components';
import { DeleteRegular, PlugDisconnectedRegular } from '@fluentui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { tokensQuery } from '../../api/queries';
import { ConfirmDialog } from '../../component/ConfirmDialog';
import { CopyButton } from '../../component/CopyButton';
import { ErrorState } from '../../component/ErrorState';
import { RelativeTime } from '../../component/Time';
import { useNotify } from '../../component/toast';
import { expiresAt, type Expiry } from '../key/form';
import { SettingRow } from './SettingRow';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({
  list: { margin: '8px 0 0 36px', padding: 0, listStyleType: 'none' },
  item: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr) 36px', gap: '12px', alignItems: 'center', borderTop: '1px solid var(--divider)', padding: '4px 0' },
  name: { fontWeight: tokens.fontWeightSemibold, overflow: 'hidden', textOverflow: 'ellipsis' },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  quiet: { color: tokens.colorNeutralForeground2 },
  content: { display: 'flex', flexDirection: 'column', gap: '14px', paddingBottom: '14px' },
  row: { display: 'flex', gap: '8px' },
  grow: { flexGrow: 1, minWidth: 0, fontFamily: tokens.fontFamilyMonospace },
});

/** The own access tokens, for the command line and scripts. */
export function TokensCard() {
  const styles = useStyles();
  const { t } = useTranslation();
  const client = useQueryClient();
  const notify = useNotify();
  const list = useQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<{ id: string; name: string }>();
  const refresh = () => client.invalidateQueries({ queryKey: tokensQuery.queryKey });
  const revoke = async (id: string) => {
    await unwrap(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } }));
    await refresh();
    notify('success', t('token.revoked'));
  };
  return (
    <SettingRow
      icon={<PlugDisconnectedRegular />}
      name={t('token.title')}
      note={t('token.note')}
      below={
        <>
          {list.error && <ErrorState error={list.error} retry={() => void list.refetch()} />}
          {list.data && list.data.length > 0 && (
            <ul className={styles.list} aria-label={t('token.title')}>
              {list.data.map((k) => (
                <li key={k.id} className={styles.item}>
                  <span className={styles.name}>{k.name}</span>
                  <span className={styles.mono}>{k.prefix}…</span>
                  <span className={styles.quiet}>{k.last_used ? <>{t('key.lastUsed')} <RelativeTime value={k.last_used} /></> : t('key.neverUsed')}</span>
                  <span className={styles.quiet}>{k.expires ? <>{t('key.expires')} <RelativeTime value={k.expires} /></> : t('token.noExpiry')}</span>
                  <Tooltip content={t('token.revoke', { name: k.name })} relationship="label">
                    <Button appearance="subtle" icon={<DeleteRegular />} onClick={() => setRevoking({ id: k.id, name: k.name })} />
                  </Tooltip>
                </li>
              ))}
            </ul>
          )}
          {creating && <CreateToken onClose={() => setCreating(false)} onCreated={refresh} />}
          {revoking && (
            <ConfirmDialog
              title={t('token.revoke', { name: revoking.name })}
              text={t('token.revokeText')}
              action={t('token.revokeAction')}
              onConfirm={() => revoke(revoking.id)}
              onClose={() => setRevoking(undefined)}
            />
          )}
        </>
      }
    >
      <Button onClick={() => setCreating(true)}>{t('token.create')}</Button>
    </SettingRow>
  );
}

function CreateToken({ onClose, onCreated }: { onClose: () => void; onCreated: () => Promise<void> }) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [expiry, setExpiry] = useState<Expiry>('90');
  const [checked, setChecked] = useState(false);
  const create = useMutation({
    mutationFn: () => {
      const expires = expiresAt(expiry, new Date());
      return unwrap(api.POST('/api/v1/tokens', { body: { name: name.trim(), ...(expires ? { expires } : {}) } }));
    },
    onSuccess: onCreated,
  });
  const failure = create.error ? asFailure(create.error) : undefined;
  const problem = (checked && !name.trim() ? t('form.required') : undefined) ?? failure?.fields.name;
  return (
    <Dialog open modalType={create.data ? 'alert' : 'modal'} onOpenChange={(_, d) => !d.open && !create.data && onClose()}>
      <DialogSurface style={{ maxWidth: 500 }}>
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            setChecked(true);
            if (name.trim()) create.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>{t('token.create')}</DialogTitle>
            <DialogContent className={styles.content}>
              {create.data ? (
                <>
                  <MessageBar intent="warning" layout="multiline"><MessageBarBody>{t('token.once')}</MessageBarBody></MessageBar>
                  <div className={styles.row}>
                    <Input className={styles.grow} readOnly aria-label={t('token.secret')} value={create.data.secret} input={{ style: { fontFamily: 'inherit' } }} onFocus={(e) => e.target.select()} />
                    <CopyButton text={create.data.secret} label={t('token.copy')} size="medium" appearance="primary" withText />
                  </div>
                </>
              ) : (
                <>
                  {failure && !failure.fields.name && <ErrorState error={failure} />}
                  <Field label={t('key.name')} required validationState={problem ? 'error' : 'none'} validationMessage={problem}>
                    <Input value={name} maxLength={64} placeholder={t('token.placeholder')} onChange={(_, d) => setName(d.value)} />
                  </Field>
                  <Field label={t('key.expires')}>
                    <Dropdown value={t(`key.expiry.${expiry as 'never'}`)} selectedOptions={[expiry]} onOptionSelect={(_, d) => setExpiry(d.optionValue as Expiry)}>
                      {(['7', '30', '90', '365', 'never'] as const).map((e) => <Option key={e} value={e}>{t(`key.expiry.${e}`)}</Option>)}
                    </Dropdown>
                  </Field>
                </>
              )}
            </DialogContent>
            <DialogActions>
              {create.data ? <Button appearance="secondary" onClick={onClose}>{t('key.secret.done')}</Button> : (
                <>
                  <Button onClick={onClose} disabled={create.isPending}>{t('action.cancel')}</Button>
                  <Button type="submit" appearance="primary" disabled={create.isPending} icon={create.isPending ? <Spinner size="tiny" /> : undefined}>{t('token.create')}</Button>
                </>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
