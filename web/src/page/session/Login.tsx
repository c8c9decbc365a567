import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody, Spinner } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { ErrorState } from '../../component/ErrorState';
import { useTitle } from '../../component/useTitle';
import { Frame } from './Frame';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '14px' },
  submit: { marginTop: '8px' },
});

/** Counts down from the seconds the server asked to wait; 0 when one may try. */
function useWait(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, setLeft];
}

/** Signing in. */
export default function Login() {
  const styles = useStyles();
  const { t } = useTranslation();
  const router = useRouter();
  const client = useQueryClient();
  const { next } = useSearch({ from: '/login' });
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const [wait, setWait] = useWait();
  useTitle(t('login.title'));

  const login = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/session', { body: { username: username.trim(), password } })),
    onSuccess: async () => {
      client.clear();
      await router.navigate({ href: next ?? '/', replace: true });
    },
    onError: (err) => {
      const failure = asFailure(err);
      if (failure.status === 429) setWait(Math.ceil(failure.retryAfter ?? 30));
    },
  });
  const failure = login.error ? asFailure(login.error) : undefined;

  return (
    <Frame title={t('login.title')}>
      <form
        noValidate
        className={styles.form}
        onSubmit={(e) => {
          e.preventDefault();
          setChecked(true);
          if (username.trim() && password && wait === 0) login.mutate();
        }}
      >
        {failure && failure.status !== 401 && failure.status !== 429 && <ErrorState error={failure} />}
        {failure?.status === 401 && (
          <MessageBar intent="error" layout="multiline" role="alert"><MessageBarBody>{t('login.wrong')}</MessageBarBody></MessageBar>
        )}
        {wait > 0 && (
          <MessageBar intent="warning" layout="multiline" role="alert">
            <MessageBarBody>{t('login.throttled', { count: wait })}</MessageBarBody>
          </MessageBar>
        )}
        <Field
          label={t('session.username')}
          required
          validationState={checked && !username.trim() ? 'error' : 'none'}
          validationMessage={checked && !username.trim() ? t('form.required') : undefined}
        >
          <Input autoFocus autoComplete="username" value={username} onChange={(_, d) => setUsername(d.value)} />
        </Field>
        <Field
          label={t('session.password')}
          required
          validationState={checked && !password ? 'error' : 'none'}
          validationMessage={checked && !password ? t('form.required') : undefined}
        >
          <Input type="password" autoComplete="current-password" value={password} onChange={(_, d) => setPassword(d.value)} />
        </Field>
        <Button
          className={styles.submit}
          type="submit"
          appearance="primary"
          size="large"
          disabled={login.isPending || wait > 0}
          icon={login.isPending ? <Spinner size="tiny" /> : undefined}
        >
          {t('login.submit')}
        </Button>
      </form>
    </Frame>
  );
}
