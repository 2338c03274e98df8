import { granted, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Story } from '../story.js';
import { BILL, BILL_SMS } from '../templates.js';

/** Exactly as Wappin's document (1.7, December 2019) prints it. */
const REQUEST = {
  to: '6289600010002',
  content: {
    template: {
      name: BILL.name,
      params: [
        'Name',
        '8000181008192601',
        '034567',
        'Customer Name',
        'email@gmail.com',
        '1.000.000',
        '2018-10-10 19:26:36',
      ],
    },
  },
};
/** The simulator answers Wappin's 601 for it: docs/simulator.md. */
const NOT_ON_WHATSAPP = '+62 812 0000 0601';
const OPTED_OUT = '+62 896 0001 0009';
const SRI = '+62 896 0001 0004';
const SCHEDULED_AHEAD_MS = 1_000;

/** A request for payment. */
export const bill = (to: string, number: string): { to: string; content: object } => {
  const account = `80001810081${number}`;
  const params = ['Budi', account, number, 'Budi Santoso', 'budi@example.com', '250.000', '2026-12-31 23:59:00'];
  return { to, content: { template: { name: BILL.name, params } } };
};

export const wappin: Chapter = {
  heading: 'Wappin: templates with an SMS beside them, free text, number checks',
  async tell(story) {
    const { shop, accounts } = story;
    const accountId = accounts.WAPPIN.id;
    await story.send({ title: BILL.externalId, input: REQUEST, ends: 'READ', shown: true });
    const scheduledAt = new Date(Date.now() + SCHEDULED_AHEAD_MS);
    await story.send({
      title: 'in a second',
      input: { ...bill('+62 896 0001 0003', '034568'), scheduledAt },
      ends: 'READ',
    });
    const sms = { template: { name: BILL_SMS.name, channel: 'SMS', params: ['034569', '80001810081034569'] } };
    await story.send({
      title: 'with an SMS beside it',
      input: { ...bill('+62 896 0001 0005', '034569'), fallbacks: [{ rule: 'NOT_ON_WHATSAPP', content: sms }] },
      ...{ ends: 'READ', shown: true },
    });
    await story.send({
      title: 'no WhatsApp there',
      input: bill(NOT_ON_WHATSAPP, '034571'),
      ...{ ends: 'FAILED', problem: 'NOT_ON_WHATSAPP' },
    });
    await story.send({
      title: 'a wrong number',
      input: bill('0896-1', '034572'),
      ...{ ends: 'REFUSED', problem: 'INVALID_PHONE_NUMBER' },
    });
    await shop.ask(`mutation ($phone: String!) { optOut(phone: $phone, reason: "asked in the shop") { __typename } }`, {
      phone: OPTED_OUT,
    });
    await story.send({
      title: 'an opted-out person',
      input: bill(OPTED_OUT, '034570'),
      ...{ ends: 'REFUSED', problem: 'RECIPIENT_OPTED_OUT' },
    });
    await story.hears('WAPPIN', { from: SRI, name: 'Sri', text: 'Halo, masih buka?' });
    const text = { text: 'Masih, sampai jam 9 malam.' };
    await story.send({ title: 'free text to Sri', input: { to: SRI, accountId, content: { text } }, ends: 'READ' });
    await check(story, SRI, true);
    await check(story, NOT_ON_WHATSAPP, false);
  },
};

async function check(story: Story, phone: string, wanted: boolean): Promise<void> {
  const { checkNumber } = await story.shop.ask<{ checkNumber: { phone: string; onWhatsApp: boolean } | Refusal }>(
    `mutation ($phone: String!, $accountId: ID) { checkNumber(phone: $phone, accountId: $accountId) {
      __typename ... on NumberCheck { phone onWhatsApp } ${PROBLEM}
    } }`,
    { phone, accountId: story.accounts.WAPPIN.id },
  );
  const { phone: who, onWhatsApp } = granted(checkNumber, 'The number check');
  story.note(
    { provider: 'WAPPIN', what: 'number check', who, state: onWhatsApp ? 'YES' : 'NO', detail: 'is on WhatsApp?' },
    onWhatsApp === wanted ? undefined : `is ${onWhatsApp} and not ${wanted}`,
  );
}
