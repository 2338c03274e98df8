import { type Account, type Accounts } from './accounts.js';
import { granted, type Merchant, PROBLEM, type Refusal } from './merchant.js';

interface Registered {
  readonly name: string;
  /** What the provider calls it. */
  readonly externalId: string;
  readonly body: string;
  readonly channel?: 'SMS';
}

/** The template of DOKU's PAYCHAT page, whose id is DOKU's; the name is ours. */
export const PAYCHAT = {
  name: 'paychat_example',
  externalId: 'TMP-240223-07652',
  body: 'Halo {{1}}, pesanan {{2}} kami kirim hari ini. Nomor resi: {{3}}.',
};
/** The template of Wappin's document (1.7, December 2019), which shows its name and its values, and not its text. */
export const BILL = {
  name: 'bni_ecol_open_payment_create',
  externalId: 'bni_ecol_open_payment_create',
  body: 'Yth. {{1}}, nomor virtual account {{2}} untuk tagihan {{3}} atas nama {{4}} ({{5}}) sebesar Rp {{6}} berlaku sampai {{7}}.',
};
/** The SMS that goes where WhatsApp does not. */
export const BILL_SMS = {
  name: 'sms_open_payment_create',
  externalId: 'sms_open_payment_create',
  body: 'Tagihan {{1}}: bayar ke virtual account {{2}}.',
  channel: 'SMS',
} as const;
export const ORDER_UPDATE = {
  name: 'order_update',
  externalId: 'order_update',
  body: 'Halo {{1}}, pesanan {{2}} sedang disiapkan.',
};
/** Made and submitted for Meta's review while you watch. */
export const PARCEL = {
  name: 'parcel_on_its_way',
  body: 'Halo {{1}}, paket {{2}} sedang dalam perjalanan.',
  footer: 'Terima kasih',
  samples: ['Dewi', 'JX104288'],
  language: 'id',
  category: 'UTILITY',
};
/** What Meta's account has from its start; a sync reads them. */
export const ORDER_READY = { name: 'order_ready', language: 'id' };
export const PROMO = { name: 'promo_week', language: 'id' };

/** Registers what the providers' own consoles have approved, reads Meta's list, and takes an earlier run's template back. */
export async function prepareTemplates(shop: Merchant, accounts: Accounts): Promise<void> {
  await Promise.all([
    register(shop, PAYCHAT, accounts.DOKU),
    register(shop, BILL, accounts.WAPPIN),
    register(shop, BILL_SMS, accounts.WAPPIN),
    register(shop, ORDER_UPDATE, accounts.EXOTEL),
    sync(shop, accounts.META),
  ]);
  // This run's Meta has never heard of it: the sync has said so.
  const earlier = await idOf(shop, PARCEL.name);
  if (earlier === null) return;
  const { deleteTemplate } = await shop.ask<{ deleteTemplate: object | Refusal }>(
    `mutation ($id: ID!) { deleteTemplate(id: $id) { __typename ${PROBLEM} } }`,
    { id: earlier },
  );
  granted(deleteTemplate, `Deleting the template ${PARCEL.name}`);
}

/** Makes a template; answers its id. */
export async function createTemplate(shop: Merchant, input: object): Promise<string> {
  const { createTemplate: made } = await shop.ask<{ createTemplate: { id: string } | Refusal }>(
    `mutation ($input: TemplateInput!) {
      createTemplate(input: $input) { __typename ... on Template { id } ${PROBLEM} }
    }`,
    { input },
  );
  return granted(made, 'The template').id;
}

/** Asks a provider to approve it. */
export async function submitTemplate(shop: Merchant, id: string, account: Account): Promise<void> {
  const { submitTemplate: asked } = await shop.ask<{ submitTemplate: object | Refusal }>(
    `mutation ($id: ID!, $accountId: ID!) { submitTemplate(id: $id, accountId: $accountId) { __typename ${PROBLEM} } }`,
    { id, accountId: account.id },
  );
  granted(asked, 'Submitting the template');
}

/** Makes the template where it is not there yet, and says what an account calls it. */
export async function register(
  shop: Merchant,
  { externalId, ...template }: Registered,
  account: Account,
): Promise<void> {
  const id =
    (await idOf(shop, template.name)) ??
    (await createTemplate(shop, { ...template, language: 'id', category: 'UTILITY' }));
  const { registerTemplate } = await shop.ask<{ registerTemplate: object | Refusal }>(
    `mutation ($id: ID!, $accountId: ID!, $externalId: String!) {
      registerTemplate(id: $id, accountId: $accountId, externalId: $externalId) { __typename ${PROBLEM} }
    }`,
    { id, accountId: account.id, externalId },
  );
  granted(registerTemplate, `The template ${externalId}`);
}

async function sync(shop: Merchant, account: Account): Promise<void> {
  const { syncTemplates } = await shop.ask<{ syncTemplates: object | Refusal }>(
    `mutation ($accountId: ID!) { syncTemplates(accountId: $accountId) { __typename ${PROBLEM} } }`,
    { accountId: account.id },
  );
  granted(syncTemplates, `Reading the templates of ${account.name}`);
}

async function idOf(shop: Merchant, name: string): Promise<string | null> {
  const { templates } = await shop.ask<{ templates: { edges: { node: { id: string } }[] } }>(
    'query ($name: String) { templates(name: $name, first: 1) { edges { node { id } } } }',
    { name },
  );
  return templates.edges[0]?.node.id ?? null;
}
