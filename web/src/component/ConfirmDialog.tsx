import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, makeStyles, Spinner, tokens,
} from '@fluentui/react-components';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from './ErrorState';
import { useReturnFocus } from './useReturnFocus';

const useStyles = makeStyles({
  danger: {
    backgroundColor: tokens.colorStatusDangerBackground3,
    color: tokens.colorNeutralForegroundOnBrand,
    ':hover': { backgroundColor: tokens.colorStatusDangerBackground3Hover, color: '#fff' },
    ':hover:active': { backgroundColor: tokens.colorStatusDangerBackground3Pressed, color: '#fff' },
  },
  white: { color: '#fff' },
  content: { display: 'flex', flexDirection: 'column', gap: '12px', paddingBottom: '14px' },
});

interface Props {
  title: string;
  text: ReactNode;
  /** What the button that does it says. */
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that cannot be undone. Stays open, with the reason, when it did not work. */
export function ConfirmDialog({ title, text, action, onConfirm, onClose }: Props) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (err) {
      setError(err);
      setBusy(false);
    }
  };
  return (
    <Dialog open modalType="alert" onOpenChange={(_, d) => !d.open && !busy && onClose()}>
      <DialogSurface style={{ maxWidth: 480 }}>
        <DialogBody>
          <DialogTitle>{title}</DialogTitle>
          <DialogContent className={styles.content}>
            <div>{text}</div>
            {error !== undefined && <ErrorState error={error} />}
          </DialogContent>
          <DialogActions>
            <Button appearance="secondary" onClick={onClose} disabled={busy}>{t('action.cancel')}</Button>
            <Button
              appearance="primary"
              className={busy ? undefined : `${styles.danger} ${styles.white}`}
              onClick={confirm}
              disabled={busy}
              icon={busy ? <Spinner size="tiny" /> : undefined}
            >
              {action}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
