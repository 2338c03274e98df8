import { writeMoney } from '../common/money.js';
import { type Problem, problem } from '../common/problem.js';
import { type SendContent, type SendTemplate } from '../messages/planning/send-content.js';
import { type Send } from '../messages/planning/send-input.js';
import { type OrderStanding } from '../providers/ports/messaging.js';
import { orderDetails } from './order-details.js';
import { type Payment } from './payment-row.js';
import { type AskingMessage } from './payment-store.js';
import { type ChatTerms } from './payment-terms.js';

/** Where in a caller's input the parts of a message stand. `hasPerson`: whom it goes to, and by which account, is said there too. */
interface Place {
  readonly template: string;
  readonly other: string;
  readonly hasPerson: boolean;
}

export const PLACES = {
  order: { template: 'via.whatsapp.template', other: 'via.whatsapp', hasPerson: true },
  link: { template: 'via.checkout.linkTemplate', other: 'via.checkout.linkTemplate', hasPerson: true },
  receipt: { template: 'receipt.template', other: 'receipt', hasPerson: true },
  update: { template: 'template', other: 'body', hasPerson: false },
} as const satisfies Record<string, Place>;

/** The message by which an order is reviewed and paid in the chat: by a template where the merchant named one. */
export function orderSend(payment: Payment, terms: ChatTerms, reference: string, accountId: string | null): Send {
  const details = orderDetails(payment.order, terms, reference, payment.currency, payment.expiresAt);
  const { text, footer, headerImage, template } = terms;
  const content: SendContent = template
    ? { ...template, order: details }
    : { kind: 'order', paymentId: payment.id, text, footer, headerImage, details };
  return { ...sendOf(payment, content), accountId, expiresAt: payment.expiresAt };
}

/**
 * The reference of the card on which the person sees where their order stands: the one that counts, else the newest that they
 * have. Null where they have none; the rail takes no state of an order that it has not sent.
 */
export function cardInHand({ cardReference }: Payment, asking: readonly AskingMessage[]): string | null {
  const had = asking.filter(({ hasLeft }) => hasLeft).map(({ reference }) => reference);
  return had.includes(cardReference) ? cardReference : (had.at(-1) ?? null);
}

/** The message that shows where an order in the chat stands; through the account that the order went through. */
export function statusSend(
  payment: Payment,
  referenceId: string,
  text: string,
  standing: Omit<OrderStanding, 'referenceId'>,
): Send {
  const details = { referenceId, ...standing };
  return {
    ...sendOf(payment, { kind: 'orderStatus', paymentId: payment.id, text, details }),
    accountId: payment.accountId,
  };
}

/** The message with the link to the page: the template's values and, after them, the link. */
export function linkSend(payment: Payment, template: SendTemplate, link: string): Send {
  return { ...templateSend(payment, template, [link]), expiresAt: payment.expiresAt };
}

/** The message that says it is paid: the template's values and, after them, the order's number and the amount. */
export function receiptSend(payment: Payment, template: SendTemplate): Send {
  return templateSend(payment, template, [payment.referenceId, writeMoney(payment.total, payment.currency)]);
}

/** A template by whichever account of the project's that sends it, with more values behind those that were given. */
export function templateSend(payment: Payment, template: SendTemplate, more: readonly string[] = []): Send {
  return sendOf(payment, { ...template, params: [...template.params, ...more] });
}

function sendOf({ projectId, person, referenceId }: Payment, content: SendContent): Send {
  return {
    ...{ projectId, to: person ?? '', content, reference: referenceId },
    ...{ accountId: null, replyTo: null, fallbacks: [], scheduledAt: null, expiresAt: null, metadata: null },
    ...{ priority: null, resendUnconfirmed: false, idempotency: null },
  };
}

/** Why it cannot be sent, as the caller of a payment reads it: in the paths of his own input. */
export function sendProblem(why: Problem, place: Place): Problem {
  const { code, message, provider, retryAt } = why;
  return problem(code, message, fieldOf(why.field ?? null, place), { provider, retryAt });
}

function fieldOf(field: string | null, { template, other, hasPerson }: Place): string | null {
  if (field === null) return null;
  if (field === 'to' || field === 'accountId') return hasPerson ? field : null;
  if (field.startsWith('content.template')) return field.replace('content.template', template);
  if (field.startsWith('content.order.')) return field.replace('content.order', other);
  return field.startsWith('content') ? other : field;
}
