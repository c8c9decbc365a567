import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkCircleFilled } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { servedModelsQuery, type Channel, type Key } from '../../api/queries';
import { Card } from '../../component/Card';
import { Snippet } from '../key/Snippet';

const useStyles = makeStyles({
  title: { margin: 0, fontSize: tokens.fontSizeBase500, lineHeight: tokens.lineHeightBase500, fontWeight: tokens.fontWeightSemibold },
  text: { color: tokens.colorNeutralForeground2, margin: '2px 0 8px' },
  steps: { listStyleType: 'none', margin: 0, padding: 0 },
  step: { display: 'grid', gridTemplateColumns: '28px minmax(0, 1fr) auto', columnGap: '14px', alignItems: 'center', padding: '14px 0', borderTop: '1px solid var(--divider)' },
  number: {
    width: '26px', height: '26px', borderRadius: '50%', border: `1px solid ${tokens.colorNeutralStroke1}`, boxSizing: 'border-box',
    display: 'flex', alignItems: 'center', justifyContent: 'center', fontSize: tokens.fontSizeBase200,
  },
  done: { fontSize: '28px', color: tokens.colorStatusSuccessForeground1, display: 'flex' },
  name: { fontWeight: tokens.fontWeightSemibold },
  detail: { color: tokens.colorNeutralForeground2 },
  wide: { gridColumn: '2 / -1', marginTop: '10px' },
});

/** The way to the first request, until one has been made. */
export function Started({ channels, keys }: { channels: Channel[]; keys: Key[] }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: models = [] } = useQuery(servedModelsQuery);
  const hasChannel = channels.some((c) => c.enabled);
  const key = keys.find((k) => k.enabled);
  return (
    <Card style={{ padding: '20px 24px 10px' }}>
      <h2 className={styles.title}>{t('started.title')}</h2>
      <div className={styles.text}>{t('started.text')}</div>
      <ol className={styles.steps}>
        <Step
          number={1} done={hasChannel} name={t('started.channel')} detail={t('started.channelText')}
          action={
            <Button appearance={hasChannel ? 'secondary' : 'primary'} onClick={() => void navigate({ to: '/channels', search: { edit: 'new' } })}>
              {t('channel.add')}
            </Button>
          }
        />
        <Step
          number={2} done={key !== undefined} name={t('started.key')} detail={t('started.keyText')}
          action={
            <Button appearance={hasChannel && !key ? 'primary' : 'secondary'} onClick={() => void navigate({ to: '/keys', search: { create: true } })}>
              {t('key.add')}
            </Button>
          }
        />
        <Step number={3} done={false} name={t('started.request')} detail={t(key ? 'started.requestText' : 'started.requestLater')}>
          <Snippet secret={key ? `${key.prefix}…` : 'sk-bc-…'} model={models[0]} />
        </Step>
      </ol>
    </Card>
  );
}

function Step({ number, done, name, detail, action, children }: {
  number: number; done: boolean; name: string; detail: string; action?: ReactNode; children?: ReactNode;
}) {
  const styles = useStyles();
  const { t } = useTranslation();
  return (
    <li className={styles.step}>
      {done
        ? <span className={styles.done}><CheckmarkCircleFilled aria-label={t('started.done')} /></span>
        : <span className={styles.number} aria-hidden>{number}</span>}
      <div style={{ minWidth: 0 }}>
        <div className={styles.name}>{name}</div>
        <div className={styles.detail}>{detail}</div>
      </div>
      {action ?? <span />}
      {children && <div className={styles.wide}>{children}</div>}
    </li>
  );
}
