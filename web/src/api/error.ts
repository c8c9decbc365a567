import type { components } from './schema.gen';

/** The problem document that every error of the API is (RFC 9457). */
export type Problem = components['schemas']['Problem'];

/**
 * Failure is any call of the API that did not work: an error answer, or no answer at all. Its message
 * is what the server said; `code` is the stable word for what went wrong.
 */
export class Failure extends Error {
  readonly status: number;
  /** A burncloud fault kind, or "network" (no answer) or "unreadable" (an answer that is not ours). */
  readonly code: string;
  readonly requestId: string | undefined;
  /** Messages by field path, as the server names fields. */
  readonly fields: Readonly<Record<string, string>>;
  /** Seconds to wait before trying again, where the server said so. */
  readonly retryAfter: number | undefined;

  constructor(p: {
    status: number; code: string; message: string;
    requestId?: string | undefined; fields?: Record<string, string>; retryAfter?: number | undefined;
  }) {
    super(p.message);
    this.name = 'Failure';
    this.status = p.status;
    this.code = p.code;
    this.requestId = p.requestId;
    this.fields = p.fields ?? {};
    this.retryAfter = p.retryAfter;
  }

  /** Whether trying the same again may work. */
  get transient(): boolean {
    return this.code === 'network' || this.status === 429 || this.status >= 500;
  }
}

function isProblem(v: unknown): v is Problem {
  return typeof v === 'object' && v !== null && 'code' in v && 'detail' in v;
}

/** Builds the Failure of an answer with an error status. body is the parsed body, if it was JSON. */
export function failureOf(response: Response, body: unknown): Failure {
  const wait = Number(response.headers.get('Retry-After'));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : undefined;
  if (!isProblem(body)) {
    return new Failure({
      status: response.status,
      code: 'unreadable',
      message: response.statusText || `HTTP ${response.status}`,
      requestId: response.headers.get('X-Request-Id') ?? undefined,
      retryAfter,
    });
  }
  const fields: Record<string, string> = {};
  for (const e of body.errors ?? []) fields[e.field] ??= e.message;
  return new Failure({
    status: response.status, code: body.code, message: body.detail,
    requestId: body.request_id, fields, retryAfter,
  });
}

/** Turns whatever was thrown into a Failure; a fetch that got no answer becomes "network". */
export function asFailure(err: unknown): Failure {
  if (err instanceof Failure) return err;
  const message = err instanceof Error ? err.message : String(err);
  if (err instanceof TypeError) return new Failure({ status: 0, code: 'network', message });
  return new Failure({ status: 0, code: 'unreadable', message });
}
