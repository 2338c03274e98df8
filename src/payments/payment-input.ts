/** Reads what a caller writes to ask for a payment. */
import { uuidOf } from '../common/ids.js';
import { readPhone } from '../common/phone.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { formProblem } from '../http/address-guard.js';
import { type ContentInput, readAddress, readTemplate, type SendTemplate } from '../messages/planning/send-content.js';
import { type Caller } from '../projects/caller.js';
import { type IdempotencyKey, inputHash } from '../projects/idempotency-keys.js';
import { neededText, optionalText, saidIn, unstorableProblem, wrong } from './input-texts.js';
import { type Order } from './order.js';
import { readOrder, type WrittenOrder } from './order-input.js';
import { type Receipt } from './payment.entity.js';
import { type ChatTerms, type CheckoutTerms, type PaymentTerms } from './payment-terms.js';

/** A template as a caller of sendMessage writes it, too. */
export type TemplateInput = NonNullable<ContentInput['template']>;

/** What createPayment takes, as a caller writes it. */
export interface CreateInput {
  readonly accountId?: string | null;
  readonly referenceId: string;
  readonly to: string;
  readonly receipt?: { readonly body?: string | null; readonly template?: TemplateInput | null } | null;
  readonly customerName?: string | null;
  readonly customerEmail?: string | null;
  readonly currency: string;
  readonly order: WrittenOrder;
  readonly via: { readonly whatsapp?: WrittenChat | null; readonly checkout?: WrittenCheckout | null };
  readonly expiresAt?: Date | null;
  readonly expiryDescription?: string | null;
  readonly idempotencyKey?: string | null;
}

/** By an order in the chat, as a caller writes it. */
export interface WrittenChat {
  readonly body: string;
  readonly footer?: string | null;
  readonly headerImage?: string | null;
  readonly configuration: string;
  readonly paymentType: string;
  readonly template?: TemplateInput | null;
}

/** By a hosted page, as a caller writes it. */
export interface WrittenCheckout {
  readonly methods?: readonly string[] | null;
  readonly callbackUrl?: string | null;
  readonly linkTemplate?: TemplateInput | null;
}

/** A payment that is well formed: what is asked, in one way of writing it. Its order adds up. */
export interface PaymentAsk {
  /** The account's UUID; `''` for an id that cannot be one. */
  readonly accountId: string | null;
  readonly referenceId: string;
  /** E.164. */
  readonly to: string;
  readonly receipt: Receipt | null;
  readonly customerName: string | null;
  readonly currency: string;
  readonly order: Order;
  readonly terms: PaymentTerms;
  readonly expiresAt: Date | null;
  readonly idempotency: IdempotencyKey | null;
}

// interface.md, Limits; Exotel, payment messages (2024-05), and Meta's page on the same object; DOKU, Checkout.
const LONGEST_KEY = 255;
const LONGEST_CUSTOMER = 128;
const LONGEST_BODY = 1024;
const LONGEST_FOOTER = 60;
const LONGEST_CONFIGURATION = 60;
const LONGEST_EXPIRY_DESCRIPTION = 120;
const MOST_METHODS = 100;
/** At every rail (Exotel, payment messages: `reference_id`). */
export const LONGEST_REFERENCE = 35;
const LONGEST_REFERENCE_WITH_CARDS = 30;
const PAYMENT_TYPE = /^(upi|payment_gateway(:(razorpay|payu|billdesk|zaakpay))?)$/;
/** Enough to tell an address from a name or a number; whether anybody reads mail there only a mail can tell. */
const EMAIL = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+\.[^\s@\p{Cc}.]+$/u;
/** The one currency that each rail takes. */
const CURRENCIES: Readonly<Record<PaymentTerms['via'], string>> = { WHATSAPP: 'INR', CHECKOUT: 'IDR' };

