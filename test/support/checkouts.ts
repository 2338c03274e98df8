/** Payments by DOKU Checkout: DOKU's back office, the person on the page, and what DOKU tells of it and is asked. */
import { type DokuStatus } from '../../src/simulator/doku/doku-checkouts.js';
import { type SentNotice } from '../../src/simulator/doku/doku-notifier.js';
import { type LedgerCall } from '../../src/simulator/ledger.js';
import { newReference } from './payments.js';
import { dokuControl } from './simulator-peers.js';
import { addTemplate, DOKU_CREDENTIALS, person, type World } from './world.js';

/** Two values at Wappin: a name and the link. */
export const LINK_TEMPLATE = 'invoice_link';
/** Three values at Wappin: a name, the order's number and the amount. */
export const RECEIPT_TEMPLATE = 'invoice_paid';
/** One value at Wappin. */
export const SHIPPED_TEMPLATE = 'invoice_shipped';
export const RECEIPT = { template: { name: RECEIPT_TEMPLATE, params: ['Sri'] } };
export const LINK = { linkTemplate: { name: LINK_TEMPLATE, params: ['Sri'] } };

/** What an order costs where nothing else is said, in rupiah. */
export const PRICE = 150_000;

export type Entries = Readonly<Record<string, string>>;

type Simulated = Pick<World, 'simulator' | 'quiet'>;

