// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { NewKey } from '../../api/queries';
import { render } from '../../test/render';
import { serve } from '../../test/server';
import { KeyDialog } from './KeyDialog';
import { SecretDialog } from './SecretDialog';

const created: NewKey = {
  id: 'k1', name: 'demo', user_id: 'u1', username: 'admin', prefix: 'sk-bc-Ab3d', models: [], enabled: true, unlimited: false, limit: '2.5', spent: '0',
  managed: false, created: '', secret: 'sk-bc-secret',
};
const routes = {
  'GET /api/v1/me': { body: { user: { id: 'u1', username: 'admin', role: 'owner' }, via: 'session' } },
  'GET /api/v1/users': { body: { items: [{ id: 'u1', username: 'admin' }] } },
  'GET /api/v1/models': { body: { items: [{ id: 'gpt-5', provider: 'openai', channels: [] }] } },
  'GET /api/v1/keys': { body: { items: [] } },
  'POST /api/v1/keys': { status: 201, body: created },
};

test('a limited key is created and handed on with its secret', async () => {
  const sent = serve(routes);
  const onCreated = vi.fn();
  render(<KeyDialog onCreated={onCreated} onClose={vi.fn()} />);
  fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'demo' } });
  fireEvent.click(screen.getByLabelText('Up to an amount'));
  fireEvent.click(screen.getByText('Create'));
  expect(screen.getByText('An amount in USD, such as 10 or 0.50')).toBeTruthy();
  fireEvent.change(screen.getByLabelText(/^Limit in USD/), { target: { value: '2.5' } });
  fireEvent.click(screen.getByText('Create'));
  await waitFor(() => expect(onCreated).toHaveBeenCalledWith(created));
  expect(sent.find((s) => s.method === 'POST')?.body).toEqual({ name: 'demo', models: [], unlimited: false, limit: '2.5' });
});

test('the secret is shown with a ready request', async () => {
  serve(routes);
  const onClose = vi.fn();
  render(<SecretDialog created={created} onClose={onClose} />);
  expect((screen.getByLabelText('Secret') as HTMLInputElement).value).toBe('sk-bc-secret');
  await waitFor(() => expect(screen.getByRole('region', { name: 'Example in curl' }).textContent).toContain('"model": "gpt-5"'));
  expect(screen.getByRole('region', { name: 'Example in curl' }).textContent).toContain('Bearer sk-bc-secret');
  fireEvent.click(screen.getByText('Done'));
  expect(onClose).toHaveBeenCalled();
});
