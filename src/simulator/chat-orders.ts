import { type CallbackPlan, type PersonAct, type SimulatedKind, type SimulatedStatus } from './behaviour.js';
import { type Callbacks, type PostedCallback } from './callbacks.js';
import {
  type ChatOrder,
  type ChatPayment,
  type PaymentManner,
  STANDING_OF,
  standingOf,
  STATUS_AFTER,
} from './chat-order.js';
import { type Ledger, type LedgerMessage } from './ledger.js';
import { Ring } from './ring.js';
import { type Timers } from './timers.js';
import { expirationFault, type OrderFault, orderPartOf, payeeOf, warningsOf, type WireOrder } from './wire-order.js';

/** From the delivery of an order to what a magic person does with it, and from that to what they do next. */
const PERSON_AFTER_MS = 1_000;

/** A message that is well formed and may be about an order. */
export interface OrderSender {
  readonly kind: SimulatedKind;
  readonly account: string;
  /** Whose references have to be unique: the account, or the business that has several numbers. */
  readonly business: string;
  /** Digits. */
  readonly recipient: string;
}

/** How an order goes on. */
export interface OrderPlan {
  readonly manner: PaymentManner;
  /** The provider hears of payments by UPI too. */
  readonly upiReports: boolean;
  /** What differs from the account's plan for the callbacks of this message, and so of its payments. */
  readonly callbacks?: Partial<CallbackPlan>;
  /** What the person does by themself. */
  readonly person?: readonly PersonAct[];
}

/** How the callbacks of one payment differ from those of its order's message. */
export interface PaymentTelling {
  readonly times?: number;
  /** They come so much later than the payment. */
  readonly afterMs?: number;
  readonly posted?: boolean;
  readonly forged?: boolean;
}

/** What came of it. */
export interface PersonPaid {
  readonly order: ChatOrder;
  readonly payment: ChatPayment;
  /** How the callbacks that were posted at once were taken at the first try. */
  readonly posted: readonly PostedCallback[];
}

export interface OrderFilter {
  readonly kind?: SimulatedKind;
  readonly account?: string;
  readonly recipient?: string;
  readonly reference?: string;
  readonly messageId?: string;
}

interface Kept {
  readonly key: string;
  readonly order: ChatOrder;
  readonly plan: OrderPlan;
  /** What the magic person has yet to do; begun by the delivery. */
  left: readonly PersonAct[];
}

interface Surroundings {
  readonly callbacks: Callbacks;
  readonly ledger: Ledger;
  readonly timers: Timers;
  readonly now: () => Date;
  readonly capacity: number;
}

/** `partially_shipped` is `partially-shipped`. */
const hyphened = (status: string): string => status.replace('_', '-');

const keyOf = ({ kind, business }: Pick<OrderSender, 'kind' | 'business'>, reference: string): string =>
  `${kind}\n${business}\n${reference}`;

/** The orders that persons have in their chats with all accounts, in memory, the newest `capacity`; and the persons who pay. */
export class ChatOrders {
  private readonly byKey = new Map<string, Kept>();
  private readonly byMessage = new Map<string, Kept>();
  private readonly kept: Ring<Kept>;

  constructor(private readonly world: Surroundings) {
    this.kept = new Ring(world.capacity);
    world.callbacks.watch((message, status) => this.happened(message, status));
  }

  /** Why the message may not go out, though its form is right; undefined where it may, or is about no order. */
  faultOf(sender: OrderSender, type: string, content: unknown): OrderFault | undefined {
    const part = orderPartOf(type, content);
    if (part === undefined) return undefined;
    const at = (words: string, ...path: string[]): OrderFault => ({ path: [...part.place, ...path], words });
    if ('details' in part) {
      const { details } = part;
      const short = expirationFault(details, this.world.now());
      if (short !== undefined) return { ...short, path: [...part.place, ...short.path] };
      if (!this.byKey.has(keyOf(sender, details.reference_id))) return undefined;
      this.world.ledger.count(sender.kind, sender.account, 'orderRepeats');
      return at(`has been used: ${details.reference_id} is that of an earlier order_details message`, 'reference_id');
    }
    const { reference_id, order } = part.status;
    const known = this.byKey.get(keyOf(sender, reference_id))?.order;
    if (known === undefined || known.message.recipient !== sender.recipient)
      return at(`is not known: no order ${reference_id} was sent to this number`, 'reference_id');
    const standing = known.reported ? standingOf(known) : 'new';
    if (order.status === 'canceled' && (standing === 'captured' || standing === 'pending'))
      return at(`cannot be canceled: there is a successful or pending payment`, 'order', 'status');
    return undefined;
  }

  /** A message goes out: keeps the order that it opens, or what it says of one. */
  accept(message: LedgerMessage, sender: OrderSender, type: string, content: unknown, plan: OrderPlan): void {
    const part = orderPartOf(type, content);
    if (part === undefined) return;
    const { ledger } = this.world;
    if ('details' in part) {
      this.keep(message, keyOf(sender, part.details.reference_id), part.details, plan);
      ledger.count(sender.kind, sender.account, 'orders');
      return;
    }
    const { reference_id, order } = part.status;
    const statuses = this.byKey.get(keyOf(sender, reference_id))?.order.statuses;
    ledger.count(sender.kind, sender.account, 'orderStatuses');
    if (statuses?.some(({ status }) => hyphened(status) === hyphened(order.status)))
      ledger.count(sender.kind, sender.account, 'orderStatusRepeats');
    statuses?.push({ status: order.status, at: message.at, messageId: message.messageId });
  }

