import { randomInt } from 'node:crypto';
import {
  type Answer,
  goesOut,
  headerOf,
  msisdn,
  NO_ANSWER,
  type ProviderCall,
  proxyPage,
  type Refusal,
  withLine,
} from '../behaviour.js';
import { Ledger } from '../ledger.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type Caller, coded, type Decided, type DokuCalls, RequestIds } from './doku-calls.js';
import { type CheckoutInput, readCheckout } from './doku-checkout-input.js';
import { type DokuCheckout, type DokuCheckouts, newToken, standingOf } from './doku-checkouts.js';
import { serviceIdOf, vaIdentifiers } from './doku-notice.js';
import { compactTime, utcTime } from './doku-times.js';

export const CHECKOUT_PATH = '/checkout/v1/payment';
export const PAGE_PATH = '/checkout-link-v2/';
/** An invoice number or a Request-Id at its end; DOKU signs it as it is written. */
const STATUS_PATH = /^\/orders\/v1\/status\/([^/]+)$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MINUTE_MS = 60_000;

/** DOKU Checkout, "Backend Integration", and "Check Status – Non-SNAP". */
export class DokuCheckoutApi {
  private readonly requestIds: RequestIds<DokuCheckout>;

  constructor(
    private readonly world: SimulatedWorld,
    private readonly calls: DokuCalls,
    private readonly checkouts: DokuCheckouts,
  ) {
    this.requestIds = new RequestIds(world.capacity);
  }

  takes(method: string, path: string): boolean {
    return (method === 'POST' && path === CHECKOUT_PATH) || (method === 'GET' && STATUS_PATH.test(path));
  }

  handle(call: ProviderCall): Answer {
    const caller = this.calls.callerOf(call);
    const unfit = this.calls.admit(call, caller, TIMESTAMP);
    if (unfit !== undefined) return this.calls.signed(this.calls.refuse(caller, unfit), caller);
    const answer = call.method === 'GET' ? this.status(call, caller) : this.create(call, caller);
    return this.calls.signed(answer, caller);
  }

  private create(call: ProviderCall, caller: Caller): Answer {
    const before = this.requestIds.find(caller);
    if (before !== undefined) return this.repeat(before, caller);
    const account = caller.account?.clientId ?? '';
    const input = readCheckout(call.body);
    if (!isOrder(input)) return this.refuseForGood(caller, this.refuseFields(caller, input));
    const recipient = input.customer.phone === undefined ? undefined : msisdn(input.customer.phone);
    caller.recipient = recipient;
    if (this.checkouts.ofInvoice(account, input.invoice) !== undefined)
      return this.refuseForGood(caller, this.refuseFields(caller, ['order.invoice_number has already been used']));

    const { faults } = this.world;
    const key = Ledger.keyOf(recipient ?? '', 'checkout', [input.invoice]);
    const behaviour =
      faults.ofCall('DOKU', account, 'payment') ??
      (recipient === undefined ? undefined : faults.ofRecipient('DOKU', account, recipient, key));
    if (!goesOut(behaviour)) {
      if (behaviour?.refuse !== undefined) {
        const answer = this.refuse(caller, behaviour.refuse);
        if (behaviour.remembered && behaviour.refuse.code !== null) this.refuseForGood(caller, answer);
        return withLine(answer, behaviour);
      }
      this.calls.record(caller, 'dropped', 0);
      return withLine(NO_ANSWER, behaviour);
    }

    const checkout = this.make(input, caller);
    const body = createdBody(checkout, headerOf(call, 'signature') ?? '');
    this.requestIds.remember(caller, body, checkout, behaviour);
    const refusal = behaviour?.refuse;
    const answer: Answer =
      refusal !== undefined || behaviour?.answer === 'html'
        ? proxyPage(refusal?.http ?? 200)
        : { status: 200, body: behaviour?.answer === 'empty' ? '{"message":["SUCCESS"]}' : body };
    this.calls.record(caller, 'created', answer.status, checkout.invoice);
    return withLine(answer, behaviour);
  }

  private make(input: CheckoutInput, { account, requestId, at }: Caller): DokuCheckout {
    const token = newToken(at);
    const checkout: DokuCheckout = {
      ...input,
      account: account?.clientId ?? '',
      requestId: requestId ?? '',
      token,
      url: `${this.world.url()}${PAGE_PATH}${token}`,
      createdAt: at,
      expiresAt: new Date(at.getTime() + input.dueMinutes * MINUTE_MS),
      transactions: [],
      notices: [],
    };
    this.checkouts.add(checkout);
    return checkout;
  }

