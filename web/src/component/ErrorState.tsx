import { Button, makeStyles, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import { asFailure } from '../api/error';
import { useExplain } from './explain';

const useStyles = makeStyles({ bar: { minHeight: '44px' } });

/** Why something could not be loaded, and a way to try again. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const explain = useExplain();
  const failure = asFailure(error);
  const { title, text } = explain(failure);
  return (
    <MessageBar intent="error" layout="multiline" className={styles.bar} role="alert">
      <MessageBarBody>
        <MessageBarTitle>{title}</MessageBarTitle>
        {text}
        {failure.requestId && failure.status >= 500 && <> {t('error.requestId', { id: failure.requestId })}</>}
      </MessageBarBody>
      {retry && (
        <MessageBarActions>
          <Button onClick={retry}>{t('action.retry')}</Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
