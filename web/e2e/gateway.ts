import { test as base } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A running gateway with an empty data directory, and a fake vendor to call. */
export interface Gateway {
  url: string;
  vendor: string;
}

/** Every worker, and so every project of playwright.config.ts, has a gateway and a vendor of its own. */
export const test = base.extend<object, { gateway: Gateway }>({
  gateway: [
    async ({}, use) => {
      const dir = mkdtempSync(path.join(tmpdir(), 'burncloud-e2e-'));
      const vendor = start('FAKEVENDOR_BIN', ['-stdin'], dir);
      const vendorURL = await firstLine(vendor);
      const port = await freePort();
      const gateway = start('BURNCLOUD_BIN', ['serve', '--listen', `127.0.0.1:${port}`, '--data-dir', path.join(dir, 'data')], dir);
      const url = `http://127.0.0.1:${port}`;
      try {
        await ready(gateway, url);
        await use({ url, vendor: vendorURL });
      } finally {
        await stop(gateway);
        await stop(vendor);
        rmSync(dir, { recursive: true, force: true });
      }
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  baseURL: async ({ gateway }, use) => use(gateway.url),
});

export { expect } from '@playwright/test';

interface Running extends ChildProcess {
  log?: string;
}

function start(variable: string, args: string[], cwd: string): Running {
  // Nothing of this shell's own settings may reach the gateway under test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BURNCLOUD_')));
  const child: Running = spawn(process.env[variable]!, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (b: Buffer) => { child.log += b.toString(); });
  return child;
}

async function firstLine(child: Running): Promise<string> {
  return wait(child, 'its address', () => {
    const line = child.log?.split('\n', 2);
    return line && line.length > 1 ? line[0]!.trim() : undefined;
  });
}

async function ready(child: Running, url: string): Promise<void> {
  await wait(child, url, async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok || undefined);
}

async function wait<T>(child: Running, what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended (${child.exitCode}) before ${what}:\n${child.log}`);
    if (Date.now() > deadline) throw new Error(`${child.spawnfile} did not get to ${what} in time:\n${child.log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop(child: Running): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(killer);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
