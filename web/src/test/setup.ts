import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { startLanguage } from '../i18n/language';

// Judging what is visible costs most of a test's time in jsdom; the end-to-end test judges it in a browser.
configure({ defaultHidden: true });

if (typeof document !== 'undefined') {
  // What jsdom lacks and Fluent asks for.
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  globalThis.matchMedia ??= (query: string) =>
    ({ matches: false, media: query, addEventListener: () => undefined, removeEventListener: () => undefined }) as unknown as MediaQueryList;

  beforeEach(async () => {
    localStorage.clear();
    await startLanguage();
  });
  afterEach(cleanup);
}
