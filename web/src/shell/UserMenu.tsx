import {
  Avatar, makeStyles, Menu, MenuDivider, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, tokens,
} from '@fluentui/react-components';
import { DarkThemeRegular, LocalLanguageRegular, SignOutRegular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../api/client';
import type { Me } from '../api/queries';
import { useNotifyFailure } from '../component/toast';
import { languages, setLanguage, type Language } from '../i18n/language';
import { useMode, type Mode } from '../theme/mode';

const useStyles = makeStyles({
  button: {
    display: 'flex', alignItems: 'center', gap: '12px', width: '100%', height: '44px', padding: '0 9px',
    border: 'none', borderRadius: '5px', backgroundColor: 'transparent', cursor: 'pointer', textAlign: 'left',
    color: tokens.colorNeutralForeground1, fontFamily: 'inherit', fontSize: 'inherit', overflow: 'hidden',
    outlineStyle: 'none',
    ':hover': { backgroundColor: 'var(--hover)' },
    ':active': { backgroundColor: 'var(--pressed)' },
    ':focus-visible': { boxShadow: `inset 0 0 0 2px ${tokens.colorStrokeFocus2}` },
  },
  name: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', lineHeight: '18px' },
  role: { fontSize: tokens.fontSizeBase200, color: tokens.colorNeutralForeground3 },
});

/** Who is signed in; theme, language and signing out. */
export function UserMenu({ user, rail }: { user: Me['user']; rail: boolean }) {
  const styles = useStyles();
  const { t, i18n } = useTranslation();
  const { mode, setMode } = useMode();
  const navigate = useNavigate();
  const client = useQueryClient();
  const notifyFailure = useNotifyFailure();

  const signOut = async () => {
    try {
      await unwrap(api.DELETE('/api/v1/session'));
    } catch (err) {
      notifyFailure(err);
      return;
    }
    await navigate({ to: '/login' });
    client.clear();
  };
  return (
    <Menu positioning={rail ? 'after-bottom' : 'above-start'}>
      <MenuTrigger disableButtonEnhancement>
        <button type="button" className={styles.button} aria-label={t('nav.account', { name: user.username })}>
          <Avatar name={user.username} size={24} color="brand" aria-hidden />
          {!rail && (
            <span style={{ minWidth: 0 }}>
              <div className={styles.name}>{user.username}</div>
              <div className={styles.role}>{t(`role.${user.role}`)}</div>
            </span>
          )}
        </button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <Menu>
            <MenuTrigger disableButtonEnhancement><MenuItem icon={<DarkThemeRegular />}>{t('theme.label')}</MenuItem></MenuTrigger>
            <MenuPopover>
              <MenuList checkedValues={{ theme: [mode] }} onCheckedValueChange={(_, d) => setMode(d.checkedItems[0] as Mode)}>
                {(['light', 'dark', 'system'] as const).map((m) => (
                  <MenuItemRadio key={m} name="theme" value={m}>{t(`theme.${m}`)}</MenuItemRadio>
                ))}
              </MenuList>
            </MenuPopover>
          </Menu>
          <Menu>
            <MenuTrigger disableButtonEnhancement><MenuItem icon={<LocalLanguageRegular />}>{t('language.label')}</MenuItem></MenuTrigger>
            <MenuPopover>
              <MenuList
                checkedValues={{ language: [i18n.resolvedLanguage ?? 'en'] }}
                onCheckedValueChange={(_, d) => void setLanguage(d.checkedItems[0] as Language)}
              >
                {languages.map((l) => (
                  <MenuItemRadio key={l.code} name="language" value={l.code}>{l.name}</MenuItemRadio>
                ))}
              </MenuList>
            </MenuPopover>
          </Menu>
          <MenuDivider />
          <MenuItem icon={<SignOutRegular />} onClick={() => void signOut()}>{t('action.signOut')}</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
