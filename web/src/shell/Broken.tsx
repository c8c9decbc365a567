import { Button } from '@fluentui/react-components';
import { CloudDismissRegular } from '@fluentui/react-icons';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../component/EmptyState';
import { useExplain } from '../component/explain';

/** What is shown when a page could not even be started, mostly because the server does not answer. */
export function Broken({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation();
  const explain = useExplain();
  const router = useRouter();
  const { title, text } = explain(error);
  return (
    <div role="alert" style={{ paddingTop: '12vh' }}>
      <EmptyState icon={<CloudDismissRegular />} title={title} text={text}>
        <Button
          appearance="primary"
          onClick={() => {
            reset?.();
            void router.invalidate();
          }}
        >
          {t('action.retry')}
        </Button>
      </EmptyState>
    </div>
  );
}

/** An address that is no page. */
export function Missing() {
  const { t } = useTranslation();
  return (
    <div style={{ paddingTop: '12vh' }}>
      <EmptyState icon={<CloudDismissRegular />} title={t('missing.title')} text={t('missing.text')}>
        <Link to="/">{t('missing.home')}</Link>
      </EmptyState>
    </div>
  );
}
