import { makeStyles, Toolbar } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({ bar: { padding: 0, gap: '4px', flexWrap: 'wrap', rowGap: '4px', '& .fui-Button': { minWidth: 'auto' } } });

/** The row of commands under a page's title. */
export function CommandBar({ label, children }: { label: string; children: ReactNode }) {
  const styles = useStyles();
  return <Toolbar aria-label={label} className={styles.bar}>{children}</Toolbar>;
}
