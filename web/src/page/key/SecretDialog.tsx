import {
  Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, makeStyles, MessageBar,
  MessageBarBody, tokens,
} from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import { useQuery } from '@tanstack/react-query';
import { servedModelsQuery, type NewKey } from '../../api/queries';
import { CopyButton } from '../../component/CopyButton';
import { Snippet } from './Snippet';
import { useReturnFocus } from '../../component/useReturnFocus';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '14px', paddingBottom: '14px', minWidth: 0 },
  row: { display: 'flex', gap: '8px', alignItems: 'center' },
  secret: { flexGrow: 1, minWidth: 0, fontFamily: tokens.fontFamilyMonospace },
});

/** Shows a new key's secret, once, with a request that uses it. */
export function SecretDialog({ created, onClose }: { created: NewKey; onClose: () => void }) {
  useReturnFocus();
  const styles = useStyles();
  const { t } = useTranslation();
  const { data: models = [] } = useQuery(servedModelsQuery);
  const model = models.find((m) => created.models.length === 0 || created.models.includes(m.id));
  return (
    <Dialog open modalType="alert">
      <DialogSurface style={{ maxWidth: 640 }}>
        <DialogBody>
          <DialogTitle>{t('key.secret.title', { name: created.name })}</DialogTitle>
          <DialogContent className={styles.content}>
            <MessageBar intent="warning" layout="multiline"><MessageBarBody>{t('key.secret.once')}</MessageBarBody></MessageBar>
            <div className={styles.row}>
              <Field label={t('key.secret.label')} className={styles.secret}>
                <Input readOnly value={created.secret} input={{ style: { fontFamily: 'inherit' } }} onFocus={(e) => e.target.select()} />
              </Field>
              <div style={{ alignSelf: 'flex-end' }}><CopyButton text={created.secret} label={t('key.secret.copy')} size="medium" appearance="primary" withText /></div>
            </div>
            <Snippet secret={created.secret} model={model} />
          </DialogContent>
          <DialogActions>
            <Button appearance="secondary" onClick={onClose}>{t('key.secret.done')}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
