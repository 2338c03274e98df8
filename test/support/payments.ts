/** Payments in the chat: what a merchant asks of the gateway, what a person does with the card, and what the rails tell of it. */
import { type PersonAct } from '../../src/simulator/behaviour.js';
import { type ChatOrder } from '../../src/simulator/chat-order.js';
import { type PaymentTelling } from '../../src/simulator/chat-orders.js';
import { type PostedCallback } from '../../src/simulator/callbacks.js';
import { type ManualTimers } from '../../src/simulator/timers.js';
import { postExotel } from './exotel-callback.js';
import { metaBody, postMeta } from './meta-callback.js';
import { until } from './until.js';
import { META_CREDENTIALS, PROBLEM, type World } from './world.js';

/** The rails that a chat order may go through. */
export type ChatRail = 'EXOTEL' | 'META';

export const PAYMENT_FIELDS = `id referenceId to customerName status orderStatus checkoutUrl transactionId paidWith paidAt expiresAt
  createdAt total { value currency decimals } account { id kind }
  order { goods items { retailerId name amount { value } saleAmount { value } quantity } subtotal { value } tax { value }
    shipping { value } discount { value } beneficiaries { name city postalCode } }
  problem { code field message retryAt provider { provider code message } }
  messages { id status to reference problem { code } account { id } providerMessageId payment { id }
    content { __typename ... on OrderContent { text payment { id } } ... on TemplateContent { params text } } events { type } }
  notices { id receivedAt status amount { value currency } transactionId paidWith proven problem { code message } acceptedAt }
  events { type sequence occurredAt recordedAt data payment { id } }`;
const RESULT = `{ __typename ... on Payment { ${PAYMENT_FIELDS} } ${PROBLEM} }`;

/** What a merchant does. Where it may be refused it answers the Payment, or the Problem. */
export interface PaymentHands {
  readonly create: (input: Record<string, unknown>) => Promise<any>;
  /** The order's next step; in the chat a body is said where none is given. */
  readonly move: (paymentId: string, status: string, more?: Record<string, unknown>) => Promise<any>;
  readonly refresh: (id: string) => Promise<any>;
  readonly record: (paymentId: string, more: Record<string, unknown>) => Promise<any>;
  readonly acceptNotice: (noticeId: string, reason?: string) => Promise<any>;
  readonly resend: (id: string) => Promise<any>;
  readonly cancel: (id: string, reason?: string | null) => Promise<any>;
  /** Whole, in one query; null where there is none. */
  readonly read: (id: string) => Promise<any>;
  readonly readByReference: (referenceId: string) => Promise<any>;
  /** The same once it is so; throws after 10 s with what it is. */
  readonly readWhen: (id: string, fits: (seen: any) => boolean) => Promise<any>;
  readonly readIn: (id: string, status: string) => Promise<any>;
}

export function paymentHands(ask: World['ask']): PaymentHands {
  const byInput = async (mutation: string, type: string, input: Record<string, unknown>): Promise<any> =>
    (await ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) ${RESULT} }`, { input }))[mutation];
  const byId = async (mutation: string, id: string): Promise<any> =>
    (await ask(`mutation ($id: ID!) { ${mutation}(id: $id) ${RESULT} }`, { id }))[mutation];
  const read = async (id: string): Promise<any> =>
    (await ask(`query ($id: ID!) { payment(id: $id) { ${PAYMENT_FIELDS} } }`, { id })).payment;
  const readWhen: PaymentHands['readWhen'] = async (id, fits) => {
    let seen: any;
    return until(async () => {
      seen = await read(id);
      return fits(seen) && seen;
    }, 'the payment is as it should be').catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(seen, null, 2)}`);
    });
  };
  return {
    create: (input) => byInput('createPayment', 'CreatePaymentInput', input),
    move: (paymentId, status, more = {}) =>
      byInput('updateOrderStatus', 'UpdateOrderStatusInput', { paymentId, status, body: `Order: ${status}`, ...more }),
    refresh: (id) => byId('refreshPayment', id),
    record: (paymentId, more) =>
      byInput('recordPayment', 'RecordPaymentInput', { paymentId, currency: 'INR', ...more }),
    acceptNotice: async (id, reason = 'The bank has it.') =>
      (
        await ask(`mutation ($id: ID!, $reason: String!) { acceptPaymentNotice(id: $id, reason: $reason) ${RESULT} }`, {
          ...{ id, reason },
        })
      ).acceptPaymentNotice,
    resend: (id) => byId('resendPayment', id),
    cancel: async (id, reason = null) =>
      (
        await ask(`mutation ($id: ID!, $reason: String) { cancelPayment(id: $id, reason: $reason) ${RESULT} }`, {
          ...{ id, reason },
        })
      ).cancelPayment,
    read,
    readByReference: async (referenceId) =>
      (
        await ask(`query ($referenceId: String!) { payment(referenceId: $referenceId) { ${PAYMENT_FIELDS} } }`, {
          referenceId,
        })
      ).payment,
    readWhen,
    readIn: (id, status) => readWhen(id, (seen) => seen.status === status),
  };
}

/** A number in India; another one for each `n` below 1,000,000. */
export const customer = (n: number): string => `+919812${String(n).padStart(6, '0')}`;

/** An order in the chat: two of one thing at a reduced price, with a tax that a discount takes off again. */
export const ORDER = {
  goods: 'DIGITAL_GOODS',
  items: [{ retailerId: 'SKU-1', name: 'Kopi Toraja', amount: 6_000, saleAmount: 5_000, quantity: 2 }],
  tax: 500,
  shipping: 0,
  discount: 500,
} as const;
/** Of ORDER, in hundredths of a rupee. */
export const TOTAL = 10_000;

