import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../api/queries';
import { Page } from '../../component/Page';
import { Appearance } from './Appearance';
import { ConfigCard } from './ConfigCard';
import { PasswordCard } from './PasswordCard';
import { SystemCard } from './SystemCard';
import { TokensCard } from './TokensCard';

/** Look and language, the own account, and what this process runs with. */
export default function Settings() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const admin = me !== undefined && me.user.role !== 'member';
  return (
    <Page title={t('nav.settings')}>
      <Appearance />
      <PasswordCard />
      <TokensCard />
      {admin && <SystemCard />}
      {admin && <ConfigCard />}
    </Page>
  );
}
