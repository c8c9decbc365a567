import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect,
} from '@tanstack/react-router';
import { asFailure } from './api/error';
import { meQuery, setupQuery } from './api/queries';
import { parseLogSearch } from './page/log/search';
import { Broken, Missing } from './shell/Broken';
import { Shell } from './shell/Shell';

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  errorComponent: Broken,
  notFoundComponent: Missing,
});

const text = (v: unknown) => (typeof v === 'string' && v !== '' ? v : undefined);

/** Only a path of this console may be the next stop after signing in. */
export const localPath = (v: unknown) => {
  const s = text(v);
  return s && /^\/(?![/\\])/.test(s) ? s : undefined;
};

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: async ({ context }) => {
    const state = await context.client.fetchQuery({ ...setupQuery, staleTime: 0 });
    if (!state.needed) throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('./page/session/Setup')),
});

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (s: Record<string, unknown>): { next?: string } => {
    const next = localPath(s.next);
    return next ? { next } : {};
  },
  beforeLoad: async ({ context }) => {
    const state = await context.client.ensureQueryData(setupQuery);
    if (state.needed) throw redirect({ to: '/setup' });
  },
  component: lazyRouteComponent(() => import('./page/session/Login')),
});

// Everything else needs somebody signed in.
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(meQuery);
    } catch (err) {
      if (asFailure(err).status !== 401) throw err;
      const state = await context.client.fetchQuery({ ...setupQuery, staleTime: 0 });
      if (state.needed) throw redirect({ to: '/setup' });
      throw redirect({ to: '/login', search: location.href === '/' ? {} : { next: location.href } });
    }
  },
  component: Shell,
});

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./page/overview/Overview')),
});

const channels = createRoute({
  getParentRoute: () => inside,
  path: '/channels',
  validateSearch: (s: Record<string, unknown>): { edit?: string } => (text(s.edit) ? { edit: text(s.edit)! } : {}),
  component: lazyRouteComponent(() => import('./page/channel/Channels')),
});

const keys = createRoute({
  getParentRoute: () => inside,
  path: '/keys',
  validateSearch: (s: Record<string, unknown>): { create?: true } => (s.create ? { create: true } : {}),
  component: lazyRouteComponent(() => import('./page/key/Keys')),
});

const logs = createRoute({
  getParentRoute: () => inside,
  path: '/logs',
  validateSearch: parseLogSearch,
  component: lazyRouteComponent(() => import('./page/log/Logs')),
});

const users = createRoute({
  getParentRoute: () => inside,
  path: '/users',
  component: lazyRouteComponent(() => import('./page/user/Users')),
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('./page/settings/Settings')),
});

const tree = root.addChildren([setup, login, inside.addChildren([overview, channels, keys, logs, users, settings])]);

/** The pages and their addresses. */
export function createAppRouter(client: QueryClient) {
  return createRouter({ routeTree: tree, context: { client }, defaultPreload: 'intent', scrollRestoration: true });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
