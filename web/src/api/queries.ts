import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import type { components, paths } from './schema.gen';

type Schemas = components['schemas'];
export type Channel = Schemas['Channel'];
export type ChannelFields = Schemas['ChannelFields'];
export type ChannelModel = Schemas['ChannelModel'];
export type ChannelTest = Schemas['ChannelTest'];
export type Provider = Schemas['Provider'];
export type Key = Schemas['Key'];
export type NewKey = Schemas['NewKey'];
export type User = Schemas['User'];
export type Me = Schemas['Me'];
export type Role = Me['user']['role'];
export type Call = Schemas['Call'];
export type Attempt = Schemas['Attempt'];
export type Usage = Schemas['Usage'];
export type Overview = Schemas['Overview'];
export type Live = Schemas['Live'];
export type Setting = Schemas['Setting'];
export type LogQuery = NonNullable<paths['/api/v1/logs']['get']['parameters']['query']>;
export type Endpoint = Call['endpoint'];
export type Kind = NonNullable<LogQuery['fault']>;

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/setup', { signal })),
  staleTime: 60_000,
});

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/me', { signal })),
  staleTime: 60_000,
});

export const channelsQuery = queryOptions({
  queryKey: ['channels'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/channels', { signal }))).items,
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/providers', { signal }))).items,
  staleTime: Infinity,
});

export const groupsQuery = queryOptions({
  queryKey: ['groups'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/groups', { signal }))).items,
});

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/keys', { signal }))).items,
});

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/users', { signal }))).items,
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/tokens', { signal }))).items,
});

/** Models that an enabled channel serves. */
export const servedModelsQuery = queryOptions({
  queryKey: ['models', 'served'],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET('/api/v1/models', { signal, params: { query: { served: true, limit: 500 } } }))).items,
});

/** Catalogue models of a provider whose names contain q, to suggest while typing. */
export const catalogQuery = (provider: string, q: string) =>
  queryOptions({
    queryKey: ['models', 'catalog', provider, q],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/v1/models', { signal, params: { query: { provider, q, limit: 30 } } }))).items,
    staleTime: 300_000,
    placeholderData: keepPreviousData,
  });

/** Sums over the last `hours`. The window's start is taken when the query runs, not when it is made. */
export const overviewQuery = (hours: number) =>
  queryOptions({
    queryKey: ['overview', hours],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - hours * 3_600_000).toISOString();
      return unwrap(api.GET('/api/v1/overview', { signal, params: { query: { from } } }));
    },
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });

/** The request log, newest first. `live` keeps to the first page and renews it. */
export const logsQuery = (key: unknown, query: () => LogQuery, live: boolean) =>
  infiniteQueryOptions({
    queryKey: ['logs', key, live],
    queryFn: ({ signal, pageParam }) =>
      unwrap(api.GET('/api/v1/logs', {
        signal,
        params: { query: { ...query(), limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
      })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
    maxPages: live ? 1 : 0,
    refetchInterval: live ? 2000 : false,
    placeholderData: keepPreviousData,
  });

export const callQuery = (id: string) =>
  queryOptions({
    queryKey: ['log', id],
    queryFn: ({ signal }) => unwrap(api.GET('/api/v1/logs/{id}', { signal, params: { path: { id } } })),
    staleTime: Infinity,
  });

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/system', { signal })),
  refetchInterval: 10_000,
});

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/system/config', { signal }))).items,
});
