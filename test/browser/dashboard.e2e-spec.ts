import { type Browser, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.js';
import { checkoutOrder, costing, enterAtDoku, happens } from '../support/checkouts.js';
import { makeKey } from '../support/keys.js';
import { chatOrder, type PaymentHands, paymentHands } from '../support/payments.js';
import { DOKU_TEMPLATE, person, startWorld, viaDoku, type World } from '../support/world.js';

/** In India; Exotel refuses what goes there (docs/simulator.md). */
const REFUSED_NUMBER = '+918120000404';

let world: World;
let browser: Browser;
let payments: PaymentHands;
beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld({ wappin: false, exotel: {} }), launchBrowser()]);
  payments = paymentHands(world.ask);
  await enterAtDoku(world, world.doku.id);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** The dashboard, opened with a new key of this scope; `change` is made in what it is answered. */
async function openWith(
  scope: 'READ' | 'SEND',
  change?: (answer: string) => string,
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()} ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  if (change) {
    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: change(await response.text()) });
    });
  }
  const key = await makeKey(world.call, [scope]);
  await page.goto(world.gateway.url);
  await page.getByLabel('API key').fill(key.secret);
  await page.keyboard.press('Enter');
  await page.getByText('Live', { exact: true }).waitFor();
  return { page, complaints };
}

/** Where a payment is listed, and its line. */
function listed(page: Page, referenceId: string): { readonly item: Locator; readonly line: Locator } {
  const section = page.getByRole('region', { name: 'Payments' });
  // Not the lines of its own timeline.
  const item = section.locator('ul > li').filter({ hasText: new RegExp(`${referenceId}(?!\\d)`) });
  return { item, line: item.locator('summary') };
}

it('the dashboard opens with a key, shows a message that is sent meanwhile, and has nothing to complain of', async () => {
  const { page, complaints } = await openWith('READ');
  const sent = await world.send(viaDoku(person(1)));
  const message = page.getByRole('listitem').filter({ hasText: sent.to });
  await message.getByText('SUBMITTED', { exact: true }).waitFor();
  await message.getByText(sent.to).click();
  await message.getByRole('paragraph').filter({ hasText: 'Halo Budi, pesanan A-17' }).waitFor();
  expect(complaints).toEqual([]);
});

it('a payment comes while the dashboard is open, and becomes PAID there', async () => {
  const { page, complaints } = await openWith('READ');
  const linkTemplate = { name: DOKU_TEMPLATE, params: ['Sri', 'A-18'] };
  const asked = await payments.create(checkoutOrder(costing(3_000_000_000), { linkTemplate }));
  const { item, line } = listed(page, asked.referenceId);
  await line.getByText('PENDING', { exact: true }).waitFor();
  expect(await line.innerText()).toContain('Rp3.000.000.000');
  expect(await line.innerText()).toContain(`${asked.to} by link`);

  await line.click();
  const link = item.getByRole('link', { name: asked.checkoutUrl, exact: true });
  expect(await link.getAttribute('href')).toBe(asked.checkoutUrl);
  expect(await link.getAttribute('rel')).toContain('noopener');

  await happens(world, 'pay', asked.referenceId, { channel: 'VIRTUAL_ACCOUNT_BCA' });
  await line.getByText('PAID', { exact: true }).waitFor();
  const timeline = item.getByRole('list', { name: 'Timeline' }).getByRole('listitem');
  await timeline.filter({ hasText: 'notice: PAID Rp3.000.000.000 with VIRTUAL_ACCOUNT_BCA' }).waitFor();
  await timeline
    .filter({ hasText: `message: ${DOKU_TEMPLATE}` })
    .filter({ hasText: 'SUBMITTED' })
    .waitFor();
  expect(complaints).toEqual([]);
});

it('why the message that asks for a payment did not go out is told of the payment', async () => {
  const { page } = await openWith('READ');
  const asked = await payments.create(chatOrder({ to: REFUSED_NUMBER }));
  const { line } = listed(page, asked.referenceId);
  await line.getByText('PROVIDER_REJECTED').waitFor();
  expect(await line.innerText()).toContain(`₹100.00 ${REFUSED_NUMBER} in the chat · order pending`);
  expect(await line.innerText()).toContain('PENDING');
});

it('a person whose key may send says that a notice is right; what a stranger wrote in it is text', async () => {
  const hostile = '<img src=x onerror="throw new Error()">';
  const asked = await payments.create(chatOrder());
  await payments.record(asked.id, { amount: 1, paidWith: hostile });
  const [reading, sending] = await Promise.all([openWith('READ'), openWith('SEND')]);

  const read = listed(reading.page, asked.referenceId);
  await read.line.getByText('AMOUNT_MISMATCH').waitFor();
  await read.line.click();
  await read.item.getByText(`notice: PAID ₹0.01 with ${hostile}`).waitFor();
  expect(await read.item.getByRole('button').count()).toBe(0);

  const { page } = sending;
  const { item, line } = listed(page, asked.referenceId);
  await line.press('Enter');
  await item.getByRole('button', { name: 'It is right' }).press('Enter');
  const question = page.getByRole('dialog', { name: 'It is right' });
  await page.keyboard.type(' ');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await question.getByRole('alert').filter({ hasText: 'INVALID_INPUT at reason' }).waitFor();
  await question.getByLabel('Why it is right').fill('The bank has it.');
  await question.getByRole('button', { name: 'It is right' }).press('Enter');

  await line.getByText('PAID', { exact: true }).waitFor();
  await question.waitFor({ state: 'detached' });
  expect(await line.and(page.locator(':focus')).count()).toBe(1);
  await item.getByText('A person said that it is right').waitFor();
  expect(await item.getByRole('button').count()).toBe(0);
  await read.line.getByText('PAID', { exact: true }).waitFor();
  expect([...reading.complaints, ...sending.complaints]).toEqual([]);
});

it('an address that is none of a page is shown, and leads nowhere', async () => {
  const asked = await payments.create(checkoutOrder());
  const address = 'javascript:alert(1)';
  const { page } = await openWith('READ', (answer) => answer.replaceAll(asked.checkoutUrl, address));
  const { item, line } = listed(page, asked.referenceId);
  await line.click();
  await item.getByText(address).waitFor();
  expect(await item.getByRole('link').count()).toBe(0);
});
