import type { Endpoint, Kind, LogQuery } from '../../api/queries';

/** How far back the log goes. */
export const ranges = ['15m', '1h', '24h', '7d', '30d', 'all'] as const;
export type Range = (typeof ranges)[number];

const seconds: Record<Range, number> = { '15m': 900, '1h': 3600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000, all: 0 };

export const endpoints: Endpoint[] = [
  'chat', 'completions', 'responses', 'messages', 'generate', 'embeddings', 'embed', 'moderations', 'count_tokens',
];

// The kinds a caller's request can end with, the most telling first.
export const kinds: Kind[] = [
  'upstream_error', 'upstream_timeout', 'upstream_connect', 'upstream_broken', 'upstream_rate_limited', 'upstream_credential',
  'upstream_rejected', 'no_channel', 'unpriced', 'insufficient_funds', 'rate_limited', 'unauthenticated', 'forbidden', 'not_found',
  'method_not_allowed', 'invalid_request', 'too_large', 'unsupported_media_type', 'header_too_large', 'request_timeout', 'canceled',
  'overloaded', 'draining', 'internal',
];

/** The log's filters as they stand in the address; what is absent does not filter. The range is 24h by default. */
export interface LogSearch {
  range?: Range;
  status?: 'ok' | 'error';
  model?: string;
  channel?: string;
  key?: string;
  user?: string;
  endpoint?: Endpoint;
  fault?: Kind;
  /** Start of a request id. */
  request?: string;
  /** The call whose details are open. */
  open?: string;
}

/** Reads filters from an address; anything unknown is dropped. */
export function parseLogSearch(s: Record<string, unknown>): LogSearch {
  const out: LogSearch = {};
  // The address may carry a number where an id happens to be one.
  const text = (v: unknown) => (typeof v === 'string' || typeof v === 'number' ? String(v).trim() : '');
  const range = ranges.find((r) => r === s.range);
  if (range && range !== '24h') out.range = range;
  if (s.status === 'ok' || s.status === 'error') out.status = s.status;
  for (const name of ['model', 'channel', 'key', 'user', 'request', 'open'] as const) {
    const v = text(s[name]);
    if (v) out[name] = v;
  }
  const endpoint = endpoints.find((e) => e === s.endpoint);
  if (endpoint) out.endpoint = endpoint;
  const fault = kinds.find((k) => k === s.fault);
  if (fault) out.fault = fault;
  return out;
}

/** The API's query for the filters at a moment. */
export function logQuery(s: LogSearch, now: Date): LogQuery {
  const back = seconds[s.range ?? '24h'];
  return {
    ...(back > 0 ? { from: new Date(now.getTime() - back * 1000).toISOString() } : {}),
    ...(s.status ? { status: s.status } : {}),
    ...(s.model ? { model: s.model } : {}),
    ...(s.channel ? { channel_id: s.channel } : {}),
    ...(s.key ? { key_id: s.key } : {}),
    ...(s.user ? { user_id: s.user } : {}),
    ...(s.endpoint ? { endpoint: s.endpoint } : {}),
    ...(s.fault ? { fault: s.fault } : {}),
    ...(s.request ? { id: s.request } : {}),
  };
}

/** Whether anything but the range filters. */
export function filtered(s: LogSearch): boolean {
  return ['status', 'model', 'channel', 'key', 'user', 'endpoint', 'fault', 'request'].some((k) => s[k as keyof LogSearch] !== undefined);
}
