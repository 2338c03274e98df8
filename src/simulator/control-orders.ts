import { accountIn, type OfAccount } from './account-kind.js';
import { type Answer, jsonObject, msisdn, type PersonAct, type SimulatedKind } from './behaviour.js';
import { type ChatOrder, standingOf } from './chat-order.js';
import { type ChatOrders, type OrderFilter, type PaymentTelling } from './chat-orders.js';
import { faultOf } from './control-input.js';
import { PERSON_PAYS } from './control-shapes.js';

/** Which order, and how its callback comes. */
export interface PersonPays extends OfAccount, PaymentTelling {
  readonly kind: SimulatedKind;
  readonly reference?: string;
  readonly messageId?: string;
  /** A number in any form. */
  readonly recipient?: string;
}

const said = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const wrong = (message: string, status = 400): Answer => said({ message }, status);

/** `POST /_simulator/orders/pay`, `…/fail`, `…/wait`: what a person does with an order in the chat. */
export async function personActs(orders: ChatOrders, act: PersonAct, body: Buffer): Promise<Answer> {
  const given = jsonObject(body);
  if (given === undefined) return wrong('The body is not a JSON object.');
  const fault = faultOf(given, PERSON_PAYS);
  if (fault !== undefined) return wrong(`The input ${fault}.`);
  const input = given as unknown as PersonPays;
  const { kind, reference, messageId, recipient, times, afterMs, posted, forged } = input;
  if (reference === undefined && messageId === undefined)
    return wrong('Give the reference of the order, or its messageId.');
  const filter: OrderFilter = {
    ...{ kind, account: accountIn(input), reference, messageId },
    ...(recipient !== undefined && { recipient: msisdn(recipient.replace(/[\s().-]/g, '')) }),
  };
  const paid = await orders.act(filter, act, { times, afterMs, posted, forged });
  if (paid === undefined) return wrong('There is no such order.', 404);
  if (typeof paid === 'string') return wrong(paid, 409);
  return said({ order: listed(paid.order), transactionId: paid.payment.transactionId, posted: paid.posted });
}

/** `GET /_simulator/orders`: those that fit, newest first. */
export function listOrders(orders: ChatOrders, filter: OrderFilter, limit: number): Answer {
  return said({ orders: orders.newest(filter, limit).map(listed) });
}

function listed(order: ChatOrder): object {
  const { message, statuses, payments, ...rest } = order;
  const { kind, account, recipient, messageId, at: sentAt } = message;
  return {
    ...{ kind, account, recipient, messageId, sentAt },
    ...rest,
    payment: standingOf(order),
    payments,
    status: statuses.at(-1)?.status ?? 'pending',
    statuses,
  };
}
