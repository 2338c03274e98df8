import { PROVIDERS_NAME } from '../accounts.js';
import { granted, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Story } from '../story.js';
import { register } from '../templates.js';

/** Registered at Wappin, which tells how far they come. */
const INVOICE = {
  name: 'invoice_link',
  externalId: 'invoice_link',
  body: 'Halo {{1}}, tagihan Anda sudah siap. Bayar di sini: {{2}} dengan cara yang Anda suka.',
};
const PAID = {
  name: 'invoice_paid',
  externalId: 'invoice_paid',
  body: 'Halo {{1}}, pembayaran {{2}} sebesar {{3}} sudah kami terima.',
};
const ASHA = '+91 98123 45679';
const SRI = '+62 896 0001 0014';

interface Asked {
  readonly id: string;
  readonly checkoutUrl: string | null;
}

export const payments: Chapter = {
  heading: 'Payments: by a card in the chat (Exotel), and by DOKU’s page with the link in a template',
  async tell(story) {
    await inTheChat(story);
    await byPage(story);
  },
};

/** Review and Pay, in India. */
async function inTheChat(story: Story): Promise<void> {
  await story.hears('EXOTEL', { from: ASHA, name: 'Asha', text: 'I would like to pay for my bread.' });
  const title = 'bread, by a card in the chat';
  const referenceId = story.entitle(title);
  const { id } = await ask(story, title, {
    ...{ referenceId, to: ASHA, accountId: story.accounts.EXOTEL.id, currency: 'INR' },
    order: {
      goods: 'DIGITAL_GOODS',
      items: [{ retailerId: 'bread', name: 'Sourdough bread', amount: 1400, saleAmount: 1000, quantity: 2 }],
      ...{ tax: 100, taxDescription: 'GST', discount: 100, total: 2000 },
    },
    via: {
      whatsapp: { body: 'Your bread is ready.', configuration: 'kurir-demo', paymentType: 'payment_gateway:razorpay' },
    },
    receipt: { body: 'Thank you! Your bread is on its way.' },
  });
  await cardIs(story, id, 'the card', 'READ');
  await story.simulated.payOrder('EXOTEL', referenceId);
  await paid(story, id, title);
  await story.happens('the receipt in the chat', 'READ', ({ type, message }) => {
    return (
      type === 'MESSAGE_READ' &&
      message?.reference === referenceId &&
      message.content.text?.startsWith('Thank') === true
    );
  });
}

/** A link, a page, a virtual account. */
async function byPage(story: Story): Promise<void> {
  const { shop, simulated, accounts } = story;
  for (const template of [INVOICE, PAID]) {
    const params = (template.body.match(/\{\{/g) ?? []).length;
    await simulated.addTemplate({ kind: 'WAPPIN', name: template.externalId, params });
    await register(shop, template, accounts.WAPPIN);
  }
  const urls = accounts.DOKU.callbackUrls.map(({ topic, url }): [string, string] => [
    topic.split('/').at(-1) ?? topic,
    url,
  ]);
  const dokuPublicKey = await simulated.enterDokuUrls(PROVIDERS_NAME.DOKU, Object.fromEntries(urls));
  await shop.ask(
    `mutation ($id: ID!, $credentials: JSONObject!) {
      updateProviderAccount(id: $id, input: { credentials: $credentials }) { __typename }
    }`,
    { id: accounts.DOKU.id, credentials: { dokuPublicKey } },
  );
  const title = 'coffee, by DOKU’s page';
  const referenceId = story.entitle(title);
  const params = ['Sri'];
  const { id, checkoutUrl } = await ask(story, title, {
    ...{ referenceId, to: SRI, accountId: accounts.DOKU.id, currency: 'IDR', customerName: 'Sri' },
    order: {
      goods: 'DIGITAL_GOODS',
      items: [{ retailerId: 'kopi', name: 'Kopi Gayo 1 kg', amount: 185_000, quantity: 2 }],
    },
    via: { checkout: { linkTemplate: { name: INVOICE.name, params } } },
    receipt: { template: { name: PAID.name, params } },
  });
  story.note(
    { provider: 'DOKU', what: title, who: SRI.replaceAll(' ', ''), state: 'PAGE', detail: checkoutUrl ?? '' },
    checkoutUrl ? undefined : 'has no page',
  );
  await cardIs(story, id, 'the link', 'READ');
  await simulated.payByPage(referenceId, 'VIRTUAL_ACCOUNT_BCA');
  await paid(story, id, title);
  await story.happens('the receipt by template', 'READ', ({ type, message }) => {
    return (
      type === 'MESSAGE_READ' && message?.content.template?.name === PAID.name && message.reference === referenceId
    );
  });
}

async function ask(story: Story, title: string, input: object): Promise<Asked> {
  const { createPayment } = await story.shop.ask<{ createPayment: Asked | Refusal }>(
    `mutation ($input: CreatePaymentInput!) {
      createPayment(input: $input) { __typename ... on Payment { id checkoutUrl } ${PROBLEM} }
    }`,
    { input },
  );
  return granted<Asked>(createPayment, title);
}

/** The message that asks for the money, which bears the payment’s number. */
async function cardIs(story: Story, id: string, title: string, state: string): Promise<void> {
  await story.happens(title, state, ({ type, message }) => type === `MESSAGE_${state}` && message?.payment?.id === id);
}

async function paid(story: Story, id: string, title: string): Promise<void> {
  await story.happens(title, 'PAID', ({ type, payment }) => type === 'PAYMENT_PAID' && payment?.id === id);
}
