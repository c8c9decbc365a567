import { FluentProvider } from '@fluentui/react-components';
import { QueryClientProvider } from '@tanstack/react-query';
import { render as mount } from '@testing-library/react';
import type { ReactNode } from 'react';
import { createClient } from '../api/cache';
import { ToastProvider } from '../component/toast';
import { light } from '../theme/theme';

/** Renders within what the application gives to every page. */
export function render(node: ReactNode) {
  const client = createClient(() => undefined);
  return mount(
    <FluentProvider theme={light}>
      <ToastProvider>
        <QueryClientProvider client={client}>{node}</QueryClientProvider>
      </ToastProvider>
    </FluentProvider>,
  );
}
