import { makeStyles, mergeClasses, tokens, Tooltip } from '@fluentui/react-components';
import {
  bundleIcon, DocumentTextFilled, DocumentTextRegular, GridFilled, GridRegular, KeyFilled, KeyRegular,
  PeopleFilled, PeopleRegular, PlugConnectedFilled, PlugConnectedRegular, SettingsFilled, SettingsRegular,
  type FluentIcon,
} from '@fluentui/react-icons';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Role } from '../api/queries';

export interface Destination {
  to: NonNullable<LinkProps['to']>;
  label: 'nav.overview' | 'nav.channels' | 'nav.keys' | 'nav.logs' | 'nav.users' | 'nav.settings';
  icon: FluentIcon;
  admin?: boolean;
}

/** Where one can go, in order. */
export const destinations: Destination[] = [
  { to: '/', label: 'nav.overview', icon: bundleIcon(GridFilled, GridRegular) },
  { to: '/channels', label: 'nav.channels', icon: bundleIcon(PlugConnectedFilled, PlugConnectedRegular), admin: true },
  { to: '/keys', label: 'nav.keys', icon: bundleIcon(KeyFilled, KeyRegular) },
  { to: '/logs', label: 'nav.logs', icon: bundleIcon(DocumentTextFilled, DocumentTextRegular) },
  { to: '/users', label: 'nav.users', icon: bundleIcon(PeopleFilled, PeopleRegular), admin: true },
];

export const settings: Destination = { to: '/settings', label: 'nav.settings', icon: bundleIcon(SettingsFilled, SettingsRegular) };

/** The destinations that a role may see. */
export const visibleTo = (role: Role) => destinations.filter((d) => !d.admin || role !== 'member');

const useStyles = makeStyles({
  item: {
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: '16px',
    height: '36px',
    marginBottom: '2px',
    padding: '0 12px',
    borderRadius: '5px',
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    outlineStyle: 'none',
    ':hover': { backgroundColor: 'var(--hover)' },
    ':active': { backgroundColor: 'var(--pressed)' },
    ':focus-visible': { boxShadow: `inset 0 0 0 2px ${tokens.colorStrokeFocus2}` },
    // The pill of Windows' navigation view grows when its item is chosen.
    '::before': {
      content: '""',
      position: 'absolute',
      left: 0,
      top: '10px',
      width: '3px',
      height: '16px',
      borderRadius: '2px',
      backgroundColor: tokens.colorCompoundBrandBackground,
      transform: 'scaleY(0)',
      transitionProperty: 'transform',
      transitionDuration: '.167s',
      transitionTimingFunction: 'cubic-bezier(0,0,0,1)',
    },
  },
  current: {
    backgroundColor: 'var(--hover)',
    fontWeight: tokens.fontWeightSemibold,
    '::before': { transform: 'scaleY(1)' },
  },
  icon: { fontSize: '20px', width: '20px', flexShrink: 0, display: 'flex' },
});

/** One link of the navigation; in the rail only its icon shows, its name becomes a tooltip. */
export function NavigationItem({ to, label, icon: Icon, rail }: Destination & { rail: boolean }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const name = t(label);
  const link = (
    <Link
      to={to}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      className={styles.item}
      activeProps={{ className: mergeClasses(styles.item, styles.current), 'aria-current': 'page' }}
      aria-label={rail ? name : undefined}
    >
      {({ isActive }: { isActive: boolean }) => (
        <>
          <span className={styles.icon} aria-hidden><Icon filled={isActive} /></span>
          {!rail && name}
        </>
      )}
    </Link>
  );
  if (!rail) return link;
  return <Tooltip content={name} relationship="label" positioning="after">{link}</Tooltip>;
}
