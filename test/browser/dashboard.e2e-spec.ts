import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.js';
import { makeKey } from '../support/keys.js';
import { person, startWorld, viaDoku, type World } from '../support/world.js';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld({ wappin: false }), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

it('the dashboard opens with a key, shows a message that is sent meanwhile, and has nothing to complain of', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()} ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  const key = await makeKey(world.call, ['READ']);
  await page.goto(world.gateway.url);
  await page.getByLabel('API key').fill(key.secret);
  await page.keyboard.press('Enter');
  await page.getByText('Live', { exact: true }).waitFor();

  const sent = await world.send(viaDoku(person(1)));
  const message = page.getByRole('listitem').filter({ hasText: sent.to });
  await message.getByText('SUBMITTED', { exact: true }).waitFor();
  await message.getByText(sent.to).click();
  await message.getByRole('paragraph').filter({ hasText: 'Halo Budi, pesanan A-17' }).waitFor();
  expect(complaints).toEqual([]);
});
