import { useEffect, useState } from 'react';

/** The element that a dialog opens from: the button of an open menu rather than the menu's item, which goes away. */
function opener(): Element | null {
  return document.querySelector('[aria-haspopup=menu][aria-expanded=true]') ?? document.activeElement;
}

/**
 * Gives the focus back, when a dialog closes, to where it was; to the page's heading when that is gone.
 * To be called by every dialog; `open` is for those that stay mounted while closed.
 */
export function useReturnFocus(open = true) {
  const [seen, setSeen] = useState(open);
  const [from, setFrom] = useState(() => (open ? opener() : null));
  if (open !== seen) {
    setSeen(open);
    if (open) setFrom(opener());
  }
  useEffect(() => {
    if (!open) return;
    return () => {
      // After the dialog's own clean-up, which would take the focus away again.
      requestAnimationFrame(() => {
        if (document.querySelector('[aria-modal=true]')) return;
        const to = from?.isConnected && from !== document.body ? from : document.querySelector('main h1');
        if (to instanceof HTMLElement) to.focus({ preventScroll: true });
      });
    };
  }, [open, from]);
}
