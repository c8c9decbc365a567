import { defineConfig } from '@playwright/test';

// The browser is the system's: the runner never downloads one.
const chromium = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'e2e/out/results',
  workers: 1,
  fullyParallel: false,
  timeout: 240_000, // the whole story is one test, and CI machines are busy
  expect: { timeout: 15_000 },
  reporter: [['list']],
  // One project for each file: a project has workers, and with them a gateway, of its own.
  projects: [
    { name: 'first-run', testMatch: 'first-run.spec.ts' },
    { name: 'pages', testMatch: 'pages.spec.ts' },
  ],
  globalSetup: './e2e/build.ts',
  use: {
    viewport: { width: 1366, height: 860 },
    locale: 'en-US',
    timezoneId: 'UTC',
    colorScheme: 'light',
    actionTimeout: 15_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: chromium,
      chromiumSandbox: false,
      args: [
        '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--font-render-hinting=none',
      ],
    },
  },
});
