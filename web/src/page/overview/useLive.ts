import { useEffect, useState } from 'react';
import type { Live } from '../../api/queries';

/** How many seconds of traffic the chart shows. */
export const windowSeconds = 120;

/** Adds a second to the window; a repeated second replaces the one before, old ones fall out. */
export function append(points: Live[], next: Live): Live[] {
  const time = Date.parse(next.time);
  const kept = points.filter((p) => {
    const age = time - Date.parse(p.time);
    return age > 0 && age < windowSeconds * 1000;
  });
  return [...kept, next];
}

/** Reads one event of the stream; undefined when it is not a second of traffic. */
export function parseLive(data: string): Live | undefined {
  try {
    const v: unknown = JSON.parse(data);
    if (typeof v === 'object' && v !== null && 'time' in v && 'requests' in v && 'tokens' in v) return v as Live;
  } catch {
    // not ours; the next event may be
  }
  return undefined;
}

export interface LiveState {
  points: Live[];
  connected: boolean;
}

// The browser reconnects by itself when a connection breaks, but not after an error answer.
const reopenAfter = 3000;

/** The live traffic while the page is shown. */
export function useLive(enabled: boolean): LiveState {
  const [state, setState] = useState<LiveState>({ points: [], connected: false });
  useEffect(() => {
    if (!enabled) return;
    // A first batch of events comes at once: they are gathered and shown with the next frame.
    let waiting: Live[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const batch = waiting;
      waiting = [];
      setState((s) => ({ points: batch.reduce(append, s.points), connected: true }));
    };
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      source = new EventSource('/api/v1/live');
      source.onopen = () => setState((s) => ({ ...s, connected: true }));
      source.onerror = () => {
        setState((s) => ({ ...s, connected: false }));
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, reopenAfter);
      };
      source.onmessage = (e: MessageEvent<string>) => {
        const live = parseLive(e.data);
        if (!live) return;
        waiting.push(live);
        frame ||= requestAnimationFrame(flush);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [enabled]);
  return state;
}
