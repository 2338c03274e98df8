import { createHmac, hash, randomBytes, randomInt } from 'node:crypto';
import {
  type ExotelCallback,
  type ExotelIncomingContent,
  type ExotelStatus,
} from '../../providers/exotel/exotel.wire.js';
import { type Accounts } from '../accounts.js';
import { type SimulatedStatus } from '../behaviour.js';
import {
  type CallbackManner,
  type CallbackPost,
  type CallbackStyle,
  type InboundMessage,
  type ReportedMessage,
} from '../callback-manner.js';
import { type ChatOrder, type ChatPayment, type PaymentManner } from '../chat-order.js';
import { type Ledger } from '../ledger.js';
import { orderPartOf } from '../wire-order.js';
import { exoStatus, isFailureCode, PAYMENT_CODES } from './exotel-codes.js';

const MINUTE_MS = 60_000;
const KOLKATA_OFFSET_MS = 5.5 * 60 * MINUTE_MS;
/** Whom persons write to where the account has not sent anything yet. */
const DEFAULT_SENDER = '+918047104710';

/** `2024-05-21T12:48:26+05:30`. */
export function kolkataTime(at: Date): string {
  return `${new Date(at.getTime() + KOLKATA_OFFSET_MS).toISOString().slice(0, 19)}+05:30`;
}

/** What Exotel posts: delivery reports, what became of payments and messages of persons, to one URL each. */
export class ExotelCallbacks implements CallbackManner, PaymentManner {
  readonly kind = 'EXOTEL';
  /** As the newer site has it; its sibling pages say other times. */
  readonly retryAfterMs = [30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS];

  constructor(
    private readonly accounts: Accounts,
    private readonly ledger: Ledger,
  ) {}

  newMessageId(): string {
    return randomBytes(16).toString('hex');
  }

  /** The payments page's sample begins like this, and hides the rest. */
  newTransactionId(): string {
    return String(randomInt(41_428_000_000_000, 41_429_000_000_000));
  }

  isFailure(status: SimulatedStatus): boolean {
    return isFailureCode(status);
  }

  /** A payment's code made by hand has an id of a transaction that nobody made. */
  status(message: ReportedMessage, status: SimulatedStatus, at: Date, style: CallbackStyle): CallbackPost {
    const { messageId: sid } = message;
    const isPayment = (Object.values(PAYMENT_CODES) as string[]).includes(status);
    const beside: Partial<ExotelStatus> = isPayment
      ? { payment_transaction_id: `order_${sid.slice(0, 14)}` }
      : { conversation_id: hash('md5', sid) };
    return this.report(message, status, at, style, beside);
  }

  payment({ message }: ChatOrder, payment: ChatPayment, style: CallbackStyle): CallbackPost {
    const { transactionId, status, updatedAt } = payment;
    return this.report(message, PAYMENT_CODES[status], updatedAt, style, { payment_transaction_id: transactionId });
  }

  inbound(message: InboundMessage, at: Date, style: CallbackStyle): CallbackPost | string {
    if (message.from === undefined) return 'needs from: Exotel always tells the number';
    const account = this.accounts.find('EXOTEL', message.account);
    const answered = message.replyTo === undefined ? undefined : this.ledger.message(message.replyTo);
    const [lastSent] = this.ledger.messages({ kind: 'EXOTEL', account: message.account }, 1);
    const to = message.to ?? (answered ?? lastSent)?.sender ?? account?.senders?.[0] ?? DEFAULT_SENDER;
    const incoming = {
      callback_type: account?.incomingType ?? ('incoming_message' as const),
      sid: message.messageId,
      from: `+${message.from}`,
      to,
      ...(message.name !== undefined && { profile_name: message.name }),
      timestamp: kolkataTime(at),
      // What is given raw may be anything: a test of what nobody documents.
      content: contentOf(message) ?? (message.raw as unknown as ExotelIncomingContent),
    };
    const post = this.posted(message.account, { whatsapp: { messages: [incoming] } }, style);
    // A reply comes to where the reports of the message that it answers go (Exotel, "status_callback").
    return answered?.callbackUrl === undefined ? post : { ...post, url: answered.callbackUrl };
  }

  isTaken(httpStatus: number): boolean {
    return httpStatus === 200;
  }

  private report(
    message: ReportedMessage,
    status: SimulatedStatus,
    at: Date,
    style: CallbackStyle,
    beside: Partial<ExotelStatus>,
  ): CallbackPost {
    const { code, detailed, description } = exoStatus(status);
    const { account, messageId, recipient, customData } = message;
    const report: ExotelStatus = {
      callback_type: 'dlr',
      sid: messageId,
      to: `+${recipient}`,
      exo_status_code: code,
      exo_detailed_status: detailed,
      description,
      timestamp: kolkataTime(at),
      ...(customData !== undefined && { custom_data: customData }),
      ...referenceOf(message),
      ...beside,
    };
    return this.posted(account, { whatsapp: { messages: [report] } }, style);
  }

  private posted(
    sid: string,
    bare: Extract<ExotelCallback, { whatsapp: unknown }>,
    style: CallbackStyle,
  ): CallbackPost {
    const account = this.accounts.find('EXOTEL', sid);
    const wrapped = account?.wrapper === 'params' || style.spelling === 'table';
    const body = JSON.stringify((wrapped ? { params: bare } : bare) satisfies ExotelCallback);
    const key = style.forged ? 'not-the-secret' : account?.signingSecret;
    return {
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && {
          'x-exotel-signature': `sha256=${createHmac('sha256', key).update(body, 'utf8').digest('hex')}`,
        }),
      },
      body,
    };
  }
}

/** The sample of the payments page has it in the report of a delivery too. */
function referenceOf({ type, content }: ReportedMessage): Pick<ExotelStatus, 'payment_reference_id'> {
  const part =
    type === undefined ? undefined : orderPartOf(type, (content as Record<string, unknown> | undefined)?.[type]);
  return part !== undefined && 'details' in part ? { payment_reference_id: part.details.reference_id } : {};
}

function contentOf({ text, media, button, quickReply, list }: InboundMessage): ExotelIncomingContent | undefined {
  if (text !== undefined) return { type: 'text', text: { body: text } };
  if (button) return { type: 'interactive', interactive: { type: 'button_reply', button_reply: button } };
  if (list) return { type: 'interactive', interactive: { type: 'list_reply', list_reply: list } };
  if (quickReply) return { type: 'button', button: quickReply };
  if (!media) return undefined;
  const { type, url, mimeType, caption, filename } = media;
  return { type, [type]: { url, mime_type: mimeType, caption, filename } } as ExotelIncomingContent;
}
