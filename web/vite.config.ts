import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the console with hot reload and sends the API to a running gateway.
const gateway = process.env.BURNCLOUD_SERVER ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': gateway, '/v1': gateway, '/healthz': gateway } },
  build: {
    // Committed and embedded: no source maps, names by content hash, so the same input gives the same bytes.
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    target: 'es2022',
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        // Libraries in files of their own: they stay the same, and cached, when only the console changes.
        codeSplitting: {
          groups: [
            { name: 'chart', test: /node_modules[\\/]uplot/ },
            { name: 'fluent', test: /node_modules[\\/](@fluentui|@griffel|tabster|keyborg|@floating-ui|@swc|stylis|rtl-css-js|embla-carousel)/ },
            { name: 'react', test: /node_modules/ },
          ],
        },
      },
    },
  },
  test: {
    environment: 'node', // a test that renders asks for jsdom in its first line
    testTimeout: 20_000, // rendering is slow while a machine builds other things
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
  },
});
