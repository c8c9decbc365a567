import {
  Checkbox, makeStyles, mergeClasses, Skeleton, SkeletonItem, Table, TableBody, TableCell, TableHeader, TableHeaderCell,
  TableRow, tokens,
} from '@fluentui/react-components';
import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from './Card';

/** One column of a Grid. */
export interface Column<T> {
  id: string;
  label: string;
  /** The label is for screen readers alone, e.g. over a column of buttons. */
  hidden?: boolean;
  /** A width in pixels, or a share ("2fr") of what those leave over. One share when absent. */
  width?: `${number}px` | `${number}fr`;
  align?: 'end';
  /** Orders two rows, rising; without it the column cannot be sorted by. */
  compare?: (a: T, b: T) => number;
  render: (row: T) => ReactNode;
}

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  /** The least width before the grid scrolls sideways inside its card. */
  minWidth?: number;
  /** Shows this many grey rows instead, while the first answer is under way. */
  loading?: boolean;
  selection?: { chosen: ReadonlySet<string>; name: (row: T) => string; onChange: (chosen: ReadonlySet<string>) => void };
  onOpen?: (row: T) => void;
  dim?: (row: T) => boolean;
  empty?: ReactNode;
  footer?: ReactNode;
}

const useStyles = makeStyles({
  scroll: { overflowX: 'auto' },
  // Rows are grids with one template, so that fixed and shared widths can be mixed.
  row: { display: 'grid', borderBottom: '1px solid var(--divider)', boxSizing: 'border-box' },
  head: {
    '& [role=columnheader]': { minWidth: 0, padding: '0 4px 0 12px', backgroundColor: 'transparent' },
    '& .fui-TableHeaderCell__button': { color: tokens.colorNeutralForeground2, minWidth: 0 },
  },
  body: { minHeight: '44px', ':hover': { backgroundColor: 'var(--hover)' }, ':last-child': { borderBottomStyle: 'none' } },
  open: { cursor: 'pointer', ':active': { backgroundColor: 'var(--pressed)' } },
  cell: { minWidth: 0, padding: '0 4px 0 12px' },
  inner: { minWidth: 0, width: '100%', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  check: { padding: '0 0 0 6px !important' },
  end: { textAlign: 'right', fontVariantNumeric: 'tabular-nums', paddingRight: '16px !important', '& .fui-TableHeaderCell__button': { justifyContent: 'flex-end' } },
  dim: { color: tokens.colorNeutralForeground3 },
  hidden: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

interface Sort {
  column: string;
  direction: 'ascending' | 'descending';
}

/** A table on a card: sortable columns, optional selection, rows that may be opened. */
export function Grid<T>(props: Props<T>) {
  const { label, columns, rows, rowKey, minWidth = 720, loading, selection, onOpen, dim, empty, footer } = props;
  const styles = useStyles();
  const { t } = useTranslation();
  const [sort, setSort] = useState<Sort>();

  const sorted = useMemo(() => {
    const compare = sort && columns.find((c) => c.id === sort.column)?.compare;
    if (!compare) return rows;
    const sign = sort.direction === 'ascending' ? 1 : -1;
    return [...rows].sort((a, b) => sign * compare(a, b));
  }, [rows, columns, sort]);

  const toggleSort = (column: string) =>
    setSort((s) => (s?.column !== column ? { column, direction: 'ascending' }
      : s.direction === 'ascending' ? { column, direction: 'descending' } : undefined));

  if (!loading && rows.length === 0 && empty) return <Card padded={false}>{empty}</Card>;

  const allChosen = selection && rows.length > 0 && rows.every((r) => selection.chosen.has(rowKey(r)));
  const someChosen = selection && rows.some((r) => selection.chosen.has(rowKey(r)));
  const template = [...(selection ? ['44px'] : []), ...columns.map((c) => (c.width?.endsWith('px') ? c.width : `minmax(0, ${c.width ?? '1fr'})`))];
  const grid = { gridTemplateColumns: template.join(' ') };
  return (
    <Card padded={false}>
      <div className={styles.scroll}>
        <Table noNativeElements aria-label={label} aria-busy={loading} style={{ minWidth }} size="medium">
          <TableHeader>
            <TableRow className={mergeClasses(styles.row, styles.head)} style={grid}>
              {selection && (
                <TableHeaderCell className={styles.check}>
                  <Checkbox
                    aria-label={t('grid.chooseAll')}
                    checked={allChosen ? true : someChosen ? 'mixed' : false}
                    disabled={rows.length === 0}
                    onChange={() => selection.onChange(new Set(allChosen ? [] : rows.map(rowKey)))}
                  />
                </TableHeaderCell>
              )}
              {columns.map((c) => (
                <TableHeaderCell
                  key={c.id}
                  className={mergeClasses(c.align === 'end' && styles.end)}
                  sortable={!!c.compare}
                  sortDirection={sort?.column === c.id ? sort.direction : undefined}
                  onClick={c.compare && (() => toggleSort(c.id))}
                >
                  {c.hidden ? <span className={styles.hidden}>{c.label}</span> : c.label}
                </TableHeaderCell>
              ))}
            </TableRow>
          </TableHeader>
          <TableBody>
            {loading ? <Loading columns={template.length} grid={grid} /> : sorted.map((row) => {
              const key = rowKey(row);
              return (
                <TableRow
                  key={key}
                  className={mergeClasses(styles.row, styles.body, onOpen && styles.open, dim?.(row) && styles.dim)}
                  style={grid}
                  aria-selected={selection ? selection.chosen.has(key) : undefined}
                  onClick={onOpen && ((e) => {
                    if (!(e.target as HTMLElement).closest('button, a, input, label, [role=menuitem]') && !getSelection()?.toString()) onOpen(row);
                  })}
                >
                  {selection && (
                    <TableCell className={styles.check}>
                      <Checkbox
                        aria-label={t('grid.choose', { name: selection.name(row) })}
                        checked={selection.chosen.has(key)}
                        onChange={() => {
                          const next = new Set(selection.chosen);
                          if (!next.delete(key)) next.add(key);
                          selection.onChange(next);
                        }}
                      />
                    </TableCell>
                  )}
                  {columns.map((c) => (
                    <TableCell key={c.id} className={mergeClasses(styles.cell, c.align === 'end' && styles.end)}>
                      <div className={styles.inner}>{c.render(row)}</div>
                    </TableCell>
                  ))}
                </TableRow>
              );
            })}
          </TableBody>
        </Table>
      </div>
      {footer}
    </Card>
  );
}

function Loading({ columns, grid }: { columns: number; grid: { gridTemplateColumns: string } }) {
  const styles = useStyles();
  return [0, 1, 2, 3, 4].map((i) => (
    <TableRow key={i} className={mergeClasses(styles.row, styles.body)} style={grid}>
      {Array.from({ length: columns }, (_, c) => (
        <TableCell key={c} className={styles.cell}>
          <Skeleton aria-hidden style={{ width: '100%' }}><SkeletonItem size={16} style={{ width: `${70 - ((i + c) % 3) * 15}%` }} /></Skeleton>
        </TableCell>
      ))}
    </TableRow>
  ));
}
