import { makeStyles, tokens, Tooltip } from '@fluentui/react-components';

const useStyles = makeStyles({
  line: { display: 'flex', gap: '5px', minWidth: 0 },
  first: { overflow: 'hidden', textOverflow: 'ellipsis' },
  more: { color: tokens.colorNeutralForeground3, flexShrink: 0 },
  all: { whiteSpace: 'pre-line' },
});

// More than this would not fit into a tooltip.
const most = 20;

/** The first of several names and how many more there are; all of them as a tooltip. */
export function Names({ names }: { names: string[] }) {
  const styles = useStyles();
  const rest = names.length - most;
  const all = <span className={styles.all}>{names.slice(0, most).join('\n')}{rest > 0 && `\n+${rest}`}</span>;
  return (
    <Tooltip content={all} relationship="description">
      <div className={styles.line}>
        <span className={styles.first}>{names[0]}</span>
        {names.length > 1 && <span className={styles.more}>+{names.length - 1}</span>}
      </div>
    </Tooltip>
  );
}
