import { makeStyles, tokens } from '@fluentui/react-components';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTitle } from './useTitle';

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', gap: '12px', minWidth: 0, paddingBottom: '32px' },
  head: { display: 'flex', alignItems: 'flex-end', flexWrap: 'wrap', gap: '4px 16px' },
  title: {
    margin: 0,
    fontFamily: tokens.fontFamilyNumeric,
    fontSize: '28px',
    lineHeight: '36px',
    fontWeight: tokens.fontWeightSemibold,
    outlineStyle: 'none',
  },
  note: { color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase300, lineHeight: '26px' },
  bar: { minHeight: '36px', marginTop: '4px' },
});

/** A page of the console: title, command bar, content. Its heading takes the focus after navigation. */
export function Page({ title, note, bar, children }: { title: string; note?: ReactNode; bar?: ReactNode; children: ReactNode }) {
  const styles = useStyles();
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(title);
  useEffect(() => {
    // A dialog that opened together with the page keeps the focus; taken from it, it would count as closed.
    if (!document.querySelector('[aria-modal=true]')) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1 ref={heading} className={styles.title} tabIndex={-1}>{title}</h1>
        {note && <span className={styles.note}>{note}</span>}
      </div>
      {bar && <div className={styles.bar}>{bar}</div>}
      {children}
    </div>
  );
}
