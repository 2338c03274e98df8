import { hash, randomBytes } from 'node:crypto';
import {
  type MetaInboundMessage,
  type MetaMessagesValue,
  type MetaPayment,
  type MetaPaymentStatus,
  type MetaStatus,
  type MetaTemplateCategoryValue,
  type MetaTemplateStatusValue,
  type MetaTransaction,
  type MetaWebhook,
  type MetaWebhookContact,
} from '../../providers/meta/meta.wire.js';
import { type SimulatedStatus } from '../behaviour.js';
import {
  type CallbackManner,
  type CallbackPost,
  type CallbackStyle,
  type InboundMessage,
  type ReportedMessage,
} from '../callback-manner.js';
import {
  type ChatOrder,
  type ChatPayment,
  type PaymentManner,
  type PaymentStanding,
  STANDING_OF,
} from '../chat-order.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { OFFSET } from '../wire-order.js';
import { displayNumberOf, type SimulatedMetaAccount } from './meta-account.js';
import { metaError, statusError } from './meta-errors.js';
import { newMediaId } from './meta-media-api.js';
import { fieldOf } from './meta-rules.js';
import { hubSignature, metaJson } from './meta-signature.js';
import { type MetaTemplate } from './meta-template.js';
import { type MetaTemplates } from './meta-templates.js';

const DAY_S = 24 * 60 * 60;
/** What a plain `failed` says. */
const USUAL_FAILURE = 131026;
/** From Graph API v24.0 on a status has no `conversation`. */
const NO_CONVERSATIONS = 24;
const DEFAULT_WEBHOOK_VERSION = 23;

type Change = MetaWebhook['entry'][number]['changes'][number];

const seconds = (at: Date): string => String(Math.floor(at.getTime() / 1000));

/** A message id as WhatsApp's look. */
export const newWamid = (): string => `wamid.HBgN${randomBytes(27).toString('base64')}`;

/** The id of a person with a number: the same for the same number and business. */
export function userIdOf(waId: string, businessAccountId: string): string {
  const country = waId.startsWith('62') ? 'ID' : waId.startsWith('91') ? 'IN' : 'US';
  const digest = hash('sha256', `${businessAccountId} ${waId}`, 'hex');
  return `${country}.${BigInt(`0x${digest.slice(0, 16)}`)}`;
}

