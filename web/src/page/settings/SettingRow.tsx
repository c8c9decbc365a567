import { makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { Card } from '../../component/Card';

const useStyles = makeStyles({
  row: { display: 'flex', alignItems: 'center', gap: '16px', minHeight: '40px', flexWrap: 'wrap' },
  icon: { fontSize: '20px', display: 'flex', width: '20px' },
  text: { flexGrow: 1, minWidth: '200px' },
  name: { margin: 0, fontSize: tokens.fontSizeBase300, lineHeight: '20px', fontWeight: tokens.fontWeightRegular },
  note: { fontSize: tokens.fontSizeBase200, lineHeight: '16px', color: tokens.colorNeutralForeground2 },
});

/** A line of settings as Windows draws it: icon, name and explanation at the left, the control at the right. */
export function SettingRow({ icon, name, note, children, below }: {
  icon: ReactNode; name: string; note?: string; children?: ReactNode; below?: ReactNode;
}) {
  const styles = useStyles();
  return (
    <Card>
      <div className={styles.row}>
        <span className={styles.icon} aria-hidden>{icon}</span>
        <div className={styles.text}>
          <h2 className={styles.name}>{name}</h2>
          {note && <div className={styles.note}>{note}</div>}
        </div>
        {children}
      </div>
      {below}
    </Card>
  );
}
