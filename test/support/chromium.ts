import { findOnPath, isProgram } from './programs.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The Chromium of this machine: CHROMIUM_PATH, else one on the PATH. Null where there is none. */
export function findChromium(): string | null {
  const given = process.env['CHROMIUM_PATH'];
  if (given) {
    if (!isProgram(given)) throw new Error('CHROMIUM_PATH names no program.');
    return given;
  }
  return findOnPath(NAMES);
}
