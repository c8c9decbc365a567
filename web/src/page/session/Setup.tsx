import { Button, Field, Input, makeStyles, Spinner } from '@fluentui/react-components';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { setupQuery } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { useTitle } from '../../component/useTitle';
import { Frame } from './Frame';
import { PasswordFields, passwordProblem } from './PasswordFields';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '14px' },
  submit: { marginTop: '8px' },
});

/** First run: makes the owner and signs in. */
export default function Setup() {
  const styles = useStyles();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: state } = useSuspenseQuery(setupQuery);
  const [username, setUsername] = useState('admin');
  const [secret, setSecret] = useState({ password: '', confirm: '' });
  const [token, setToken] = useState('');
  const [checked, setChecked] = useState(false);
  useTitle(t('setup.title'));

  const create = useMutation({
    mutationFn: () =>
      unwrap(api.POST('/api/v1/setup', {
        body: { username: username.trim(), password: secret.password, ...(state.token_required ? { token: token.trim() } : {}) },
      })),
    onSuccess: async () => {
      client.clear();
      await navigate({ to: '/' });
    },
  });
  const failure = create.error ? asFailure(create.error) : undefined;
  const complete = username.trim() !== '' && (!state.token_required || token.trim() !== '') && !passwordProblem(secret.password, secret.confirm);
  const fieldShown = failure && Object.keys(failure.fields).some((f) => ['username', 'password', 'token'].includes(f));

  return (
    <Frame title={t('setup.title')} text={t('setup.text')}>
      <form
        noValidate
        className={styles.form}
        onSubmit={(e) => {
          e.preventDefault();
          setChecked(true);
          if (complete) create.mutate();
        }}
      >
        {failure && !fieldShown && <ErrorState error={failure} />}
        <Field
          label={t('session.username')}
          required
          validationState={failure?.fields.username || (checked && !username.trim()) ? 'error' : 'none'}
          validationMessage={failure?.fields.username ?? (checked && !username.trim() ? t('form.required') : undefined)}
        >
          <Input autoFocus autoComplete="username" value={username} onChange={(_, d) => setUsername(d.value)} />
        </Field>
        <PasswordFields label={t('session.password')} {...secret} checked={checked} problem={failure?.fields.password} onChange={setSecret} />
        {state.token_required && (
          <Field
            label={t('setup.token')}
            required
            hint={t('setup.tokenHint')}
            validationState={failure?.fields.token || (checked && !token.trim()) ? 'error' : 'none'}
            validationMessage={failure?.fields.token ?? (checked && !token.trim() ? t('form.required') : undefined)}
          >
            <Input autoComplete="off" value={token} onChange={(_, d) => setToken(d.value)} />
          </Field>
        )}
        <Button
          className={styles.submit}
          type="submit"
          appearance="primary"
          size="large"
          disabled={create.isPending}
          icon={create.isPending ? <Spinner size="tiny" /> : undefined}
        >
          {t('setup.submit')}
        </Button>
      </form>
    </Frame>
  );
}
