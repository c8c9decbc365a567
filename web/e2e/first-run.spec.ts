import OpenAI from 'openai';
import { accessible } from './axe';
import { expect, test } from './gateway';

// The whole first-run story, as a person with a fresh gateway lives it: set up, add a channel, test
// it, create a key, let an unmodified SDK chat, and see in the log what it cost.
test('from an empty gateway to the first answer and its cost', async ({ page, gateway }) => {
  const model = 'gpt-5-mini';

  await test.step('the owner is created', async () => {
    await page.goto('/');
    await expect(page).toHaveURL(/\/setup$/);
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await expect(page.getByText('At least 8 characters', { exact: true })).toBeVisible();
    await page.getByLabel('Password', { exact: false }).first().fill('correct horse battery');
    await page.getByLabel('Repeat the password').fill('correct horse battery');
    await accessible(page, 'setup');
    await page.getByRole('button', { name: 'Create and sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Get started' })).toBeVisible();
    await accessible(page, 'the guide');
  });

  await test.step('a channel is added, tested before it is saved', async () => {
    await page.getByRole('main').getByRole('button', { name: 'Add channel' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a channel' });
    await dialog.getByLabel('Name', { exact: false }).first().fill('my-openai');
    await dialog.getByLabel('Base URL').fill(gateway.vendor);
    await dialog.getByLabel('API keys').fill('sk-vendor-secret');
    const models = dialog.getByRole('combobox', { name: 'Models' });
    await models.fill(model);
    await page.getByRole('option', { name: new RegExp(`^${model}\\b`) }).first().click();
    await expect(dialog.getByRole('list', { name: 'Models' })).toContainText(model);
    await dialog.getByRole('button', { name: 'Test' }).click();
    await expect(dialog.getByText(new RegExp(`${model} answered in`))).toBeVisible();
    await accessible(page, 'the channel dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('row', { name: /my-openai/ })).toContainText('Enabled');
  });

  await test.step('the saved channel is tested from the list', async () => {
    const row = page.getByRole('row', { name: /my-openai/ });
    await row.getByRole('checkbox').check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Test' }).click();
    await expect(row.getByRole('button', { name: /^[\d.,]+ m?s$/ })).toBeVisible();
  });

  let secret = '';
  await test.step('a key is created, its secret shown once', async () => {
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('main').getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('dialog').getByLabel('Name', { exact: false }).first().fill('laptop');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    const ready = page.getByRole('alertdialog', { name: 'Key laptop is ready' });
    secret = await ready.getByLabel('Secret').inputValue();
    expect(secret).toMatch(/^sk-/);
    await expect(ready.getByRole('region', { name: 'Example in curl' })).toContainText(`curl ${gateway.url}/v1/chat/completions`);
    await expect(ready.getByRole('region', { name: 'Example in curl' })).toContainText(`"model": "${model}"`);
    await accessible(page, 'the secret');
    await ready.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByRole('row', { name: /laptop/ })).toContainText('Never used');
    await page.reload();
    await expect(page.getByRole('row', { name: /laptop/ })).toBeVisible();
    expect(await page.content()).not.toContain(secret);
  });

  await test.step('an unmodified OpenAI SDK chats, streaming and not', async () => {
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: secret });
    const messages = [{ role: 'user' as const, content: 'Reply with the word: pong' }];
    const answer = await client.chat.completions.create({ model, messages });
    expect(answer.choices[0]?.message.content).toBeTruthy();
    let streamed = '';
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      streamed += chunk.choices[0]?.delta?.content ?? '';
    }
    expect(streamed).toBe(answer.choices[0]?.message.content);
    await expect(client.chat.completions.create({ model: 'no-such-model', messages })).rejects.toMatchObject({ status: 404 });
  });

  await test.step('the log shows the calls with tokens, cost, channel and latency', async () => {
    await page.getByRole('link', { name: 'Request log' }).click();
    const table = page.getByRole('table', { name: 'Request log' });
    const served = table.getByRole('row').filter({ hasText: 'my-openai' });
    await expect(served).toHaveCount(2);
    await expect(served.filter({ hasText: 'stream' })).toHaveCount(1);
    for (const row of await served.all()) {
      await expect(row).toContainText('200');
      await expect(row).toContainText(model);
      await expect(row).toContainText('laptop');
      await expect(row).toContainText(/\$0\.0*[1-9]/);
      await expect(row).toContainText(/\d m?s/);
      await expect(row).toContainText(/[1-9]\d* ↑ [1-9]\d* ↓/);
    }
    await expect(table.getByRole('row').filter({ hasText: 'no-such-model' })).toContainText('404');
    await accessible(page, 'the log');

    await page.getByRole('combobox', { name: 'Status' }).click();
    await page.getByRole('option', { name: 'Succeeded' }).click();
    await expect(page).toHaveURL(/status=ok/);
    await expect(table.getByRole('row').filter({ hasText: 'no-such-model' })).toHaveCount(0);
    await expect(served).toHaveCount(2);
  });

  await test.step('the detail tells the whole story of one call', async () => {
    await page.getByRole('table').getByRole('row').filter({ hasText: 'stream' }).getByRole('button').first().click();
    const detail = page.getByRole('dialog', { name: 'Request' });
    await expect(detail).toContainText('my-openai');
    await expect(detail).toContainText('Gateway overhead');
    await expect(detail.getByRole('row', { name: /^Input/ })).toBeVisible();
    await expect(detail.getByRole('row', { name: /^Cost/ })).toContainText('$0.0');
    await expect(detail.getByRole('listitem')).toHaveCount(1);
    await accessible(page, 'the detail');
    await page.keyboard.press('Escape');
    await expect(detail).toBeHidden();
  });

  await test.step('the overview has counted them', async () => {
    await page.getByRole('link', { name: 'Overview' }).click();
    await expect(page.getByRole('heading', { name: 'Top models' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Get started' })).toBeHidden();
    await expect(page.getByRole('main')).toContainText(/\$0\.0*[1-9]/);
    await accessible(page, 'the overview');
  });

  await test.step('a disabled key is refused at once, a deleted channel is gone', async () => {
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByRole('button', { name: 'More for laptop' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await expect(page.getByRole('row', { name: /laptop/ })).toContainText('Disabled');
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: secret });
    await expect(client.models.list()).rejects.toMatchObject({ status: 401 });

    await page.getByRole('link', { name: 'Channels' }).click();
    await page.getByRole('button', { name: 'More for my-openai' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const ask = page.getByRole('alertdialog', { name: 'Delete channel my-openai?' });
    await accessible(page, 'the question before deleting');
    await ask.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByText('No channels yet')).toBeVisible();
  });

  await test.step('signing out and in again', async () => {
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await page.goto('/keys');
    await expect(page).toHaveURL(/\/login/);
    await accessible(page, 'the login');
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password').fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('The username or the password is wrong.')).toBeVisible();
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Keys' })).toBeVisible();
  });
});
