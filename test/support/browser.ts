import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './chromium.js';

/** Nothing of its own on the line, and nothing that a machine without a screen lacks. */
const QUIETLY = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the machine's Chromium, with an empty profile that goes with it. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('No Chromium was found; vitest.config.ts should have left this file out.');
  // As root it refuses to start in its sandbox.
  return chromium.launch({ executablePath, headless: true, chromiumSandbox: process.getuid?.() !== 0, args: QUIETLY });
}
