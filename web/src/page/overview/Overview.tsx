import { Tab, TabList } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { channelsQuery, keysQuery, meQuery, overviewQuery } from '../../api/queries';
import { ErrorState } from '../../component/ErrorState';
import { Page } from '../../component/Page';
import { Kpis } from './Kpis';
import { LiveCard } from './LiveCard';
import { Started } from './Started';
import { TopModels } from './TopModels';

const windows = [
  { hours: 1, name: 'overview.window.hour' },
  { hours: 24, name: 'overview.window.day' },
  { hours: 168, name: 'overview.window.week' },
  { hours: 720, name: 'overview.window.month' },
] as const;

/** What happens and what happened; on a fresh gateway, how to get going. */
export default function Overview() {
  const { t } = useTranslation();
  const [hours, setHours] = useState<number>(24);
  const overview = useQuery(overviewQuery(hours));
  const month = useQuery({ ...overviewQuery(720), enabled: overview.data?.totals.requests === 0 });
  const { data: me } = useQuery(meQuery);
  const admin = me !== undefined && me.user.role !== 'member';
  // "Nothing yet" is judged by the longest window, so that a quiet day does not bring the guide back.
  const fresh = overview.data?.totals.requests === 0 && month.data?.totals.requests === 0;
  const channels = useQuery({ ...channelsQuery, enabled: fresh && admin });
  const keys = useQuery({ ...keysQuery, enabled: fresh });

  return (
    <Page
      title={t('nav.overview')}
      bar={
        <TabList selectedValue={hours} onTabSelect={(_, d) => setHours(d.value as number)} aria-label={t('overview.window.label')} style={{ marginLeft: -10 }}>
          {windows.map((w) => <Tab key={w.hours} value={w.hours}>{t(w.name)}</Tab>)}
        </TabList>
      }
    >
      {overview.error && <ErrorState error={overview.error} retry={() => void overview.refetch()} />}
      {fresh && admin && channels.data && keys.data && <Started channels={channels.data} keys={keys.data} />}
      {(overview.data || overview.isPending) && <Kpis data={overview.data} />}
      {admin && <LiveCard />}
      {overview.data && overview.data.models.length > 0 && <TopModels models={overview.data.models} />}
    </Page>
  );
}
