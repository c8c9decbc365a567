import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input, makeStyles,
  Option, Spinner, Switch,
} from '@fluentui/react-components';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { groupsQuery, usersQuery, type Role, type User } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { useNotify } from '../../component/toast';
import { isAmount } from '../../format/money';
import { minPassword } from '../session/password';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '14px', paddingBottom: '14px' },
  two: { display: 'grid', gridTemplateColumns: '1fr 1fr', gap: '14px', '& > *': { minWidth: 0 } },
  full: { minWidth: 0, width: '100%' },
});

/** Adds or changes a user. */
export function UserDialog({ user, onClose }: { user?: User | undefined; onClose: () => void }) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const client = useQueryClient();
  const notify = useNotify();
  const { data: groups = [] } = useQuery(groupsQuery);
  const [username, setUsername] = useState(user?.username ?? '');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>(user?.role ?? 'member');
  const [group, setGroup] = useState(user?.group ?? 'default');
  const [unlimited, setUnlimited] = useState(user?.unlimited ?? false);
  const [balance, setBalance] = useState('');
  const [checked, setChecked] = useState(false);
  const owner = user?.role === 'owner';

  const wrong = {
    username: !username.trim() ? t('form.required') : undefined,
    password: (password !== '' || !user) && [...password].length < minPassword ? t('password.short', { count: minPassword }) : undefined,
    balance: balance.trim() !== '' && !isAmount(balance) ? t('user.problem.amount') : undefined,
  };
  const save = useMutation({
    mutationFn: (): Promise<unknown> =>
      user
        ? unwrap(api.PATCH('/api/v1/users/{id}', {
          params: { path: { id: user.id } },
          body: { ...(owner ? {} : { role, unlimited }), group, ...(password ? { password } : {}) },
        }))
        : unwrap(api.POST('/api/v1/users', {
          body: { username: username.trim(), password, role, group, unlimited, ...(balance.trim() ? { balance: balance.trim() } : {}) },
        })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: usersQuery.queryKey });
      notify('success', t(user ? 'user.saved' : 'user.added', { name: username.trim() }));
      onClose();
    },
  });
  const failure = save.error ? asFailure(save.error) : undefined;
  const state = (field: keyof typeof wrong) => {
    const message = (checked ? wrong[field] : undefined) ?? failure?.fields[field];
    return { validationState: message ? 'error' : 'none', validationMessage: message } as const;
  };
  const shown = failure && ['username', 'password', 'balance'].some((f) => failure.fields[f]);
  return (
    <Dialog open onOpenChange={(_, d) => !d.open && !save.isPending && onClose()}>
      <DialogSurface style={{ maxWidth: 520 }}>
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            setChecked(true);
            if (!wrong.username && !wrong.password && !wrong.balance) save.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>{user ? t('user.editTitle', { name: user.username }) : t('user.addTitle')}</DialogTitle>
            <DialogContent className={styles.content}>
              {failure && !shown && <ErrorState error={failure} />}
              {!user && (
                <Field label={t('session.username')} required {...state('username')}>
                  <Input autoComplete="off" value={username} maxLength={64} onChange={(_, d) => setUsername(d.value)} />
                </Field>
              )}
              <Field label={t(user ? 'user.newPassword' : 'session.password')} required={!user} hint={t(user ? 'user.passwordHint' : 'password.hint', { count: minPassword })} {...state('password')}>
                <Input type="password" autoComplete="new-password" value={password} onChange={(_, d) => setPassword(d.value)} />
              </Field>
              <div className={styles.two}>
                <Field label={t('user.role')}>
                  <Dropdown className={styles.full} disabled={owner} value={t(`role.${role}`)} selectedOptions={[role]} onOptionSelect={(_, d) => setRole(d.optionValue as Role)}>
                    {(['member', 'admin'] as const).map((r) => <Option key={r} value={r}>{t(`role.${r}`)}</Option>)}
                  </Dropdown>
                </Field>
                <Field label={t('user.group')}>
                  <Dropdown className={styles.full} value={group} selectedOptions={[group]} onOptionSelect={(_, d) => setGroup(d.optionValue ?? 'default')}>
                    {groups.map((g) => <Option key={g.name} value={g.name}>{g.name}</Option>)}
                  </Dropdown>
                </Field>
              </div>
              {!owner && (
                <Field hint={t('user.unlimitedHint')}>
                  <Switch checked={unlimited} label={t('user.unlimited')} onChange={(_, d) => setUnlimited(d.checked)} />
                </Field>
              )}
              {!user && (
                <Field label={t('user.startBalance')} {...state('balance')}>
                  <Input inputMode="decimal" contentBefore="$" placeholder="0.00" value={balance} onChange={(_, d) => setBalance(d.value)} />
                </Field>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose} disabled={save.isPending}>{t('action.cancel')}</Button>
              <Button type="submit" appearance="primary" disabled={save.isPending} icon={save.isPending ? <Spinner size="tiny" /> : undefined}>{t('action.save')}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