  /** Those that fit, newest first. */
  newest(filter: OrderFilter = {}, limit = Infinity): ChatOrder[] {
    return this.kept.newest(limit, ({ order }) => fits(order, filter)).map(({ order }) => order);
  }

  /**
   * The person pays the newest order that fits, tries and fails, or begins to pay and has to wait. What has begun comes to
   * its end whatever became of the order since. Undefined: there is no such order; a sentence says why they cannot.
   */
  async act(
    filter: OrderFilter,
    act: PersonAct,
    telling: PaymentTelling = {},
  ): Promise<PersonPaid | string | undefined> {
    const [kept] = this.kept.newest(1, ({ order }) => fits(order, filter));
    return kept && this.acts(kept, act, telling);
  }

  private async acts(kept: Kept, act: PersonAct, telling: PaymentTelling = {}): Promise<PersonPaid | string> {
    const { order } = kept;
    const { now, ledger } = this.world;
    const at = now();
    const open = order.payments.find(({ status }) => status === 'pending');
    const closed = open === undefined ? closedOf(order, kept.plan.manner, at) : undefined;
    if (closed !== undefined) return closed;

    const status = STATUS_AFTER[act];
    const payment: ChatPayment = open ?? {
      transactionId: kept.plan.manner.newTransactionId(),
      at,
      status,
      updatedAt: at,
    };
    const paidBefore = standingOf(order) === 'captured';
    if (open === undefined) order.payments.push(payment);
    Object.assign(payment, { status, updatedAt: at });
    if (act === 'pay') {
      const { kind, account } = order.message;
      ledger.count(kind, account, 'payments');
      if (paidBefore) ledger.count(kind, account, 'paymentRepeats');
    }
    return { order, payment, posted: await this.tell(kept, payment, telling) };
  }

  private keep(message: LedgerMessage, key: string, details: WireOrder, plan: OrderPlan): void {
    const { paymentType, configuration } = payeeOf(details);
    const { expiration } = details.order;
    const order: ChatOrder = {
      message,
      reference: details.reference_id,
      paymentType,
      configuration,
      total: details.total_amount.value,
      expiresAt: expiration === undefined ? null : new Date(Number(expiration.timestamp) * 1_000),
      warnings: warningsOf(details),
      reported: paymentType.startsWith('payment_gateway') || plan.upiReports,
      statuses: [],
      payments: [],
    };
    const kept: Kept = { key, order, plan, left: plan.person ?? [] };
    this.byKey.set(key, kept);
    this.byMessage.set(message.messageId, kept);
    const gone = this.kept.push(kept);
    if (gone === undefined) return;
    this.byKey.delete(gone.key);
    this.byMessage.delete(gone.order.message.messageId);
  }

  /** The callbacks of a payment: where and how those of its order's message go. */
  private async tell({ order, plan }: Kept, payment: ChatPayment, telling: PaymentTelling): Promise<PostedCallback[]> {
    const { callbacks, timers } = this.world;
    const { kind, account, messageId, recipient, callbackUrl: url } = order.message;
    const usual = callbacks.planOf(kind, account, plan.callbacks);
    const { times = usual.times, posted = usual.posted, forged = usual.wrongToken } = telling;
    // Only a message of its own plan has payments that are told late: the usual pause is for what follows an answer.
    const { afterMs = plan.callbacks?.firstAfterMs ?? 0 } = telling;
    if (!order.reported || !posted) return [];
    const style = callbacks.styleOf(kind, account, { spelling: usual.spelling, forged });
    const post = plan.manner.payment(order, payment, style);
    const subject = { account, messageId, recipient, status: `payment ${STANDING_OF[payment.status]}` };
    const postAll = async (): Promise<PostedCallback[]> => {
      const posts = Array.from({ length: times }, () =>
        callbacks.post(plan.manner, subject, post, { url, once: false }),
      );
      return (await Promise.all(posts)).filter((one) => one !== undefined);
    };
    if (afterMs === 0) return postAll();
    timers.after(afterMs, () => void postAll());
    return [];
  }

  /** A magic person has their order in hand, and goes on to do what they do. */
  private happened({ messageId }: LedgerMessage, status: SimulatedStatus): void {
    if (status !== 'delivered' && status !== 'read') return;
    const kept = this.byMessage.get(messageId);
    if (kept === undefined || kept.left.length === 0) return;
    const acts = kept.left;
    kept.left = [];
    acts.forEach((act, place) => {
      this.world.timers.after(PERSON_AFTER_MS * (place + 1), () => void this.acts(kept, act));
    });
  }
}

/** Why nobody can begin to pay it any more, or yet. */
function closedOf(order: ChatOrder, manner: PaymentManner, at: Date): string | undefined {
  const { reference, expiresAt, statuses, message } = order;
  if (statuses.some(({ status }) => status === 'canceled')) return `The order ${reference} was canceled.`;
  if (expiresAt !== null && at > expiresAt) return `The order ${reference} expired at ${expiresAt.toISOString()}.`;
  const words = message.events.map(({ status }) => status);
  const arrived = words.includes('delivered') || words.includes('read');
  return !arrived && words.some((status) => manner.isFailure(status))
    ? `The order ${reference} never came to the person: its message failed.`
    : undefined;
}

function fits({ message, reference }: ChatOrder, filter: OrderFilter): boolean {
  return (
    (filter.kind === undefined || message.kind === filter.kind) &&
    (filter.account === undefined || message.account === filter.account) &&
    (filter.recipient === undefined || message.recipient === filter.recipient) &&
    (filter.reference === undefined || reference === filter.reference) &&
    (filter.messageId === undefined || message.messageId === filter.messageId)
  );
}
