import { Badge } from '@fluentui/react-components';
import { useTranslation } from 'react-i18next';
import type { Call } from '../../api/queries';

/** How a call ended, as a badge: the status, or the fault in words. */
export function Outcome({ call }: { call: Pick<Call, 'status' | 'fault'> }) {
  const { t } = useTranslation();
  if (!call.fault) return <Badge appearance="tint" color="success">{call.status}</Badge>;
  // Hanging up is the caller's choice, not something that broke.
  const color = call.fault === 'canceled' ? 'informative' : call.status < 500 ? 'warning' : 'danger';
  return (
    <Badge appearance="tint" color={color} title={t(`fault.${call.fault}`)} style={{ maxWidth: '100%' }}>
      <span style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{call.status > 0 && `${call.status} `}{t(`fault.${call.fault}`)}</span>
    </Badge>
  );
}
