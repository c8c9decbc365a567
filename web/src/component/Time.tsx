import { Tooltip } from '@fluentui/react-components';
import { useFormat } from '../format/useFormat';
import { useNow } from './useNow';

/** A moment, relative to now, with the exact one as a tooltip. */
export function RelativeTime({ value }: { value: string | undefined | null }) {
  const now = useNow();
  const format = useFormat();
  if (!value) return <span>—</span>;
  const time = new Date(value);
  return (
    <Tooltip content={format.exact(time)} relationship="description">
      <time dateTime={value}>{format.relative(time, now)}</time>
    </Tooltip>
  );
}
