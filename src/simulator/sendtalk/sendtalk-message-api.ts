import { randomUUID } from 'node:crypto';
import { type SendTalkMessageData, type SendTalkStatusData } from '../../providers/sendtalk/sendtalk.wire.js';
import { type Answer, goesOut, type Refusal, withLine } from '../behaviour.js';
import { httpUrl } from '../control-input.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';
import {
  type Caller,
  INVALID_RECIPIENT,
  isRefusal,
  PHONE,
  required,
  type SendTalkCalls,
  shaped,
  UNKNOWN_MESSAGE,
} from './sendtalk-calls.js';

const LONGEST_TEXT = 4096;
const PRICE = { currency: 'IDR', price: 75 };

interface Send {
  readonly recipient: string;
  readonly type: string;
  readonly content: Readonly<Record<string, string>>;
}

/** Plain messages and their status, about which nothing is posted. */
export class SendTalkMessageApi {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly calls: SendTalkCalls,
  ) {}

  send(account: SimulatedSendTalkAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const send = readSend(input);
    if (isRefusal(send)) return this.calls.refuse(caller, send);
    caller.recipient = send.recipient;
    if (account.refuses !== undefined)
      return this.calls.refuse(caller, { http: 200, code: account.refuses, message: 'The message was not sent' });
    const key = Ledger.keyOf(send.recipient, send.type, [send.content]);
    const behaviour = this.world.faults.ofSend('SENDTALK', account.apiKey, send.recipient, key);
    if (!goesOut(behaviour)) return this.calls.strike(caller, behaviour);

    const message: LedgerMessage = {
      kind: 'SENDTALK',
      account: account.apiKey,
      recipient: send.recipient,
      type: send.type,
      template: null,
      params: [],
      content: send.content,
      requestId: null,
      at: caller.at,
      messageId: randomUUID(),
      repeats: 0,
      events: [],
    };
    this.world.ledger.accept(message, key);
    const after = this.world.callbacks.report(undefined, message, behaviour?.callbacks, behaviour?.delayMs ?? 0);
    const answer = shaped<SendTalkMessageData>(
      {
        success: true,
        message: 'The message has been added to queue',
        reason: '',
        ...(behaviour?.answer !== 'empty' && { id: message.messageId }),
      },
      behaviour,
    );
    this.calls.record(caller, 'accepted', answer.status, message.messageId);
    return withLine(after === undefined ? answer : { ...answer, after }, behaviour);
  }

  /** Known from clients alone. */
  status(account: SimulatedSendTalkAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const { id } = input;
    if (typeof id !== 'string' || id === '') return this.calls.refuse(caller, required('id', 'Message ID'));
    const behaviour = this.world.faults.ofCall('SENDTALK', account.apiKey, 'inquiry');
    if (!goesOut(behaviour)) return this.calls.strike(caller, behaviour);
    const message = this.world.ledger.message(id);
    if (message?.kind !== 'SENDTALK' || message.account !== account.apiKey)
      return this.calls.refuse(caller, UNKNOWN_MESSAGE);
    const answer = shaped(standing(message), behaviour);
    this.calls.record(caller, 'answered', answer.status, id);
    return withLine(answer, behaviour);
  }
}

function readSend({ phone, messageType, body, filename, fileName, caption }: Record<string, unknown>): Send | Refusal {
  if (typeof phone !== 'string' || phone === '') return required('phone', 'Phone');
  if (messageType !== 'text' && messageType !== 'otp' && messageType !== 'image')
    return required('messageType', 'Message type');
  if (typeof body !== 'string' || body === '' || body.length > LONGEST_TEXT) return required('body', 'Body');
  if (!PHONE.test(phone)) return INVALID_RECIPIENT;
  // otp is the same text in a faster queue.
  if (messageType !== 'image') return { recipient: phone, type: messageType, content: { body } };
  if (httpUrl(body) !== undefined) return required('body', 'File URL');
  // The document spells it both ways.
  const name = filename ?? fileName;
  if (typeof name !== 'string' || name === '') return required('filename', 'File name');
  if (caption !== undefined && typeof caption !== 'string') return required('caption', 'Caption');
  const content = { body, filename: name, ...(caption !== undefined && { caption }) };
  return { recipient: phone, type: messageType, content };
}

/** Where a message stands by the most advanced of what has happened to it. */
function standing({ events, at }: LedgerMessage): SendTalkStatusData {
  const happened = new Set(events.map(({ status }) => (/^\d+$/.test(status) ? 'failed' : status)));
  const status = (['read', 'delivered', 'failed', 'sent'] as const).find((one) => happened.has(one)) ?? 'pending';
  const isSent = happened.size > 0 && status !== 'failed';
  return {
    status,
    isPending: status === 'pending',
    isSent,
    sentTime: isSent ? (events[0]?.at.getTime() ?? 0) : 0,
    ...PRICE,
    createdTime: at.getTime(),
  };
}