let orders = 0;
/** A reference that no other order of this file has. */
export const newReference = (): string => `INV-${++orders}`;

export const BY_GATEWAY = { configuration: 'razorpay-main', paymentType: 'payment_gateway:razorpay' };
export const BY_UPI = { configuration: 'toko-upi', paymentType: 'upi' };

/** An order in the chat, by a gateway where nothing else is said, for a customer and with a reference of its own. */
export function chatOrder(
  more: Record<string, unknown> = {},
  whatsapp: Record<string, unknown> = {},
): Record<string, unknown> & { readonly referenceId: string; readonly to: string } {
  const referenceId = newReference();
  return {
    ...{ referenceId, to: customer(orders), currency: 'INR', order: ORDER },
    via: { whatsapp: { body: 'Your order', ...BY_GATEWAY, ...whatsapp } },
    ...more,
  };
}

/** What a rail has of the order of this reference. Throws where it has none. */
export function cardOf({ simulator }: Pick<World, 'simulator'>, reference: string): ChatOrder {
  const [order] = simulator.orders.newest({ reference });
  if (!order) throw new Error(`No rail was sent an order ${reference}.`);
  return order;
}

/** The steps that a card shows, oldest first. */
export const stepsOf = (world: Pick<World, 'simulator'>, reference: string): string[] =>
  cardOf(world, reference).statuses.map(({ status }) => status);

/** What the card's person read with these. */
export const readBy = ({ simulator }: Pick<World, 'simulator'>, to: string): any[] =>
  simulator.ledger
    .messages({ recipient: to.slice(1) })
    .map(({ content }) => (content as any).interactive ?? content)
    .reverse();

/** Between two reports of a message, and before the first, in a world that has no plan of its own. */
const REPORT_MS = 5;

/** In a world with a clock and these timers: what went out is sent, delivered and read, and the rails tell of it. */
export async function delivered(world: Pick<World, 'quiet'>, timers: ManualTimers): Promise<void> {
  await world.quiet();
  for (const _status of ['sent', 'delivered', 'read']) {
    timers.advance(REPORT_MS);
    await world.quiet();
  }
}

/**
 * The person pays the card of this reference, fails to, or has to wait, and the rail tells of it. Answers the transaction.
 * Throws where they cannot.
 */
export async function personActs(
  world: Pick<World, 'simulator' | 'quiet'>,
  reference: string,
  act: PersonAct,
  telling: PaymentTelling = {},
): Promise<{ readonly transactionId: string; readonly posted: readonly PostedCallback[] }> {
  const paid = await world.simulator.orders.act({ reference }, act, telling);
  if (paid === undefined) throw new Error(`No rail was sent an order ${reference}.`);
  if (typeof paid === 'string') throw new Error(paid);
  await world.quiet();
  return { transactionId: paid.payment.transactionId, posted: paid.posted };
}

/** A callback about a payment that no person is behind. */
interface Told {
  /** The message that it is about, as the rail names it. */
  readonly messageId: string;
  readonly to: string;
  /** The order that it names; null: none. */
  readonly reference: string | null;
  readonly transactionId: string | null;
  readonly at: Date;
  /** The attempt that Exotel was asked to name again. */
  readonly echo?: string;
}

const KOLKATA_MS = 5.5 * 60 * 60 * 1_000;

/** Exotel's 30050, or another code with its word. Answers the HTTP status. */
export const postExotelPayment = (
  url: string | null,
  { messageId: sid, to, reference, transactionId, at, echo }: Told,
  [code, word]: readonly [number, string] = [30050, 'EX_PAYMENT_SUCCESS'],
): Promise<number> =>
  postExotel(
    url,
    JSON.stringify({
      whatsapp: {
        messages: [
          {
            ...{ callback_type: 'dlr', sid, to, exo_status_code: code, exo_detailed_status: word, description: '' },
            timestamp: `${new Date(at.getTime() + KOLKATA_MS).toISOString().slice(0, 19)}+05:30`,
            ...(reference !== null && { payment_reference_id: reference }),
            ...(transactionId !== null && { payment_transaction_id: transactionId }),
            ...(echo !== undefined && { custom_data: echo }),
          },
        ],
      },
    }),
  );

/** Meta's webhook of a payment: `captured` of INR where nothing else is said. Answers the HTTP status. */
export function postMetaPayment(
  url: string | null,
  { messageId: id, to: recipient, reference, transactionId, at }: Told,
  {
    status = 'captured',
    value = TOTAL,
    currency = 'INR',
    phoneNumberId = META_CREDENTIALS.phoneNumberId,
    appSecret = META_CREDENTIALS.appSecret,
  }: {
    readonly status?: string;
    readonly value?: number;
    readonly currency?: string;
    readonly phoneNumberId?: string;
    readonly appSecret?: string;
  } = {},
): Promise<number> {
  const updated_timestamp = Math.floor(at.getTime() / 1_000);
  const payment = {
    ...(reference !== null && { reference_id: reference }),
    ...{ amount: { value, offset: 100 }, currency },
    ...(transactionId !== null && {
      transaction: {
        ...{ id: transactionId, type: 'razorpay', status: status === 'captured' ? 'success' : status },
        ...{ created_timestamp: updated_timestamp, updated_timestamp, method: { type: 'upi' } },
      },
    }),
  };
  const body = metaBody({ phoneNumberId, id, status, recipient, at, more: { type: 'payment', payment } });
  return postMeta(url, body, { appSecret });
}

/** Its own events, without the words that begin them all. */
export const paymentEvents = ({ events }: { readonly events: readonly { readonly type: string }[] }): string[] =>
  events.map(({ type }) => type.replace('PAYMENT_', '').replace('ORDER_STATUS_UPDATED', 'ORDER'));
