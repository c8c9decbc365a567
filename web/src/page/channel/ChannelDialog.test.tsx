// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { Channel, ChannelTest, Provider } from '../../api/queries';
import { render } from '../../test/render';
import { problem, serve } from '../../test/server';
import { ChannelDialog } from './ChannelDialog';

const providers: Provider[] = [
  { id: 'openai', name: 'OpenAI', base_url: 'https://api.openai.com', endpoints: ['chat'], key_required: true, key_hint: 'sk-…', docs: '', logo: '/providers/openai.svg' },
];
const saved: Channel = {
  id: 'c1', name: 'main', provider: 'openai', base_url: '', models: [{ name: 'gpt-5' }], groups: ['default'], priority: 0, weight: 1, region: '',
  enabled: true, managed: false, created: '', updated: '', key_count: 1, key_hints: ['…wxyz'],
};
const pong: ChannelTest = {
  ok: true, credential: '…wxyz', endpoint: 'chat', model: 'gpt-5', upstream: 'gpt-5', status: 200, answer: 'pong', latency_ms: 412, first_byte_ms: 300,
};
const common = {
  'GET /api/v1/groups': { body: { items: [{ name: 'default', ratio: '1', managed: false }] } },
  'GET /api/v1/models': { body: { items: [] } },
  'GET /api/v1/channels': { body: { items: [] } },
};
const bodies = (sent: ReturnType<typeof serve>, method: string) => sent.filter((s) => s.method === method).map((s) => s.body);

const type = (label: RegExp, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const click = (text: string) => fireEvent.click(screen.getByText(text));

function fill() {
  type(/^Name/, 'my-openai');
  type(/^API keys/, 'sk-one\nsk-two');
  const models = screen.getByPlaceholderText('Add a model');
  fireEvent.change(models, { target: { value: 'gpt-5' } });
  fireEvent.keyDown(models, { key: 'Enter' });
}

test('an empty form is not sent, and says what is missing', async () => {
  const sent = serve(common);
  render(<ChannelDialog providers={providers} onClose={vi.fn()} />);
  click('Save');
  expect(screen.getByText('Required')).toBeTruthy();
  expect(screen.getByText('This provider needs at least one key')).toBeTruthy();
  expect(screen.getByText('Add at least one model')).toBeTruthy();
  expect(bodies(sent, 'POST')).toEqual([]);
});

test('a new channel is sent as it was typed', async () => {
  const sent = serve({ ...common, 'POST /api/v1/channels': { status: 201, body: saved } });
  const close = vi.fn();
  render(<ChannelDialog providers={providers} onClose={close} />);
  fill();
  click('Save');
  await waitFor(() => expect(close).toHaveBeenCalled());
  expect(bodies(sent, 'POST')).toEqual([{
    name: 'my-openai', provider: 'openai', base_url: '', keys: ['sk-one', 'sk-two'], models: [{ name: 'gpt-5' }], groups: ['default'],
    priority: 0, weight: 1, region: '',
  }]);
});

test("the server's word about a field stands at the field", async () => {
  serve({ ...common, 'POST /api/v1/channels': problem(400, 'invalid_request', 'there is a channel of that name', [{ field: 'name', message: 'there is a channel of that name' }]) });
  const close = vi.fn();
  render(<ChannelDialog providers={providers} onClose={close} />);
  fill();
  click('Save');
  await screen.findByText('there is a channel of that name');
  expect(screen.getByLabelText(/^Name/).getAttribute('aria-invalid')).toBe('true');
  expect(close).not.toHaveBeenCalled();
});

test('a draft is tested before it is saved, also without a name', async () => {
  const sent = serve({ ...common, 'POST /api/v1/channels/test': { body: pong } });
  render(<ChannelDialog providers={providers} onClose={vi.fn()} />);
  fill();
  type(/^Name/, '');
  click('Test');
  const result = await screen.findByText('gpt-5 answered in 412 ms');
  expect(within(result.closest('[role=status]') as HTMLElement).getByText('pong')).toBeTruthy();
  expect(bodies(sent, 'POST')).toMatchObject([{ channel: { name: 'draft', keys: ['sk-one', 'sk-two'] } }]);
});

test('a failed test tells why', async () => {
  serve({
    ...common,
    'POST /api/v1/channels/test': { body: { ...pong, ok: false, status: 401, fault: 'upstream_credential', answer: undefined, message: 'Incorrect API key provided' } },
  });
  render(<ChannelDialog channel={saved} providers={providers} onClose={vi.fn()} />);
  click('Test');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('Vendor refused the key');
  expect(alert.textContent).toContain('HTTP 401');
  expect(alert.textContent).toContain('Incorrect API key provided');
});

test('a change keeps the saved keys unless new ones are given', async () => {
  const sent = serve({ ...common, 'PATCH /api/v1/channels/c1': { body: saved } });
  const close = vi.fn();
  render(<ChannelDialog channel={saved} providers={providers} onClose={close} />);
  expect(screen.getByText(/One key saved \(…wxyz\)/)).toBeTruthy();
  type(/provider's name of gpt-5/, 'gpt-5-2026');
  click('Save');
  await waitFor(() => expect(close).toHaveBeenCalled());
  const body = bodies(sent, 'PATCH')[0] as Record<string, unknown>;
  expect(body).toMatchObject({ models: [{ name: 'gpt-5', upstream: 'gpt-5-2026' }] });
  expect('keys' in body).toBe(false);
});

test('what the configuration file declares can only be looked at and tested', async () => {
  const sent = serve({ ...common, 'POST /api/v1/channels/c1/test': { body: pong } });
  render(<ChannelDialog channel={{ ...saved, managed: true }} providers={providers} onClose={vi.fn()} />);
  expect(screen.queryByText('Save')).toBeNull();
  expect(screen.getByText(/declared in the configuration file/)).toBeTruthy();
  expect(screen.getByLabelText(/^Name/).hasAttribute('readonly')).toBe(true);
  click('Test');
  await screen.findByText('pong');
  expect(bodies(sent, 'POST')).toEqual([{}]);
});
