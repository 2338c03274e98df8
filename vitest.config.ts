import { createRequire } from 'node:module';
import { configDefaults, defineConfig } from 'vitest/config';
import { findChromium } from './test/support/chromium.js';

const BROWSER = 'test/browser/**';
const hasBrowser = findChromium() !== null;
if (!hasBrowser) console.log(`Without ${BROWSER}: no Chromium is at CHROMIUM_PATH or on the PATH.`);

export default defineConfig({
  resolve: {
    // Node takes the file that `main` names and Vite the one that `module` names: two copies, whose types are not each
    // other's instances.
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }],
  },
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.spec.ts', 'test/**/*.e2e-spec.ts'],
    exclude: hasBrowser ? configDefaults.exclude : [...configDefaults.exclude, BROWSER],
    environment: 'node',
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
