// Must be the first import of main.tsx. Some web views report the language "C" when the system sets
// none; libraries hand it to Intl at import time, which throws and leaves a blank window.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
  Object.defineProperty(navigator, 'languages', { value: ['en-US'], configurable: true });
}

export {};
