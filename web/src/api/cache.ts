import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asFailure } from './error';

/**
 * The cache of all answers. onFailure is told of every failed call, and whether it failed because
 * nobody is signed in (any more).
 */
export function createClient(onFailure: (signedOut: boolean) => void): QueryClient {
  const signedOut = (err: Error) => asFailure(err).status === 401;
  return new QueryClient({
    queryCache: new QueryCache({ onError: (err) => onFailure(signedOut(err)) }),
    mutationCache: new MutationCache({
      // A mutation may say that a 401 answers its own question, as a wrong current password does.
      onError: (err, _variables, _result, mutation) => onFailure(signedOut(err) && !mutation.meta?.answersUnauthenticated),
    }),
    defaultOptions: {
      queries: {
        staleTime: 5000,
        // Once more for a hiccup; what the server refuses it would refuse again.
        retry: (count, err) => count < 1 && asFailure(err).transient && asFailure(err).status !== 429,
        retryDelay: 600,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
