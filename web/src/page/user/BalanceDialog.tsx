import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles, Radio,
  RadioGroup, Spinner,
} from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/error';
import { usersQuery, type User } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { useNotify } from '../../component/toast';
import { compareUSD, exactUSD, formatUSD, isAmount } from '../../format/money';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '14px', paddingBottom: '14px' } });

/** Books money on a user's balance. */
export function BalanceDialog({ user, onClose }: { user: User; onClose: () => void }) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const client = useQueryClient();
  const notify = useNotify();
  const [kind, setKind] = useState<'topup' | 'adjustment'>('topup');
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const [checked, setChecked] = useState(false);
  // One dialog is one booking: repeating it after a lost answer does not book twice.
  const [reference] = useState(() => crypto.getRandomValues(new Uint32Array(4)).join('-'));
  const bad = !isAmount(amount, { signed: kind === 'adjustment' }) || compareUSD(amount, '0') === 0;
  const save = useMutation({
    mutationFn: () =>
      unwrap(api.POST('/api/v1/users/{id}/entries', {
        params: { path: { id: user.id } },
        body: { kind, amount: amount.trim(), reference, ...(note.trim() ? { note: note.trim() } : {}) },
      })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: usersQuery.queryKey });
      notify('success', t('balance.booked', { amount: exactUSD(amount), name: user.username }));
      onClose();
    },
  });
  const failure = save.error ? asFailure(save.error) : undefined;
  const problem = (checked && bad ? t('user.problem.amount') : undefined) ?? failure?.fields.amount;
  return (
    <Dialog open onOpenChange={(_, d) => !d.open && !save.isPending && onClose()}>
      <DialogSurface style={{ maxWidth: 440 }}>
        <form
          noValidate
          onSubmit={(e) => {
            e.preventDefault();
            setChecked(true);
            if (!bad) save.mutate();
          }}
        >
          <DialogBody>
            <DialogTitle>{t('balance.title', { name: user.username })}</DialogTitle>
            <DialogContent className={styles.content}>
              {failure && !failure.fields.amount && <ErrorState error={failure} />}
              <div>{t('balance.current', { amount: formatUSD(user.balance) })}</div>
              <RadioGroup layout="horizontal" aria-label={t('balance.kind')} value={kind} onChange={(_, d) => setKind(d.value as typeof kind)}>
                <Radio value="topup" label={t('balance.topup')} />
                <Radio value="adjustment" label={t('balance.adjustment')} />
              </RadioGroup>
              <Field label={t('balance.amount')} required hint={kind === 'adjustment' ? t('balance.signed') : undefined} validationState={problem ? 'error' : 'none'} validationMessage={problem}>
                <Input inputMode="decimal" contentBefore="$" placeholder="10.00" value={amount} onChange={(_, d) => setAmount(d.value)} />
              </Field>
              <Field label={t('balance.note')}>
                <Input value={note} maxLength={500} onChange={(_, d) => setNote(d.value)} />
              </Field>
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose} disabled={save.isPending}>{t('action.cancel')}</Button>
              <Button type="submit" appearance="primary" disabled={save.isPending} icon={save.isPending ? <Spinner size="tiny" /> : undefined}>{t('balance.book')}</Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
