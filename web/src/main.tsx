import './guard';
import { FluentProvider } from '@fluentui/react-components';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from './api/cache';
import { ToastProvider } from './component/toast';
import { startLanguage } from './i18n/language';
import { createAppRouter } from './router';
import './theme/global.css';
import { ModeProvider, useMode } from './theme/mode';
import { dark, light } from './theme/theme';

const client = createClient((signedOut) => {
  if (signedOut && !['/login', '/setup'].includes(router.state.location.pathname)) {
    void router.navigate({ to: '/login', search: { next: router.state.location.href } });
  }
});
const router = createAppRouter(client);

function App() {
  const { dark: isDark } = useMode();
  return (
    <FluentProvider theme={isDark ? dark : light}>
      <ToastProvider>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </ToastProvider>
    </FluentProvider>
  );
}

await startLanguage();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <ModeProvider>
      <App />
    </ModeProvider>
  </StrictMode>,
);
