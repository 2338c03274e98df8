import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.js';

it('.env.example lists exactly the settings, in order, each with its meaning and default', async () => {
  const text = await readFile(join(import.meta.dirname, '../../.env.example'), 'utf8');
  const listed = text
    .split('\n')
    .map((line) => /^#? ?([A-Z_]+)=(.*)$/.exec(line))
    .filter((line) => line !== null)
    .map(([, name, value]) => ({ name, default: value }));
  expect(listed).toEqual(SETTINGS.map((setting) => ({ name: setting.name, default: setting.default })));
  for (const { meaning } of SETTINGS) expect(text).toContain(meaning);
});
