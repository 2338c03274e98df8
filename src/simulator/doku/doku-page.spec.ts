import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  callDoku,
  type CallbackReceiver,
  dokuControl,
  receiveCallbacks,
} from '../../../test/support/simulator-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';

const HOSTILE = `<script>alert("x")</script>'&`;

describe('the payment page', () => {
  let simulator: Simulator;
  let merchant: CallbackReceiver;
  let at: number;

  beforeEach(async () => {
    at = Date.parse('2024-05-31T16:08:37Z');
    merchant = await receiveCallbacks();
    simulator = await startSimulator({ port: 0, now: () => new Date(at), timers: new ManualTimers() });
    await dokuControl(simulator.url, 'account', {
      notificationUrls: { 'virtual-account': merchant.url, card: merchant.url },
    });
  });
  afterEach(async () => {
    await simulator.stop();
    await merchant.stop();
  });

  /** The address of a page that was made. */
  const opened = async (order: object = {}, more: object = {}): Promise<string> => {
    const body = JSON.stringify({
      order: {
        amount: 3_000_000_000,
        invoice_number: 'INV-1',
        callback_url: 'https://shop.example/?a=1&b="2"',
        ...order,
      },
      payment: { payment_method_types: ['VIRTUAL_ACCOUNT_BCA', 'CREDIT_CARD'] },
      ...more,
    });
    const answer = await callDoku(simulator.url, '/checkout/v1/payment', { body, requestId: crypto.randomUUID() });
    return (answer.body as { response: { payment: { url: string } } }).response.payment.url;
  };
  const seen = async (url: string): Promise<string> => (await fetch(url)).text();
  const stateOf = async (url: string): Promise<string | undefined> => /data-state="(\w+)"/.exec(await seen(url))?.[1];
  /** Presses a button; answers where that leads. */
  const press = async (url: string, channel: string, does: string): Promise<{ status: number; to: string | null }> => {
    const body = new URLSearchParams({ channel, does });
    const { status, headers } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    return { status, to: headers.get('location') };
  };

  it('shows the invoice, the amount as people write it, and the channels of the order', async () => {
    const page = await seen(await opened());
    expect(page).toContain('INV-1');
    expect(page).toContain('Rp3.000.000.000<');
    const channels = [...page.matchAll(/<input type="radio" name="channel" value="(\w+)"/g)].map(([, id]) => id);
    expect(channels).toEqual(['VIRTUAL_ACCOUNT_BCA', 'CREDIT_CARD']);
  });

  it('has nothing from elsewhere, and no script', async () => {
    const response = await fetch(await opened());
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|src=/);
  });

  it('writes nothing of others as markup', async () => {
    const url = await opened(
      { invoice_number: HOSTILE, line_items: [{ name: HOSTILE, price: 3_000_000_000, quantity: 1 }] },
      { customer: { name: HOSTILE } },
    );
    const page = await seen(url);
    expect(page).not.toContain('<script');
    expect(page.match(/&#60;script&#62;alert\(&#34;x&#34;\)&#60;\/script&#62;&#39;&#38;/g)?.length).toBeGreaterThan(2);
    expect(page).toContain('href="https://shop.example/?a=1&#38;b=&#34;2&#34;"');
  });

  it('takes a person from the choice to the payment and back to the shop, and DOKU tells', async () => {
    const url = await opened();
    expect(await stateOf(url)).toBe('choose');
    const asked = await seen(`${url}?channel=VIRTUAL_ACCOUNT_BCA`);
    expect(asked).toMatch(/<input type="hidden" name="channel" value="VIRTUAL_ACCOUNT_BCA">/);
    expect([...asked.matchAll(/name="does" value="(\w+)"/g)].map(([, does]) => does)).toEqual(['pay', 'fail', 'wait']);
    expect(await press(url, 'VIRTUAL_ACCOUNT_BCA', 'pay')).toEqual({ status: 303, to: new URL(url).pathname });
    const result = await seen(url);
    expect(result).toContain('data-state="paid"');
    expect(result).toContain('Back to the shop');
    await merchant.until(1);
    expect(merchant.received[0]?.body).toMatchObject({
      transaction: { status: 'SUCCESS' },
      order: { invoice_number: 'INV-1', amount: 3_000_000_000 },
    });
  });

  it('lets a payment fail and another succeed', async () => {
    const url = await opened();
    await press(url, 'CREDIT_CARD', 'fail');
    expect(await stateOf(url)).toBe('failed');
    expect(await stateOf(`${url}?other`)).toBe('choose');
    await press(url, 'VIRTUAL_ACCOUNT_BCA', 'pay');
    expect(await stateOf(url)).toBe('paid');
    await merchant.until(2);
    expect(merchant.received.map(({ body }) => body.transaction.status).sort()).toEqual(['FAILED', 'SUCCESS']);
  });

  it('lets it wait under a number to pay to, and tells nobody', async () => {
    const url = await opened();
    await press(url, 'VIRTUAL_ACCOUNT_BCA', 'wait');
    const { body } = await dokuControl(simulator.url, 'checkouts');
    const { number } = body.checkouts[0].transactions[0] as { number: string };
    const page = await seen(url);
    expect(page).toContain('data-state="waiting"');
    expect(page).toContain(number);
    expect(await stateOf(`${url}?other`)).toBe('choose');
    await press(url, 'VIRTUAL_ACCOUNT_BCA', 'pay');
    expect(await stateOf(url)).toBe('paid');
    await merchant.until(1);
    expect(merchant.received[0]?.body.virtual_account_info.virtual_account_number).toBe(number);
  });

  it('takes no payment twice', async () => {
    const url = await opened();
    await press(url, 'CREDIT_CARD', 'pay');
    expect(await press(url, 'CREDIT_CARD', 'pay')).toMatchObject({ status: 303 });
    const { body } = await dokuControl(simulator.url, 'checkouts');
    expect(body.checkouts[0].transactions).toHaveLength(1);
  });

  it('shows that the time is over, and takes nothing then', async () => {
    const url = await opened();
    at += 60 * 60_000;
    expect(await stateOf(url)).toBe('expired');
    await press(url, 'CREDIT_CARD', 'pay');
    expect(await stateOf(url)).toBe('expired');
    expect(merchant.received).toEqual([]);
  });

  it('takes one try where the order says so', async () => {
    const url = await opened({ disable_retry_payment: true });
    await press(url, 'CREDIT_CARD', 'fail');
    expect(await seen(url)).not.toContain('Try again');
    await press(url, 'CREDIT_CARD', 'pay');
    expect([await stateOf(url), await stateOf(`${url}?other`)]).toEqual(['failed', 'failed']);
  });

  it('leads back by itself where the order says so, to where the result is awaited', async () => {
    const url = await opened({ auto_redirect: true, callback_url_result: 'https://shop.example/thanks' });
    await press(url, 'CREDIT_CARD', 'pay');
    expect(await seen(url)).toContain('<meta http-equiv="refresh" content="5;url=https://shop.example/thanks">');
  });

  it.each([
    ['a channel that the order has not', 'QRIS', 'pay'],
    ['a deed that there is not', 'CREDIT_CARD', 'steal'],
  ])('takes no %s', async (_what, channel, does) => {
    const url = await opened();
    expect((await press(url, channel, does)).status).toBe(400);
    expect(await stateOf(url)).toBe('choose');
  });

  it('is not there for a token that nobody was given', async () => {
    const response = await fetch(`${simulator.url}/checkout-link-v2/nothing`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('data-state="unknown"');
  });
});