  /** "Idempotency Request": same Request-Id and body, the first answer's body again, with HTTP 409. */
  private repeat(before: Decided<DokuCheckout>, caller: Caller): Answer {
    if (before.digest !== caller.digest)
      return this.refuseFields(caller, ['Request-Id has already been used with another body']);
    this.calls.record(caller, 'repeated', 409, before.made?.invoice);
    return withLine({ status: 409, body: before.body }, before.behaviour?.repeatsToo ? before.behaviour : undefined);
  }

  private status(call: ProviderCall, caller: Caller): Answer {
    const account = caller.account?.clientId ?? '';
    const behaviour = this.world.faults.ofCall('DOKU', account, 'inquiry');
    if (behaviour?.refuse !== undefined) return withLine(this.refuse(caller, behaviour.refuse), behaviour);
    const checkout = this.checkouts.ofName(account, decoded(STATUS_PATH.exec(call.path)?.[1] ?? ''));
    if (checkout === undefined)
      return withLine(this.calls.refuse(caller, coded(404, 'data_not_found', 'The order is not found')), behaviour);
    this.calls.record(caller, 'answered', 200, checkout.invoice);
    const hasOrderStatus = caller.account?.orderStatus ?? true;
    const body = JSON.stringify(statusBody(checkout, caller.at, hasOrderStatus));
    return withLine(behaviour?.answer === 'html' ? proxyPage(200) : { status: 200, body }, behaviour);
  }

  /** HTTP 400 has the checkout's own form, anything else that of DOKU's other calls. */
  private refuse(caller: Caller, refusal: Refusal): Answer {
    const ofFields = refusal.http === 400 && refusal.code !== null;
    return ofFields ? this.refuseFields(caller, [refusal.message], refusal.code) : this.calls.refuse(caller, refusal);
  }

  private refuseFields(caller: Caller, messages: readonly string[], code = 'invalid_parameter'): Answer {
    this.calls.record(caller, code, 400);
    return { status: 400, body: JSON.stringify({ error_messages: messages }) };
  }

  private refuseForGood(caller: Caller, answer: Answer): Answer {
    this.requestIds.remember(caller, answer.body, undefined, undefined);
    return answer;
  }
}

const isOrder = (input: CheckoutInput | readonly string[]): input is CheckoutInput => 'invoice' in input;

/** As written where it is no percent-encoding. */
function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

/** The answer of DOKU's sandbox: the amount is a string there, and the uuid a number that no double holds. */
function createdBody(checkout: DokuCheckout, signature: string): string {
  const { amount, invoice, currency, token, methods, dueMinutes, url, expiresAt, type, requestId, account } = checkout;
  const uuid = Array.from({ length: 4 }, () => randomInt(1_000_000_000, 10_000_000_000)).join('');
  const response = {
    order: { amount: String(amount), invoice_number: invoice, currency, session_id: token.slice(0, 32) },
    payment: {
      ...{ payment_method_types: methods, payment_due_date: dueMinutes, token_id: token, url },
      ...{ expired_date: compactTime(expiresAt), expired_datetime: utcTime(expiresAt), type },
    },
    uuid: 0,
    headers: { request_id: requestId, signature, client_id: account },
  };
  // By hand: JSON.stringify would round it.
  const [before = '', after = ''] = JSON.stringify(response).split('"uuid":0,"headers"');
  return `{"message":["SUCCESS"],"response":${before}"uuid":${uuid},"headers"${after}}`;
}

function statusBody(checkout: DokuCheckout, now: Date, hasOrderStatus: boolean): object {
  const { transaction, status, expired } = standingOf(checkout, now);
  const order = {
    invoice_number: checkout.invoice,
    amount: checkout.amount,
    ...(hasOrderStatus && { status: expired ? 'ORDER_EXPIRED' : 'ORDER_GENERATED' }),
  };
  if (transaction === undefined) return { order };
  const { channel, number, at } = transaction;
  const date = utcTime(at);
  const account = {
    virtual_account_info: {
      virtual_account_number: number,
      created_date: compactTime(checkout.createdAt),
      expired_date: compactTime(checkout.expiresAt),
      reusable_status: false,
    },
    ...(status === 'SUCCESS' && {
      virtual_account_payment: { identifier: vaIdentifiers(transaction), date, status },
    }),
  };
  return {
    order,
    transaction: { status, type: checkout.type, date, original_request_id: checkout.requestId },
    service: { id: serviceIdOf(transaction) },
    acquirer: { id: channel.acquirer, name: channel.name },
    channel: { id: channel.id },
    ...(channel.service === 'VIRTUAL_ACCOUNT' && account),
    additional_info: {},
  };
}
