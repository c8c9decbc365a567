import { makeStyles, MessageBar, MessageBarBody, MessageBarTitle, tokens } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import type { ChannelTest } from '../../api/queries';
import { useFormat } from '../../format/useFormat';

const useStyles = makeStyles({
  answer: {
    marginTop: '6px', padding: '8px 10px', borderRadius: '4px', backgroundColor: 'var(--code)',
    fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere', maxHeight: '120px', overflowY: 'auto',
  },
});

/** What a test call brought: the model's real answer and how long it took, or why it failed. */
export function TestResult({ result }: { result: ChannelTest }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const model = result.upstream && result.upstream !== result.model ? `${result.model} → ${result.upstream}` : result.model;
  if (!result.ok) {
    return (
      <MessageBar intent="error" layout="multiline" role="alert">
        <MessageBarBody>
          <MessageBarTitle>{t('test.failed', { model })}</MessageBarTitle>
          <div>
            {result.fault && <>{t(`fault.${result.fault}`)}. </>}
            {result.status > 0 && <>{t('test.status', { status: result.status })} </>}
            {result.message}
          </div>
        </MessageBarBody>
      </MessageBar>
    );
  }
  return (
    <MessageBar intent="success" layout="multiline" role="status">
      <MessageBarBody style={{ minWidth: 0 }}>
        <MessageBarTitle>{t('test.ok', { model, latency: format.duration(result.latency_ms) })}</MessageBarTitle>
        <div>
          {t('test.firstByte', { latency: format.duration(result.first_byte_ms) })}
          {result.credential && <> {t('test.credential', { credential: result.credential })}</>}
        </div>
        {result.answer && <div className={styles.answer} tabIndex={0} role="group" aria-label={t('test.answer')}>{result.answer}</div>}
      </MessageBarBody>
    </MessageBar>
  );
}