/** Checks a payment by itself, before anything is looked up. Its times are checked apart (paymentTimesProblem). */
export function readPayment(input: CreateInput, caller: Pick<Caller, 'country'>): PaymentAsk | Problem {
  const unstorable = unstorableProblem(input);
  if (unstorable) return unstorable;
  const terms = readTerms(input);
  if (isProblem(terms)) return terms;
  const bad =
    referenceProblem(input.referenceId, terms) ?? currencyProblem(input.currency, terms) ?? restProblem(input);
  if (bad) return bad;
  const to = readPhone(input.to, caller.country);
  if (to === null) {
    return problem(
      'INVALID_PHONE_NUMBER',
      `It is no phone number: write it with its country code, as +62 878 2367 8023, or as people in ${caller.country} dial it.`,
      'to',
    );
  }
  const receipt = input.receipt ? readReceipt(input.receipt, terms) : null;
  if (isProblem(receipt)) return receipt;
  const order = readOrder(input.order, input.currency, terms.via);
  if (isProblem(order)) return order;
  const { referenceId, currency, idempotencyKey } = input;
  const ask = {
    accountId: input.accountId == null ? null : (uuidOf('acc', input.accountId) ?? ''),
    ...{ referenceId, to, receipt, customerName: saidIn(input.customerName), currency, order, terms },
    expiresAt: input.expiresAt ?? null,
  };
  return { ...ask, idempotency: idempotencyKey == null ? null : { key: idempotencyKey, hash: inputHash(ask) } };
}

function readTerms(input: CreateInput): PaymentTerms | Problem {
  const { whatsapp, checkout } = input.via;
  if (whatsapp) return readChat(whatsapp, input);
  if (checkout) return readCheckout(checkout, input.customerEmail);
  return wrong('Say how it is asked for: give via.whatsapp or via.checkout.', 'via');
}

function readChat(chat: WrittenChat, { expiresAt, expiryDescription }: CreateInput): ChatTerms | Problem {
  const at = 'via.whatsapp';
  const bad =
    neededText(chat.body, LONGEST_BODY, `${at}.body`) ??
    optionalText(chat.footer, LONGEST_FOOTER, `${at}.footer`) ??
    neededText(chat.configuration, LONGEST_CONFIGURATION, `${at}.configuration`);
  if (bad) return bad;
  if (!PAYMENT_TYPE.test(chat.paymentType))
    return wrong(
      'It is upi, or payment_gateway, also with its name: payment_gateway:razorpay, payu, billdesk or zaakpay.',
      `${at}.paymentType`,
    );
  const image = chat.headerImage == null ? null : readAddress(chat.headerImage);
  if (chat.headerImage != null && image === null)
    return wrong('It is no address: write it as https://host/path.', `${at}.headerImage`);
  const template = templateOf(chat.template, `${at}.template`);
  if (isProblem(template)) return template;
  if (saidIn(expiryDescription) !== null && !expiresAt)
    return wrong('It is shown beside the time when the order ends: give expiresAt with it.', 'expiryDescription');
  return {
    ...{ via: 'WHATSAPP', text: chat.body, footer: saidIn(chat.footer), template },
    headerImage: image === null ? null : { type: 'IMAGE', url: image, mediaId: null, filename: null },
    ...{ configuration: chat.configuration, paymentType: chat.paymentType },
    ...{ showsExpiry: expiresAt != null, expiryDescription: saidIn(expiryDescription) },
  };
}

function readCheckout(checkout: WrittenCheckout, email: string | null | undefined): CheckoutTerms | Problem {
  const at = 'via.checkout';
  const methods = checkout.methods ?? [];
  const bad = methodsProblem(methods, `${at}.methods`);
  if (bad) return bad;
  const callbackUrl = checkout.callbackUrl == null ? null : readAddress(checkout.callbackUrl);
  if (checkout.callbackUrl != null) {
    if (callbackUrl === null) return wrong('It is no address: write it as https://host/path.', `${at}.callbackUrl`);
    const why = formProblem(new URL(callbackUrl));
    if (why !== null) return wrong(`The address ${why}.`, `${at}.callbackUrl`);
  }
  const linkTemplate = templateOf(checkout.linkTemplate, `${at}.linkTemplate`);
  if (isProblem(linkTemplate)) return linkTemplate;
  return { via: 'CHECKOUT', methods, callbackUrl, linkTemplate, customerEmail: saidIn(email) };
}

