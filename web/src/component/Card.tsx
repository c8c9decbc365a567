import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { HTMLAttributes, ReactNode } from 'react';

const useStyles = makeStyles({
  card: {
    backgroundColor: 'var(--card)',
    border: '1px solid var(--card-stroke)',
    borderRadius: '8px',
    minWidth: 0,
  },
  padded: { padding: '14px 16px 16px' },
  title: {
    margin: 0,
    fontSize: tokens.fontSizeBase300,
    lineHeight: tokens.lineHeightBase300,
    fontWeight: tokens.fontWeightSemibold,
  },
  head: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '12px', marginBottom: '8px' },
});

/** A translucent layer on the window. */
export function Card({ padded = true, className, ...rest }: HTMLAttributes<HTMLDivElement> & { padded?: boolean }) {
  const styles = useStyles();
  return <div className={mergeClasses(styles.card, padded && styles.padded, className)} {...rest} />;
}

/** The heading line of a card, with something on its right. */
export function CardHead({ title, children }: { title: string; children?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.head}>
      <h2 className={styles.title}>{title}</h2>
      {children}
    </div>
  );
}
