import { Toast, ToastBody, Toaster, ToastTitle, useId, useToastController, type ToastIntent } from '@fluentui/react-components';
import { createContext, useContext, useMemo, type ReactNode } from 'react';
import { useExplain } from './explain';

interface Notify {
  (intent: ToastIntent, title: string, text?: string): void;
}

const Context = createContext<Notify>(() => undefined);

/** A place for short messages at the window's lower right corner. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const id = useId('toast');
  const { dispatchToast } = useToastController(id);
  const notify = useMemo<Notify>(
    () => (intent, title, text) =>
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {text && <ToastBody>{text}</ToastBody>}
        </Toast>,
        { intent, timeout: intent === 'error' ? 10_000 : 4000, pauseOnHover: true, pauseOnWindowBlur: true },
      ),
    [dispatchToast],
  );
  return (
    <Context.Provider value={notify}>
      {children}
      <Toaster toasterId={id} position="bottom-end" />
    </Context.Provider>
  );
}

/** Shows a short message. */
export const useNotify = () => useContext(Context);

/** Shows a failed call as a message. */
export function useNotifyFailure() {
  const notify = useNotify();
  const explain = useExplain();
  return (error: unknown) => {
    const { title, text } = explain(error);
    notify('error', title, text);
  };
}
