import { isProblem, type Problem } from '../common/problem.js';
import { readTemplate, type SendTemplate } from '../messages/planning/send-content.js';
import { type OrderStatus } from '../providers/ports/messaging.js';
import { neededText, optionalText, saidIn, unstorableProblem, wrong } from './input-texts.js';
import { type TemplateInput } from './payment-input.js';
import { type PaymentTerms } from './payment-terms.js';

/** What updateOrderStatus takes, as a caller writes it. */
export interface UpdateInput {
  readonly paymentId: string;
  readonly status: OrderStatus;
  readonly body?: string | null;
  readonly description?: string | null;
  readonly template?: TemplateInput | null;
}

/** A step of an order that is well formed: in the chat it has a body, by checkout nothing or a template. */
export interface OrderUpdate {
  readonly status: OrderStatus;
  readonly body: string | null;
  readonly description: string | null;
  readonly template: SendTemplate | null;
}

// Meta, order_status messages.
const LONGEST_BODY = 1024;
const LONGEST_DESCRIPTION = 120;

/** Checks a step of an order by itself; whether the order may take it is another question (mayOrderGo). */
export function readOrderUpdate(input: UpdateInput, via: PaymentTerms['via']): OrderUpdate | Problem {
  const unstorable = unstorableProblem(input);
  if (unstorable) return unstorable;
  const { status, body = null } = input;
  const description = saidIn(input.description);
  if (via === 'CHECKOUT') {
    if (body !== null) return wrong('Orders by checkout send a template or nothing: give a template.', 'body');
    if (description !== null)
      return wrong('Orders by checkout send a template or nothing: leave it out.', 'description');
    const template = input.template ? readTemplate(input.template, 'template') : null;
    return isProblem(template) ? template : { status, body, description, template };
  }
  if (body === null) return wrong('Say what the person reads: give a body.', 'body');
  const bad =
    neededText(body, LONGEST_BODY, 'body') ?? optionalText(input.description, LONGEST_DESCRIPTION, 'description');
  if (bad) return bad;
  if (input.template) return wrong('An order in the chat is told of by its body: leave the template out.', 'template');
  return { status, body, description, template: null };
}
