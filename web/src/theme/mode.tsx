import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

/** What the user chose; "system" follows the operating system. */
export type Mode = 'light' | 'dark' | 'system';

const storageKey = 'burncloud.theme';

interface Value {
  mode: Mode;
  dark: boolean;
  setMode: (m: Mode) => void;
}

const Context = createContext<Value>({ mode: 'system', dark: false, setMode: () => undefined });

/** The theme in force, and how to change it. */
export const useMode = () => useContext(Context);

/** Reads a stored choice; anything unknown is "system". */
export function parseMode(s: string | null): Mode {
  return s === 'light' || s === 'dark' ? s : 'system';
}

function useSystemDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const listen = () => setDark(query.matches);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  return dark;
}

export function ModeProvider({ children }: { children: ReactNode }) {
  const [mode, setMode] = useState<Mode>(() => parseMode(localStorage.getItem(storageKey)));
  const system = useSystemDark();
  const dark = mode === 'system' ? system : mode === 'dark';

  useEffect(() => {
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [dark]);

  const value = useMemo<Value>(
    () => ({
      mode,
      dark,
      setMode: (m) => {
        if (m === 'system') localStorage.removeItem(storageKey);
        else localStorage.setItem(storageKey, m);
        setMode(m);
      },
    }),
    [mode, dark],
  );
  return <Context.Provider value={value}>{children}</Context.Provider>;
}
