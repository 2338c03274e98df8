import { writeMoney } from '../common/money.js';
import { type Kind } from './simulated.js';
import { type TimelineLine } from './terminal.js';

interface Content {
  readonly __typename: string;
  readonly template?: { readonly name: string };
  readonly text?: string;
  /** Of what a person chose. */
  readonly replyId?: string | null;
  readonly type?: string;
  readonly mediaId?: string | null;
  readonly caption?: string | null;
}

export interface StoryMessage {
  readonly id: string;
  readonly direction: 'INBOUND' | 'OUTBOUND';
  readonly reference: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly providerMessageId: string | null;
  readonly account: { readonly kind: Kind } | null;
  readonly inReplyTo: { readonly id: string; readonly reference: string | null } | null;
  /** The message in whose place it is sent; it bears that one's reference. */
  readonly fallbackOf: { readonly id: string } | null;
  readonly payment: { readonly id: string } | null;
  readonly content: Content;
  readonly problem: { readonly code: string; readonly provider: { readonly code: string | null } | null } | null;
}

export interface StoryEvent {
  readonly id: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly message: StoryMessage | null;
  readonly verification: { readonly id: string; readonly reference: string | null } | null;
  readonly payment: { readonly id: string; readonly to: string | null } | null;
  readonly template: { readonly name: string } | null;
  readonly account: { readonly kind: Kind; readonly name: string } | null;
  readonly data: {
    readonly optOut?: { readonly phone: string; readonly scope: string | null };
    readonly template?: {
      readonly accountId: string;
      readonly status: string;
      readonly rejectionReason: string | null;
    };
    readonly account?: { readonly health: string };
    readonly endpoint?: { readonly disabledReason: string | null };
    readonly verification?: { readonly method: string; readonly phone: string; readonly status: string };
    readonly payment?: {
      readonly referenceId: string;
      readonly orderStatus: string;
      readonly total: { readonly value: number; readonly currency: string };
      readonly paidWith: string | null;
    };
    /** Why what a person sent proved nothing. */
    readonly reason?: string;
  };
}

/** The whole log from `after`: all that the timeline shows. */
export const FOLLOW = `subscription ($after: ID) { events(after: $after) {
  id type recordedAt data verification { id reference } payment { id to } template { name } account { kind name }
  message { id direction reference from to providerMessageId account { kind } inReplyTo { id reference } fallbackOf { id }
    payment { id } content { __typename ... on TemplateContent { template { name } text } ... on TextContent { text }
      ... on OrderContent { text }
      ... on InteractiveContent { text replyId } ... on MediaContent { type mediaId caption } }
    problem { code provider { code } } }
} }`;

/** What a message says, in one line. */
export function summaryOf({ template, text, type, caption }: Content): string {
  if (template) return template.name;
  const words = text ?? caption ?? '';
  return [...(type ? [type.toLowerCase()] : []), ...(words ? [`“${words}”`] : [])].join(' ') || 'something else';
}

/** What the story calls a message, by its reference or else by its words; and whose an account is, by its id. */
export interface Names {
  readonly titleOf: (reference: string | null, words?: string) => string | undefined;
  readonly kindOf: (accountId: string) => Kind | null;
}

/** One event as a line of the timeline. */
export function lineOf(
  { type, recordedAt, message, verification, payment, template, account, data }: StoryEvent,
  names: Names,
): TimelineLine {
  const at = new Date(recordedAt);
  if (message) return lineOfMessage(at, type.replace('MESSAGE_', ''), message, names);
  if (data.verification) {
    const { method, phone: who } = data.verification;
    const what = names.titleOf(verification?.reference ?? null) ?? 'a verification';
    const state = type.replace('VERIFICATION_', '');
    return { at, provider: null, what, who, state, detail: data.reason ?? `by ${method}` };
  }
  if (data.payment) {
    const { referenceId, orderStatus, total, paidWith } = data.payment;
    const isOrder = type === 'ORDER_STATUS_UPDATED';
    const amount = writeMoney(String(total.value), total.currency);
    return {
      ...{ at, provider: null, what: names.titleOf(referenceId) ?? 'a payment', who: payment?.to ?? '' },
      state: isOrder ? orderStatus : type.replace('PAYMENT_', ''),
      detail: isOrder ? 'the order' : [amount, paidWith].filter(Boolean).join(' by '),
    };
  }
  if (data.optOut) {
    const { phone: who, scope } = data.optOut;
    const state = scope === null ? 'OPTED IN' : 'OPTED OUT';
    return { at, provider: null, what: 'consent', who, state, detail: scope ?? '' };
  }
  if (data.template) {
    const { accountId, status: state, rejectionReason } = data.template;
    const what = template?.name ?? '';
    return { at, provider: names.kindOf(accountId), what, who: 'template', state, detail: rejectionReason ?? '' };
  }
  if (data.endpoint) {
    const state = type.replace('WEBHOOK_', '');
    return {
      at,
      provider: null,
      what: 'its event',
      who: 'endpoint',
      state,
      detail: data.endpoint.disabledReason ?? '',
    };
  }
  const { kind = null, name = '' } = account ?? {};
  return { at, provider: kind, what: name, who: 'account', state: data.account?.health ?? type, detail: '' };
}

function lineOfMessage(at: Date, state: string, message: StoryMessage, { titleOf }: Names): TimelineLine {
  const { account, content, direction, from, to, reference } = message;
  const answered = titleOf(message.inReplyTo?.reference ?? null);
  return {
    at,
    provider: account?.kind ?? null,
    what: message.fallbackOf
      ? `instead: ${summaryOf(content)}`
      : message.payment
        ? summaryOf(content)
        : (titleOf(reference, content.text) ?? summaryOf(content)),
    who: (direction === 'INBOUND' ? from : to) ?? 'a person',
    state,
    detail: state === 'RECEIVED' && answered ? `answers “${answered}”` : detailOf(state, message),
  };
}

function detailOf(state: string, { providerMessageId, problem, content }: StoryMessage): string {
  const failed = problem?.provider ? `${problem.code} (the provider’s ${problem.provider.code})` : problem?.code;
  if (state === 'SUBMITTED') return `as ${providerMessageId}`;
  if (state === 'FAILED') return failed ?? '';
  if (state === 'RECEIVED') return content.replyId ? `chose ${content.replyId}` : 'a person writes';
  return '';
}
