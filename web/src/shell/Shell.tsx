import { Button, makeStyles, mergeClasses, tokens, Tooltip } from '@fluentui/react-components';
import { NavigationRegular } from '@fluentui/react-icons';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../api/queries';
import { Logo } from '../component/Logo';
import { UserMenu } from './UserMenu';
import { NavigationItem, settings, visibleTo } from './Navigation';
import { Search } from './Search';

const useStyles = makeStyles({
  window: { display: 'flex', height: '100%' },
  side: {
    display: 'flex', flexDirection: 'column', flexShrink: 0, boxSizing: 'border-box',
    width: '280px', padding: '8px 6px 6px', overflow: 'hidden',
    transitionProperty: 'width', transitionDuration: '.167s', transitionTimingFunction: 'cubic-bezier(0,0,0,1)',
  },
  rail: { width: '56px' },
  head: { display: 'flex', alignItems: 'center', gap: '12px', height: '40px', padding: '0 2px', whiteSpace: 'nowrap' },
  name: { display: 'flex', alignItems: 'center', gap: '12px' },
  search: { padding: '8px 8px 10px' },
  body: { flexGrow: 1, overflowY: 'auto', overflowX: 'hidden', paddingTop: '2px' },
  foot: { borderTop: '1px solid var(--divider)', paddingTop: '6px' },
  main: { flexGrow: 1, minWidth: 0, overflowY: 'auto', scrollbarGutter: 'stable' },
  content: { boxSizing: 'border-box', maxWidth: '1480px', margin: '0 auto', padding: '20px 28px 0 32px' },
  skip: {
    position: 'absolute', left: '8px', top: '-60px', zIndex: 100, padding: '8px 16px', borderRadius: '4px',
    backgroundColor: tokens.colorNeutralBackground1, color: tokens.colorNeutralForeground1, boxShadow: tokens.shadow16,
    ':focus': { top: '8px' },
  },
});

const narrow = '(max-width: 1100px)';
const storageKey = 'burncloud.nav';

/** Whether the navigation is a rail: the user's choice, and always so at first in a narrow window. */
function useRail(): [boolean, () => void] {
  const [rail, setRail] = useState(() => matchMedia(narrow).matches || localStorage.getItem(storageKey) === 'rail');
  useEffect(() => {
    const query = matchMedia(narrow);
    const listen = () => setRail(query.matches || localStorage.getItem(storageKey) === 'rail');
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  const toggle = () => {
    if (!matchMedia(narrow).matches) localStorage.setItem(storageKey, rail ? 'open' : 'rail');
    setRail(!rail);
  };
  return [rail, toggle];
}

/** The window: navigation at the left, the page at the right. */
export function Shell() {
  const styles = useStyles();
  const { t } = useTranslation();
  const [rail, toggle] = useRail();
  const { data: me } = useSuspenseQuery(meQuery);
  return (
    <div className={styles.window}>
      <a href="#main" className={styles.skip}>{t('nav.skip')}</a>
      <nav aria-label={t('nav.label')} className={mergeClasses(styles.side, rail && styles.rail)}>
        <div className={styles.head}>
          <Tooltip content={rail ? t('nav.expand') : t('nav.collapse')} relationship="label" positioning="after">
            <Button appearance="subtle" icon={<NavigationRegular />} onClick={toggle} aria-expanded={!rail} style={{ minWidth: 40 }} />
          </Tooltip>
          {!rail && <span className={styles.name}><Logo />BurnCloud</span>}
        </div>
        {!rail && <div className={styles.search}><Search role={me.user.role} /></div>}
        <div className={styles.body}>
          {visibleTo(me.user.role).map((d) => <NavigationItem key={d.to} {...d} rail={rail} />)}
        </div>
        <div className={styles.foot}>
          <NavigationItem {...settings} rail={rail} />
          <UserMenu user={me.user} rail={rail} />
        </div>
      </nav>
      <main id="main" className={styles.main} tabIndex={-1}>
        <div className={styles.content}><Outlet /></div>
      </main>
    </div>
  );
}
