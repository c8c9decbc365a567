import { useSyncExternalStore } from 'react';

// One timer for all relative times of a page, running only while one is shown.
const listeners = new Set<() => void>();
let now = new Date();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listen: () => void): () => void {
  if (listeners.size === 0) {
    now = new Date();
    timer = setInterval(() => {
      now = new Date();
      for (const l of listeners) l();
    }, 10_000);
  }
  listeners.add(listen);
  return () => {
    listeners.delete(listen);
    if (listeners.size === 0) clearInterval(timer);
  };
}

/** The time, renewed every ten seconds. */
export const useNow = () => useSyncExternalStore(subscribe, () => now);
