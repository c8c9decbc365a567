import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../component/CopyButton';
import { snippet, snippetKinds, wireOf, type SnippetKind } from './snippets';

const useStyles = makeStyles({
  box: { border: '1px solid var(--divider)', borderRadius: '6px', overflow: 'hidden', backgroundColor: 'var(--code)' },
  head: { display: 'flex', justifyContent: 'space-between', alignItems: 'center', padding: '0 6px 0 2px', borderBottom: '1px solid var(--divider)' },
  code: {
    margin: 0, padding: '12px 14px', overflowX: 'auto', fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200, lineHeight: '18px', outlineStyle: 'none',
    ':focus-visible': { boxShadow: `inset 0 0 0 2px ${tokens.colorStrokeFocus2}` },
  },
});

const names: Record<SnippetKind, string> = { curl: 'curl', python: 'Python', node: 'Node.js' };

/** A ready first request in several languages, for a model that is served; without one, for an example. */
export function Snippet({ secret, model }: { secret: string; model: { id: string; provider: string } | undefined }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const [kind, setKind] = useState<SnippetKind>('curl');
  const text = snippet(kind, wireOf(model?.provider), { base: window.location.origin, secret, model: model?.id ?? 'gpt-5-mini' });
  return (
    <div className={styles.box}>
      <div className={styles.head}>
        <TabList size="small" selectedValue={kind} onTabSelect={(_, d) => setKind(d.value as SnippetKind)} aria-label={t('snippet.label')}>
          {snippetKinds.map((k) => <Tab key={k} value={k}>{names[k]}</Tab>)}
        </TabList>
        <CopyButton text={text} label={t('snippet.copy')} />
      </div>
      <pre className={styles.code} tabIndex={0} role="region" aria-label={t('snippet.code', { language: names[kind] })}>{text}</pre>
    </div>
  );
}
