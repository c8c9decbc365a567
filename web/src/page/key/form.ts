import type { Key } from '../../api/queries';
import { isAmount } from '../../format/money';

/** How long a new key lives. "keep" is the moment it already has. */
export type Expiry = 'never' | '7' | '30' | '90' | '365' | 'keep';

/** What the key dialog edits. */
export interface Form {
  name: string;
  /** Whose key; "" is the own. Only for new keys. */
  userId: string;
  limited: boolean;
  limit: string;
  models: string[];
  expiry: Expiry;
}

export type Problems = { name?: 'form.required'; limit?: 'key.problem.limit' };

export const emptyForm: Form = { name: '', userId: '', limited: false, limit: '', models: [], expiry: 'never' };

export function formOf(k: Key): Form {
  return {
    name: k.name, userId: k.user_id, limited: !k.unlimited, limit: k.unlimited ? '' : k.limit,
    models: k.models, expiry: k.expires ? 'keep' : 'never',
  };
}

/** What would be refused, told before asking the server. */
export function check(f: Form): Problems {
  const p: Problems = {};
  if (!f.name.trim()) p.name = 'form.required';
  if (f.limited && !isAmount(f.limit.trim())) p.limit = 'key.problem.limit';
  return p;
}

/** The moment a chosen lifetime ends: null is never, undefined leaves it as it is. */
export function expiresAt(expiry: Expiry, now: Date): string | null | undefined {
  if (expiry === 'keep') return undefined;
  if (expiry === 'never') return null;
  return new Date(now.getTime() + Number(expiry) * 86_400_000).toISOString();
}

/** Whether a key has run out. */
export const expired = (k: Key, now: Date) => k.expires !== undefined && new Date(k.expires) <= now;
