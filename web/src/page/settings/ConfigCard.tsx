import { makeStyles, mergeClasses, Switch, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { configQuery } from '../../api/queries';
import { Card, CardHead } from '../../component/Card';
import { ErrorState } from '../../component/ErrorState';

const useStyles = makeStyles({
  note: { color: tokens.colorNeutralForeground2, marginBottom: '8px' },
  scroll: { overflowX: 'auto' },
  table: {
    width: '100%', minWidth: '560px', borderCollapse: 'collapse', tableLayout: 'fixed',
    '& th, & td': { padding: '5px 12px 5px 0', textAlign: 'left', fontWeight: tokens.fontWeightRegular, overflowWrap: 'anywhere', verticalAlign: 'top' },
    '& thead th': { color: tokens.colorNeutralForeground2 },
    '& tbody tr': { borderTop: '1px solid var(--divider)' },
  },
  mono: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** The effective configuration and where each value comes from. */
export function ConfigCard() {
  const styles = useStyles();
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(configQuery);
  const [all, setAll] = useState(false);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return null;
  const rows = data.filter((s) => all || s.origin !== 'default');
  return (
    <Card>
      <CardHead title={t('config.title')}><Switch checked={all} label={t('config.all')} onChange={(_, d) => setAll(d.checked)} /></CardHead>
      <div className={styles.note}>{t(rows.length > 0 ? 'config.note' : 'config.defaults')}</div>
      {rows.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead><tr><th scope="col">{t('config.name')}</th><th scope="col">{t('config.value')}</th><th scope="col">{t('config.origin')}</th></tr></thead>
            <tbody>
              {rows.map((s) => (
                <tr key={s.name}>
                  <th scope="row" className={styles.mono}>{s.name}</th>
                  <td className={styles.mono}>{s.value === '' ? <span className={styles.quiet}>{t('config.empty')}</span> : s.value}</td>
                  <td className={mergeClasses(s.origin === 'default' && styles.quiet)}>{s.origin}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