/** How Meta calls back: signed JSON, tried again until somebody answers 200. */
export class MetaWebhooks implements CallbackManner, PaymentManner {
  readonly kind = 'META';
  /** For up to seven days, the document says, with growing delays; here as long as a test has patience. */
  readonly retryAfterMs = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];

  constructor(
    private readonly world: SimulatedWorld,
    private readonly templates: MetaTemplates,
  ) {}

  newMessageId(): string {
    return newWamid();
  }

  newFileId(): string {
    return newMediaId();
  }

  /** As Razorpay's orders have them. */
  newTransactionId(): string {
    return `order_${randomBytes(7).toString('hex')}`;
  }

  isFailure(status: SimulatedStatus): boolean {
    return status === 'failed' || /^\d+$/.test(status);
  }

  isTaken(httpStatus: number): boolean {
    return httpStatus === 200;
  }

  status(message: ReportedMessage, status: SimulatedStatus, at: Date, style: CallbackStyle): CallbackPost {
    const account = this.accountOf(message.account);
    const failed = this.isFailure(status);
    const isNumber = /^\d+$/.test(message.recipient);
    const userId = isNumber ? userIdOf(message.recipient, account.businessAccountId) : message.recipient;
    const namesId = !isNumber || (account.userIds === true && !failed);
    const said: MetaStatus = {
      id: message.messageId,
      status: failed ? 'failed' : status,
      timestamp: seconds(at),
      ...(isNumber && { recipient_id: message.recipient }),
      ...(namesId && { recipient_user_id: userId }),
      ...(message.customData !== undefined && { biz_opaque_callback_data: message.customData }),
      ...(failed
        ? { errors: [statusError(metaError(status === 'failed' ? USUAL_FAILURE : Number(status))) as { code: number }] }
        : this.billing(account, message, status, at)),
    };
    const contact: MetaWebhookContact = { ...(isNumber && { wa_id: message.recipient }), user_id: userId };
    return this.messages(account, { ...(namesId && !failed && { contacts: [contact] }), statuses: [said] }, style);
  }

  /** A status of its own type, for the id of the order's message. */
  payment(order: ChatOrder, payment: ChatPayment, style: CallbackStyle): CallbackPost {
    const { message } = order;
    const account = this.accountOf(message.account);
    const said: MetaPaymentStatus = {
      id: message.messageId,
      type: 'payment',
      status: paymentWord(account, STANDING_OF[payment.status]),
      ...(/^\d+$/.test(message.recipient) && { recipient_id: message.recipient }),
      timestamp: seconds(payment.updatedAt),
      payment: { ...paymentOf(order), transaction: transactionOf(order, payment) },
    };
    return this.messages(account, { statuses: [said] }, style);
  }

  inbound(message: InboundMessage, at: Date, style: CallbackStyle): CallbackPost | string {
    const account = this.accountOf(message.account);
    const content = inboundContent(message);
    if (message.from === undefined && message.recipientId === undefined)
      return 'Give the number or the recipientId of the person.';
    if (content === undefined) return 'Meta has no such message.';
    const known = message.from === undefined ? undefined : userIdOf(message.from, account.businessAccountId);
    const userId = message.recipientId ?? (account.userIds ? known : undefined);
    const said = {
      ...(message.from !== undefined && { from: message.from }),
      ...(userId !== undefined && { from_user_id: userId }),
      id: message.messageId,
      timestamp: seconds(at),
      ...content,
      ...(message.replyTo !== undefined && { context: { from: displayNumberOf(account), id: message.replyTo } }),
    } as MetaInboundMessage;
    const contact: MetaWebhookContact = {
      profile: { name: message.name ?? 'Budi' },
      ...(message.from !== undefined && { wa_id: message.from }),
      ...(userId !== undefined && { user_id: userId }),
    };
    return this.messages(account, { contacts: [contact], messages: [said] }, style);
  }

  /** A template's status changed. */
  templateStatus(account: SimulatedMetaAccount, template: MetaTemplate, at: Date, style: CallbackStyle): CallbackPost {
    const { id, name, language, category, status: event, rejectedReason } = template;
    const value: MetaTemplateStatusValue = {
      event,
      message_template_id: Number(id),
      message_template_name: name,
      message_template_language: language,
      message_template_category: category,
      reason: event === 'REJECTED' ? rejectedReason : event === 'APPROVED' ? 'NONE' : null,
      ...(event === 'DISABLED' && { disable_info: { disable_date: seconds(at) } }),
      ...(event === 'PAUSED' && {
        other_info: { title: 'FIRST_PAUSE', description: 'The template is paused for 3 hours because of low quality.' },
      }),
      ...(event === 'REJECTED' && {
        rejection_info: {
          reason: 'The template breaks a rule.',
          recommendation: 'Change its text and submit it again.',
        },
      }),
    };
    return this.signed(account, { field: 'message_template_status_update', value }, style, at);
  }

  /** Meta put a template into another category. */
  templateCategory(
    account: SimulatedMetaAccount,
    template: MetaTemplate,
    previous: string,
    at: Date,
    style: CallbackStyle,
  ): CallbackPost {
    const value: MetaTemplateCategoryValue = {
      message_template_id: Number(template.id),
      message_template_name: template.name,
      message_template_language: template.language,
      previous_category: previous,
      new_category: template.category,
    };
    return this.signed(account, { field: 'template_category_update', value }, style, at);
  }

  /** A body as it is, with its signature. */
  raw(account: SimulatedMetaAccount, body: string, style: CallbackStyle): CallbackPost {
    const signature = hubSignature(body, style.forged ? 'not-the-secret' : account.appSecret);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'facebookexternalua',
      'x-hub-signature-256': signature,
    };
    return { headers, body };
  }

  /** One change in its envelope; an entry about templates has a time of its own. */
  private signed(account: SimulatedMetaAccount, change: Change, style: CallbackStyle, at?: Date): CallbackPost {
    const time = at && { time: Number(seconds(at)) };
    const webhook: MetaWebhook = {
      object: 'whatsapp_business_account',
      entry: [{ id: account.businessAccountId, ...time, changes: [change] }],
    };
    return this.raw(account, metaJson(webhook), style);
  }

  private messages(
    account: SimulatedMetaAccount,
    what: Pick<MetaMessagesValue, 'contacts' | 'messages' | 'statuses'>,
    style: CallbackStyle,
  ): CallbackPost {
    const metadata = { display_phone_number: displayNumberOf(account), phone_number_id: account.phoneNumberId };
    const value: MetaMessagesValue = { messaging_product: 'whatsapp', metadata, ...what };
    return this.signed(account, { field: 'messages', value }, style);
  }

  /** `conversation` with sent and delivered, its end with sent alone; `pricing` by message, as since July 2025. */
  private billing(
    account: SimulatedMetaAccount,
    message: ReportedMessage,
    status: SimulatedStatus,
    at: Date,
  ): Pick<MetaStatus, 'conversation' | 'pricing'> {
    if (status !== 'sent' && status !== 'delivered') return {};
    const category = this.categoryOf(account, message);
    const open = this.world.windows.isOpen('META', message.account, message.recipient, at);
    const free = category === 'service' || (open && category === 'utility');
    const conversation = {
      id: hash('sha256', `${message.account} ${message.recipient} ${category}`, 'hex').slice(0, 32),
      ...(status === 'sent' && { expiration_timestamp: String(Number(seconds(at)) + DAY_S) }),
      origin: { type: category },
    };
    const hasConversation = (account.webhookVersion ?? DEFAULT_WEBHOOK_VERSION) < NO_CONVERSATIONS;
    const pricing = {
      billable: !free,
      pricing_model: 'PMP',
      type: free ? 'free_customer_service' : 'regular',
      category,
    };
    return { ...(hasConversation && { conversation }), pricing };
  }

  private categoryOf(account: SimulatedMetaAccount, message: ReportedMessage): string {
    if (!message.template) return 'service';
    const language = String(fieldOf(fieldOf(message.content, 'language'), 'code'));
    const template = this.templates.find(account.businessAccountId, message.template, language);
    return (template?.category ?? 'UTILITY').toLowerCase();
  }

  private accountOf(phoneNumberId: string): SimulatedMetaAccount {
    const account = this.world.accounts.find('META', phoneNumberId);
    if (account === undefined) throw new Error(`The simulated Meta has no phone number id ${phoneNumberId}`);
    return account;
  }
}

