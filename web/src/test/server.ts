import { vi } from 'vitest';

/** One request as the console sent it. */
export interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

/** An answer: a status and a body, or a function of the request. */
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };
type Routes = Record<string, Answer | ((sent: Sent) => Answer)>;

/**
 * Stands in for the network: answers "METHOD /path" by the table and records what was asked. A request
 * that the table does not know fails the test by an error answer that names it.
 */
export function serve(routes: Routes): Sent[] {
  const log: Sent[] = [];
  vi.stubGlobal('fetch', async (input: Request) => {
    const url = new URL(input.url);
    const text = await input.text();
    const sent: Sent = { method: input.method, path: url.pathname, query: url.searchParams, body: text ? JSON.parse(text) : undefined };
    log.push(sent);
    const route = routes[`${sent.method} ${sent.path}`];
    const { status = 200, body, headers = {} } = route === undefined
      ? problem(404, 'not_found', `the test has no answer for ${sent.method} ${sent.path}`)
      : typeof route === 'function' ? route(sent) : route;
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    return new Response(body === undefined ? null : JSON.stringify(body), { status, headers: { 'Content-Type': type, ...headers } });
  });
  return log;
}

/** An error answer as the API makes it. */
export function problem(status: number, code: string, detail: string, errors?: { field: string; message: string }[]): Answer {
  return { status, body: { type: 'about:blank', title: '', status, code, detail, request_id: '0192-test', ...(errors ? { errors } : {}) } };
}