/** Makes the three templates, there and at Wappin. */
export async function addCheckoutTemplates({ call, simulator, wappin: account }: World): Promise<void> {
  const templates = {
    [LINK_TEMPLATE]: 'Halo {{1}}, bayar di sini: {{2}} dengan cara yang Anda suka.',
    [RECEIPT_TEMPLATE]: 'Halo {{1}}, pembayaran {{2}} sebesar {{3}} sudah kami terima.',
    [SHIPPED_TEMPLATE]: 'Halo {{1}}, pesanan Anda dikirim.',
  };
  for (const [name, body] of Object.entries(templates)) {
    simulator.configure({ templates: [{ kind: 'WAPPIN', name, params: body.match(/\{\{/g)?.length ?? 0 }] });
    await addTemplate(call, { name, body, account });
  }
}

/** An account's callback URLs by the last part of their topics, as the back office calls its fields. */
export async function callbackUrlsOf(
  ask: World['ask'],
  id: string,
): Promise<readonly { readonly topic: string; readonly url: string; readonly problems: readonly string[] }[]> {
  const { providerAccount } = await ask(
    'query ($id: ID!) { providerAccount(id: $id) { callbackUrls { topic url problems } } }',
    { id },
  );
  return providerAccount.callbackUrls;
}

/** Enters an account's callback URLs at DOKU, and DOKU's public key here, as a person does in two back offices. */
export async function enterAtDoku(
  { ask, simulator }: Pick<World, 'ask' | 'simulator'>,
  id: string,
  clientId = DOKU_CREDENTIALS.clientId,
): Promise<Entries> {
  const urls = await callbackUrlsOf(ask, id);
  const notificationUrls = Object.fromEntries(urls.map(({ topic, url }) => [topic.split('/').at(-1), url]));
  const { publicKey } = await atDoku(simulator.url, 'account', { account: clientId, notificationUrls });
  await ask(
    `mutation ($id: ID!, $credentials: JSONObject!) {
      updateProviderAccount(id: $id, input: { credentials: $credentials }) { __typename }
    }`,
    { id, credentials: { dokuPublicKey: publicKey } },
  );
  return notificationUrls as Entries;
}

/** From now on DOKU notifies nobody, as where nobody has entered an address. */
export async function leaveOutAtDoku({ simulator }: Pick<World, 'simulator'>): Promise<void> {
  const account = { account: DOKU_CREDENTIALS.clientId };
  const { notificationUrls } = await atDoku(simulator.url, 'account', account);
  const none = Object.fromEntries(Object.keys(notificationUrls).map((entry) => [entry, null]));
  await atDoku(simulator.url, 'account', { ...account, notificationUrls: none });
}

/** A call of the back office, or of a person. Throws where the simulator does not understand it. */
export async function atDoku(baseUrl: string, what: string, input?: object): Promise<any> {
  const { status, body } = await dokuControl(baseUrl, what, input);
  if (status !== 200) throw new Error(`The simulator refused ${what}: ${body.message}`);
  return body;
}

let people = 0;
/** An order of one thing by a page, for a person and with a reference of its own; nothing is sent. */
export function checkoutOrder(
  more: Record<string, unknown> = {},
  checkout: Record<string, unknown> = {},
): Record<string, unknown> & { readonly referenceId: string; readonly to: string } {
  return {
    ...{ referenceId: newReference(), to: person(++people), currency: 'IDR' },
    order: { goods: 'DIGITAL_GOODS', items: [{ retailerId: 'kopi', name: 'Kopi Gayo', amount: PRICE, quantity: 1 }] },
    via: { checkout },
    ...more,
  };
}

/** An order of one thing that costs so much. */
export const costing = (amount: number): Record<string, unknown> => ({
  order: { goods: 'DIGITAL_GOODS', items: [{ retailerId: 'kopi', name: 'Kopi Gayo', amount, quantity: 1 }] },
});

/** What was made to happen at DOKU, and how its notices were taken. */
export interface Happened {
  readonly transaction: { readonly channel: string; readonly reference: string; readonly at: string } | null;
  readonly note: string | null;
  readonly posted: readonly SentNotice[];
}

type Act = 'pay' | 'fail' | 'wait' | 'expire' | 'refund' | 'resend';

/** The person does it, or DOKU, and DOKU's notice is read. */
export async function happens(
  { simulator, quiet }: Simulated,
  act: Act,
  invoice: string,
  more: Record<string, unknown> = {},
): Promise<Happened> {
  const happened = await atDoku(simulator.url, act, { invoice, ...more });
  await quiet();
  return happened;
}

/** Posts a notice that nobody is behind, for DOKU’s account of the tests or another one, and lets it be read. */
export async function postNotice(
  { simulator, quiet }: Simulated,
  body: string | object,
  more: Record<string, unknown>,
): Promise<SentNotice> {
  const { posted } = await atDoku(simulator.url, 'notice', { account: DOKU_CREDENTIALS.clientId, body, ...more });
  await quiet();
  return posted[0];
}

/** A notice of a virtual account of BCA, in the words of DOKU’s sample. */
export const virtualAccountNotice = (
  invoice_number: string,
  status: DokuStatus,
  { amount = PRICE, reference = '6769200', order = {} }: { amount?: unknown; reference?: string; order?: object } = {},
): object => ({
  service: { id: 'VIRTUAL_ACCOUNT' },
  acquirer: { id: 'BCA' },
  channel: { id: 'VIRTUAL_ACCOUNT_BCA' },
  transaction: { status, date: '2026-03-01T09:00:00Z', original_request_id: 'fdb69f47-96da-499d-acec-7cdc318ab2fe' },
  order: { invoice_number, amount, ...order },
  virtual_account_info: { virtual_account_number: '1900600000000046' },
  virtual_account_payment: { identifer: [{ name: 'REFERENCE', value: reference }] },
});

/** The order of an invoice as DOKU has it; undefined where it has none. */
export const orderAtDoku = async ({ simulator }: Pick<World, 'simulator'>, invoice: string): Promise<any> =>
  (await atDoku(simulator.url, `checkouts?invoice=${invoice}`)).checkouts[0];

/** What DOKU was asked for in its payments, oldest first. */
export const callsToDoku = ({ simulator }: Pick<World, 'simulator'>, path: string): LedgerCall[] =>
  simulator.ledger
    .calls({ kind: 'DOKU' })
    .filter((call) => call.path.startsWith(path))
    .reverse();

export const CHECKOUT = '/checkout/v1/payment';
export const STATUS = '/orders/v1/status/';

/** How many notices had this result so far, as Prometheus is told. */
export async function countedNotices({ gateway }: Pick<World, 'gateway'>, result: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const line = new RegExp(`^kurir_payment_notices_total\\{result="${result}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
}

/** What a Wappin person read of these values, oldest first. */
export const readByPerson = ({ simulator }: Pick<World, 'simulator'>, to: string): [string | null, ...string[]][] =>
  simulator.ledger
    .messages({ kind: 'WAPPIN', recipient: to.slice(1) })
    .map(({ template, params }): [string | null, ...string[]] => [template, ...params])
    .reverse();

/** A person opens the page, takes a channel and presses a button, by the forms that are there. Answers the states that they saw. */
export async function clickThrough(url: string, channel: string, button: 'pay' | 'fail' | 'wait'): Promise<string[]> {
  const states: string[] = [];
  const open = async (where: string, form?: URLSearchParams): Promise<string> => {
    const response = await fetch(where, form && { method: 'POST', body: form });
    const page = await response.text();
    states.push(/<main data-state="(\w+)"/.exec(page)?.[1] ?? `HTTP ${response.status}`);
    return page;
  };
  const part = (page: string, form: RegExp): string => {
    const [, found] = form.exec(page) ?? [];
    if (found === undefined) throw new Error(`The page has no ${String(form)}.`);
    return found;
  };
  const chosen = part(await open(url), new RegExp(`<input type="radio" name="channel" value="(${channel})"`));
  const asked = await open(new URL(`?channel=${chosen}`, url).href);
  const kept = part(asked, /<input type="hidden" name="channel" value="(\w+)"/);
  const does = part(asked, new RegExp(`<button name="does" value="(${button})"`));
  await open(new URL('?', url).href, new URLSearchParams({ channel: kept, does }));
  return states;
}
