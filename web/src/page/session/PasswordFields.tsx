import { Field, Input, makeStyles, ProgressBar } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import { minPassword, strength } from './password';

const useStyles = makeStyles({ meter: { marginTop: '6px' } });

interface Props {
  label: string;
  password: string;
  confirm: string;
  /** Show what is wrong; before the first attempt to save nobody is told off. */
  checked: boolean;
  problem?: string | undefined;
  onChange: (next: { password: string; confirm: string }) => void;
}

/** passwordProblem is the first thing wrong with a new password and its repetition, as a key of the texts. */
export function passwordProblem(password: string, confirm: string) {
  if ([...password].length < minPassword) return { field: 'password', text: 'password.short' } as const;
  if (password !== confirm) return { field: 'confirm', text: 'password.differs' } as const;
  return undefined;
}

/** A new password with its strength, and its repetition. */
export function PasswordFields({ label, password, confirm, checked, problem, onChange }: Props) {
  const styles = useStyles();
  const { t } = useTranslation();
  const score = strength(password);
  const wrong = checked ? passwordProblem(password, confirm) : undefined;
  const message = problem ?? (wrong?.field === 'password' ? t(wrong.text, { count: minPassword }) : undefined);
  const hint = password ? t(`password.strength.${score}`) : t('password.hint', { count: minPassword });
  return (
    <>
      <Field label={label} required validationState={message ? 'error' : 'none'} validationMessage={message} hint={message ? undefined : hint}>
        <Input
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(_, d) => onChange({ password: d.value, confirm })}
        />
      </Field>
      {password !== '' && (
        <ProgressBar
          className={styles.meter}
          aria-label={t('password.meter')}
          value={score / 4}
          thickness="large"
          color={score < 2 ? 'error' : score < 3 ? 'warning' : 'success'}
        />
      )}
      <Field
        label={t('password.confirm')}
        required
        validationState={wrong?.field === 'confirm' ? 'error' : 'none'}
        validationMessage={wrong?.field === 'confirm' ? t(wrong.text) : undefined}
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={confirm}
          onChange={(_, d) => onChange({ password, confirm: d.value })}
        />
      </Field>
    </>
  );
}
