import { useEffect } from 'react';

/** Sets the window's title while the page is shown. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · BurnCloud`;
  }, [title]);
}
