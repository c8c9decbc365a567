import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/queries';
import { Card, CardHead } from '../../component/Card';
import { exactUSD, formatUSD } from '../../format/money';
import { useFormat } from '../../format/useFormat';

const useStyles = makeStyles({
  table: {
    width: '100%', borderCollapse: 'collapse',
    '& th, & td': { padding: '6px 0 6px 16px', textAlign: 'right', fontWeight: tokens.fontWeightRegular, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
    '& th:first-child': { textAlign: 'left', paddingLeft: 0, width: '46%', maxWidth: 0 },
    '& thead th': { color: tokens.colorNeutralForeground2 },
    '& tbody tr': { borderTop: '1px solid var(--divider)' },
  },
  quiet: { color: tokens.colorNeutralForeground3 },
  name: { overflow: 'hidden', textOverflow: 'ellipsis' },
  track: { height: '3px', borderRadius: '2px', marginTop: '5px', backgroundColor: 'var(--hover)' },
  bar: { height: '100%', borderRadius: '2px', backgroundColor: 'var(--series-a)' },
  scroll: { overflowX: 'auto' },
});

/** The models that were asked most. */
export function TopModels({ models }: { models: Overview['models'] }) {
  const styles = useStyles();
  const { t } = useTranslation();
  const format = useFormat();
  const most = Math.max(1, ...models.map((m) => m.requests));
  return (
    <Card>
      <CardHead title={t('overview.topModels')} />
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('log.model')}</th>
              <th scope="col">{t('overview.requests')}</th>
              <th scope="col">{t('overview.tokens')}</th>
              <th scope="col">{t('overview.cost')}</th>
              <th scope="col">{t('overview.errorRate')}</th>
            </tr>
          </thead>
          <tbody>
            {models.map((m) => (
              <tr key={m.model}>
                <th scope="row">
                  <div className={mergeClasses(styles.name, !m.model && styles.quiet)} title={m.model}>{m.model || t('overview.unknownModel')}</div>
                  <div className={styles.track} aria-hidden><div className={styles.bar} style={{ width: `${(m.requests / most) * 100}%` }} /></div>
                </th>
                <td>{format.count(m.requests)}</td>
                <td>{format.compact(m.input_tokens + m.output_tokens)}</td>
                <td title={exactUSD(m.cost)}>{formatUSD(m.cost)}</td>
                <td>{format.percent(m.errors, m.requests)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
