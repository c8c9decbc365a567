import { Badge } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';

/** Whether a thing is in use. */
export function EnabledBadge({ enabled }: { enabled: boolean }) {
  const { t } = useTranslation();
  return enabled
    ? <Badge appearance="tint" color="success">{t('status.enabled')}</Badge>
    : <Badge appearance="outline" color="informative">{t('status.disabled')}</Badge>;
}

/** Marks what the configuration file declares and therefore alone may change. */
export function ManagedBadge() {
  const { t } = useTranslation();
  return <Badge appearance="outline" color="brand">{t('status.managed')}</Badge>;
}
