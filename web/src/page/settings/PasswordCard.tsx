import { Button, Field, Input, makeStyles, Spinner } from '@fluentui/react-components';
import { PasswordRegular } from '@fluentui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { ErrorState } from '../../component/ErrorState';
import { useNotify } from '../../component/toast';
import { PasswordFields, passwordProblem } from '../session/PasswordFields';
import { SettingRow } from './SettingRow';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '12px', maxWidth: '360px', padding: '12px 0 4px 36px' },
  actions: { display: 'flex', gap: '8px', marginTop: '4px' },
});

const empty = { current: '', password: '', confirm: '' };

/** Changes the own password. */
export function PasswordCard() {
  const styles = useStyles();
  const { t } = useTranslation();
  const notify = useNotify();
  const [open, setOpen] = useState(false);
  const [form, setForm] = useState(empty);
  const [checked, setChecked] = useState(false);
  const close = () => {
    setOpen(false);
    setForm(empty);
    setChecked(false);
    save.reset();
  };
  const save = useMutation({
    mutationFn: () => unwrap(api.PUT('/api/v1/me/password', { body: { current: form.current, new: form.password } })),
    meta: { answersUnauthenticated: true },
    onSuccess: () => {
      notify('success', t('password.changed'), t('password.changedText'));
      close();
    },
  });
  const failure = save.error ? asFailure(save.error) : undefined;
  const currentProblem = (checked && !form.current ? t('form.required') : undefined) ?? failure?.fields.current;
  return (
    <SettingRow
      icon={<PasswordRegular />}
      name={t('password.title')}
      note={t('password.note')}
      below={open && (
        <form
          noValidate
          className={styles.form}
          onSubmit={(e) => {
            e.preventDefault();
            setChecked(true);
            if (form.current && !passwordProblem(form.password, form.confirm)) save.mutate();
          }}
        >
          {failure && !failure.fields.current && !failure.fields.new && <ErrorState error={failure} />}
          <Field label={t('password.current')} required validationState={currentProblem ? 'error' : 'none'} validationMessage={currentProblem}>
            <Input autoFocus type="password" autoComplete="current-password" value={form.current} onChange={(_, d) => setForm({ ...form, current: d.value })} />
          </Field>
          <PasswordFields
            label={t('password.new')}
            password={form.password}
            confirm={form.confirm}
            checked={checked}
            problem={failure?.fields.new}
            onChange={(next) => setForm({ ...form, ...next })}
          />
          <div className={styles.actions}>
            <Button type="submit" appearance="primary" disabled={save.isPending} icon={save.isPending ? <Spinner size="tiny" /> : undefined}>{t('password.submit')}</Button>
            <Button onClick={close}>{t('action.cancel')}</Button>
          </div>
        </form>
      )}
    >
      {!open && <Button onClick={() => setOpen(true)}>{t('password.change')}</Button>}
    </SettingRow>
  );
}