const templateOf = (input: TemplateInput | null | undefined, at: string): SendTemplate | Problem | null =>
  input ? readTemplate(input, at) : null;

/** DOKU's names of its channels. New ones come, so they are held to no list. */
function methodsProblem(methods: readonly string[], at: string): Problem | null {
  if (methods.length > MOST_METHODS) return wrong(`There are at most ${MOST_METHODS} methods.`, at);
  for (const [index, method] of methods.entries()) {
    if (!/^[A-Z0-9_]{1,64}$/.test(method))
      return wrong('It is written as DOKU writes it: QRIS, VIRTUAL_ACCOUNT_BCA.', `${at}.${index}`);
    if (methods.indexOf(method) < index) return wrong('It stands there twice; once is enough.', `${at}.${index}`);
  }
  return null;
}

function referenceProblem(referenceId: string, terms: PaymentTerms): Problem | null {
  const wrongReference = (message: string): Problem => wrong(message, 'referenceId');
  if (!/^[A-Za-z0-9_.-]{1,35}$/.test(referenceId))
    return wrongReference('A reference has 1 to 35 characters of A-Z a-z 0-9 _ - and the dot, and no blanks.');
  if (terms.via === 'WHATSAPP') return null;
  const { methods } = terms;
  // DOKU, Checkout: `order.invoice_number` of a card, and of the card for civil servants.
  const takesCards = methods.length === 0 || methods.includes('CREDIT_CARD');
  if (takesCards && referenceId.length > LONGEST_REFERENCE_WITH_CARDS)
    return wrongReference(
      `Where a card may pay, it has at most ${LONGEST_REFERENCE_WITH_CARDS} characters: shorten it, or give via.checkout.methods without CREDIT_CARD.`,
    );
  if (methods.includes('KARTU_KREDIT_INDONESIA') && !/^[A-Za-z0-9]+$/.test(referenceId))
    return wrongReference('With the method KARTU_KREDIT_INDONESIA it has letters and digits alone.');
  return null;
}

function currencyProblem(currency: string, { via }: PaymentTerms): Problem | null {
  const only = CURRENCIES[via];
  if (currency === only) return null;
  const message =
    via === 'WHATSAPP' ? `An order in the chat is paid in ${only} alone.` : `A checkout is paid in ${only} alone.`;
  return wrong(message, 'currency');
}

function restProblem(input: CreateInput): Problem | null {
  const email = saidIn(input.customerEmail);
  const { idempotencyKey: key } = input;
  return (
    optionalText(input.customerName, LONGEST_CUSTOMER, 'customerName') ??
    optionalText(input.customerEmail, LONGEST_CUSTOMER, 'customerEmail') ??
    (email !== null && !EMAIL.test(email)
      ? wrong('It is no e-mail address: write it as name@shop.example.', 'customerEmail')
      : null) ??
    optionalText(input.expiryDescription, LONGEST_EXPIRY_DESCRIPTION, 'expiryDescription') ??
    (key != null && (!key || key.length > LONGEST_KEY)
      ? wrong(`An idempotency key has 1 to ${LONGEST_KEY} characters.`, 'idempotencyKey')
      : null)
  );
}

function readReceipt(input: NonNullable<CreateInput['receipt']>, { via }: PaymentTerms): Receipt | Problem {
  const body = input.body ?? null;
  if (body === null && !input.template)
    return wrong('Say what the person is sent: give a body or a template, or no receipt.', 'receipt');
  if (body !== null && via === 'CHECKOUT')
    return wrong('Orders by checkout send a template or nothing: give a template.', 'receipt.body');
  const bad = body === null ? null : neededText(body, LONGEST_BODY, 'receipt.body');
  if (bad) return bad;
  const template = templateOf(input.template, 'receipt.template');
  return isProblem(template) ? template : { body, template };
}
