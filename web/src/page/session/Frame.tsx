import { makeStyles, tokens, Button, Tooltip } from '@fluentui/react-components';
import { DarkThemeRegular, LocalLanguageRegular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../../component/Card';
import { Logo } from '../../component/Logo';
import { setLanguage } from '../../i18n/language';
import { useMode } from '../../theme/mode';

const useStyles = makeStyles({
  window: { height: '100%', overflowY: 'auto', display: 'flex', flexDirection: 'column' },
  top: { display: 'flex', justifyContent: 'flex-end', gap: '4px', padding: '10px 12px' },
  center: { flexGrow: 1, display: 'flex', alignItems: 'center', justifyContent: 'center', padding: '8px 16px 72px' },
  card: { width: '100%', maxWidth: '408px', padding: '32px 32px 28px', boxShadow: tokens.shadow16, boxSizing: 'border-box' },
  brand: { display: 'flex', alignItems: 'center', gap: '10px', fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  title: { margin: '20px 0 16px', fontSize: '24px', lineHeight: '32px', fontWeight: tokens.fontWeightSemibold, fontFamily: tokens.fontFamilyNumeric },
  text: { color: tokens.colorNeutralForeground2, margin: '-12px 0 20px' },
});

/** The window before somebody is signed in: one card, theme and language at the top. */
export function Frame({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const styles = useStyles();
  const { t, i18n } = useTranslation();
  const { dark, setMode } = useMode();
  const chinese = i18n.resolvedLanguage === 'zh-CN';
  return (
    <div className={styles.window}>
      <div className={styles.top}>
        <Tooltip content={t('theme.toggle')} relationship="label">
          <Button appearance="subtle" icon={<DarkThemeRegular />} onClick={() => setMode(dark ? 'light' : 'dark')} />
        </Tooltip>
        <Button
          appearance="subtle"
          icon={<LocalLanguageRegular />}
          lang={chinese ? 'en' : 'zh-CN'}
          onClick={() => void setLanguage(chinese ? 'en' : 'zh-CN')}
        >
          {chinese ? 'English' : '中文'}
        </Button>
      </div>
      <main className={styles.center}>
        <Card className={styles.card}>
          <div className={styles.brand}><Logo size={28} />BurnCloud</div>
          <h1 className={styles.title}>{title}</h1>
          {text && <div className={styles.text}>{text}</div>}
          {children}
        </Card>
      </main>
    </div>
  );
}
