import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  box: {
    display: 'flex', flexDirection: 'column', alignItems: 'center', textAlign: 'center',
    gap: '6px', padding: '56px 24px 60px',
  },
  icon: { fontSize: '40px', lineHeight: 1, color: tokens.colorBrandForeground1, marginBottom: '6px', display: 'flex' },
  title: { fontSize: tokens.fontSizeBase400, lineHeight: tokens.lineHeightBase400, fontWeight: tokens.fontWeightSemibold },
  text: { maxWidth: '440px', color: tokens.colorNeutralForeground2 },
  action: { marginTop: '14px', display: 'flex', gap: '8px', flexWrap: 'wrap', justifyContent: 'center' },
});

/** What a list says while it has nothing: what would be here, and how to get it. */
export function EmptyState({ icon, title, text, children }: { icon: ReactNode; title: string; text: string; children?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.box}>
      <div className={styles.icon} aria-hidden>{icon}</div>
      <div className={styles.title}>{title}</div>
      <div className={styles.text}>{text}</div>
      {children && <div className={styles.action}>{children}</div>}
    </div>
  );
}
