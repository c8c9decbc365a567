import type { APIRequestContext, Page } from '@playwright/test';
import path from 'node:path';
import { accessible } from './axe';
import { expect, test } from './gateway';

// Every page with something on it, in each look: judged by axe, and photographed into e2e/out for
// people to look at.
const looks = [
  { name: 'light', scheme: 'light', language: 'en' },
  { name: 'dark', scheme: 'dark', language: 'en' },
  { name: 'light-zh', scheme: 'light', language: 'zh-CN' },
] as const;

const owner = { username: 'admin', password: 'correct horse battery' };
const shots = path.join(import.meta.dirname, 'out');

async function post<T>(request: APIRequestContext, url: string, data: unknown): Promise<T> {
  const response = await request.post(`/api/v1${url}`, { data });
  expect(response.ok(), `${url}: ${await response.text()}`).toBe(true);
  return (await response.json()) as T;
}

/** Fills the gateway with channels, keys, users and calls, some of which fail. */
async function seed(request: APIRequestContext, url: string, vendor: string) {
  await post(request, '/setup', owner);
  const channel = (name: string, provider: string, models: object[], more: object = {}) =>
    post<{ id: string }>(request, '/channels', { name, provider, base_url: vendor, keys: ['sk-vendor-0123456789'], models, ...more });
  await channel('openai-main', 'openai', [{ name: 'gpt-5-mini' }, { name: 'gpt-5' }, { name: 'slow', upstream: 'fake-slow' }]);
  await channel('openai-flaky', 'openai', [{ name: 'gpt-5-mini', upstream: 'fake-500' }], { priority: 10, region: 'us' });
  await channel('claude-team', 'anthropic', [{ name: 'claude-sonnet-4-5' }], { weight: 10 });
  await channel('a-local-server-with-a-rather-long-name', 'openai-compatible', [{ name: 'qwen3-32b' }], { enabled: false });
  const key = await post<{ secret: string }>(request, '/keys', { name: 'laptop', unlimited: true });
  await post(request, '/keys', { name: 'ci-pipeline', limit: '2.5', models: ['gpt-5-mini', 'gpt-5'], expires: '2099-01-01T00:00:00Z' });
  await post(request, '/users', { username: 'alice', password: 'another long password', balance: '10' });

  const headers = { Authorization: `Bearer ${key.secret}` };
  const call = (model: string, stream: boolean) =>
    request.post(`${url}/v1/chat/completions`, { headers, data: { model, stream, messages: [{ role: 'user', content: 'Reply with the word: pong' }] } });
  for (let i = 0; i < 6; i++) await call(i % 3 ? 'gpt-5-mini' : 'gpt-5', i % 2 === 0);
  await call('no-such-model', false);
  await request.post(`${url}/v1/messages`, {
    headers, data: { model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] },
  });
}

async function shoot(page: Page, name: string) {
  await page.screenshot({ path: path.join(shots, `${name}.png`), animations: 'disabled' });
}

test.beforeAll(async ({ playwright, gateway }) => {
  const request = await playwright.request.newContext({ baseURL: gateway.url });
  await seed(request, gateway.url, gateway.vendor);
  await request.dispose();
});

for (const look of looks) {
  test(`every page is accessible and complete, ${look.name}`, async ({ page }) => {
    test.setTimeout(240_000);
    const faults: string[] = [];
    page.on('pageerror', (err) => faults.push(err.message));
    page.on('console', (m) => m.type() === 'error' && !/status of 40[14]/.test(m.text()) && faults.push(m.text()));
    await page.emulateMedia({ colorScheme: look.scheme });
    await page.addInitScript((language) => localStorage.setItem('burncloud.language', language), look.language);
    const visit = async (name: string, to: string, ready: () => Promise<unknown>) => {
      await page.goto(to);
      await ready();
      await accessible(page, `${name}, ${look.name}`);
      await shoot(page, `${name}-${look.name}`);
    };
    const rows = (n: number) => () => expect.poll(() => page.getByRole('row').count()).toBeGreaterThan(n);
    const dialog = () => expect(page.getByRole('dialog')).toBeVisible();

    await visit('login', '/login', () => expect(page.getByRole('main')).toBeVisible());
    await page.request.post('/api/v1/session', { data: owner });
    await visit('overview', '/', () => expect(page.getByRole('main').getByRole('table')).toBeVisible());
    await visit('channels', '/channels', rows(4));
    await visit('channel-new', '/channels?edit=new', dialog);
    await page.goto('/channels');
    await page.getByRole('row', { name: /openai-main/ }).click();
    await dialog();
    await accessible(page, `channel, ${look.name}`);
    await shoot(page, `channel-${look.name}`);
    await visit('keys', '/keys', rows(2));
    await visit('key-new', '/keys?create=true', dialog);
    await visit('logs', '/logs', rows(6));
    await page.getByRole('row').filter({ hasText: 'openai-main' }).last().click();
    await dialog();
    await expect(page.getByRole('dialog').getByRole('listitem')).not.toHaveCount(0);
    await accessible(page, `detail, ${look.name}`);
    await shoot(page, `detail-${look.name}`);
    await visit('logs-none', '/logs?model=nothing-like-it', () => expect(page.getByRole('main').getByRole('button').last()).toBeVisible());
    await visit('users', '/users', rows(2));
    await visit('settings', '/settings', () => expect(page.getByRole('main').locator('dl')).toBeVisible());
    expect(faults).toEqual([]);
  });
}

test('a narrow window has the rail and does not scroll sideways', async ({ page }) => {
  await page.setViewportSize({ width: 900, height: 700 });
  await page.goto('/login');
  await page.request.post('/api/v1/session', { data: owner });
  for (const to of ['/', '/channels', '/keys', '/logs', '/users', '/settings']) {
    await page.goto(to);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Expand navigation' })).toBeVisible();
    const wide = await page.evaluate(() => {
      const main = document.querySelector('main')!;
      return main.scrollWidth > main.clientWidth || document.documentElement.scrollWidth > innerWidth;
    });
    expect(wide, `${to} scrolls sideways`).toBe(false);
  }
  await shoot(page, 'settings-narrow');
});

test('the keyboard alone reaches and works the console', async ({ page }) => {
  await page.goto('/login');
  await page.request.post('/api/v1/session', { data: owner });
  await page.goto('/keys');
  await expect(page.getByRole('heading', { name: 'Keys' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('toolbar').getByRole('button', { name: 'Create key' })).toBeFocused();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Create a key' });
  await expect(dialog.getByLabel('Name', { exact: false }).first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('toolbar').getByRole('button', { name: 'Create key' })).toBeFocused();
});

test('a member sees only what is theirs', async ({ page }) => {
  await page.goto('/login');
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password').fill('another long password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Channels' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Keys' }).click();
  await expect(page.getByText('No keys yet')).toBeVisible();
  await page.getByRole('link', { name: 'Request log' }).click();
  await expect(page.getByText('No requests yet')).toBeVisible();
});

test('when the gateway does not answer, the page says so and tries again', async ({ page }) => {
  await page.goto('/login');
  await page.request.post('/api/v1/session', { data: owner });
  await page.route('**/api/v1/channels', (route) => route.abort());
  await page.goto('/channels');
  await expect(page.getByText('The gateway does not answer')).toBeVisible();
  await page.unroute('**/api/v1/channels');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('row', { name: /openai-main/ })).toBeVisible();
});
