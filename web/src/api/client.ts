import createClient from 'openapi-fetch';
import { failureOf } from './error';
import type { paths } from './schema.gen';

/** The typed client of the control API. The session is a cookie, so nothing is added to requests. */
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  credentials: 'same-origin',
  // Looked up at each call, so that tests can put their own in its place.
  fetch: (request) => globalThis.fetch(request),
});

/** Awaits a call and returns its body; an error answer is thrown as a Failure. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw failureOf(response, error);
  return data as T;
}
