import { useState } from 'react';

/** A provider's mark, by the address the API gives; the generic one when that cannot be loaded. */
export function ProviderLogo({ src, size = 20 }: { src: string | undefined; size?: number }) {
  const [failed, setFailed] = useState<string>();
  const shown = src && failed !== src ? src : '/providers/generic.svg';
  return (
    <img
      src={shown}
      width={size}
      height={size}
      alt=""
      draggable={false}
      style={{ flexShrink: 0, display: 'block' }}
      onError={() => setFailed(src)}
    />
  );
}