/** What webhook and lookup say alike of the payment of an order. */
export const paymentOf = ({ reference, total }: ChatOrder): MetaPayment => ({
  reference_id: reference,
  amount: { value: total, offset: OFFSET },
  currency: 'INR',
});

/** The order of somebody who tried and failed can still be paid, so that Meta's page has it pending. */
export function paymentWord(account: SimulatedMetaAccount, standing: PaymentStanding): string {
  if (standing === 'new') return 'pending';
  return standing === 'failed' ? (account.failedPayment ?? 'failed') : standing;
}

/** One try to pay, as webhook and lookup tell it. */
export function transactionOf(
  order: ChatOrder,
  { transactionId, status, at, updatedAt }: ChatPayment,
): MetaTransaction {
  const [kind, gateway = kind === 'payment_gateway' ? 'razorpay' : 'upi'] = order.paymentType.split(':');
  return {
    id: transactionId,
    type: gateway,
    status,
    created_timestamp: Number(seconds(at)),
    updated_timestamp: Number(seconds(updatedAt)),
    method: { type: 'upi' },
    ...(status === 'failed' && { error: { code: 'BAD_REQUEST_ERROR', reason: 'payment_failed' } }),
  };
}

/** `type` and the field of that name. */
function inboundContent(message: InboundMessage): Record<string, unknown> | undefined {
  const { text, media, button, quickReply, list, raw } = message;
  if (text !== undefined) return { type: 'text', text: { body: text } };
  if (media !== undefined) {
    const { type, fileId: id, mimeType: mime_type, sha256, filename, caption } = media;
    return {
      type,
      [type]: {
        ...(caption !== undefined && { caption }),
        mime_type,
        sha256,
        id,
        ...(filename !== undefined && { filename }),
      },
    };
  }
  if (button !== undefined) return { type: 'interactive', interactive: { type: 'button_reply', button_reply: button } };
  if (list !== undefined) return { type: 'interactive', interactive: { type: 'list_reply', list_reply: list } };
  if (quickReply !== undefined) return { type: 'button', button: quickReply };
  return raw;
}
