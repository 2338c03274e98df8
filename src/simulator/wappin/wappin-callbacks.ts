import { type WappinCallback } from '../../providers/wappin/wappin.wire.js';
import { type Accounts } from '../accounts.js';
import { jsonObject, type SimulatedStatus } from '../behaviour.js';
import {
  type CallbackManner,
  type CallbackPost,
  type CallbackStyle,
  type InboundMessage,
  type ReportedMessage,
} from '../callback-manner.js';
import { UniqueIds } from './wappin-tokens.js';

/** A failure carries no reason. */
export const wappinStatus = (status: SimulatedStatus): string => (/^\d+$/.test(status) ? 'failed' : status);

/** What Wappin posts, and what it takes for an answer: anything but `{"status":"000"}` is tried three times more. */
export class WappinCallbacks implements CallbackManner {
  readonly kind = 'WAPPIN';
  /** Three times, as documented; when is not said. */
  readonly retryAfterMs = [1_000, 5_000, 30_000];
  private readonly ids = new UniqueIds();

  constructor(private readonly accounts: Accounts) {}

  newMessageId(at: Date): string {
    return this.ids.next(at);
  }

  status(message: ReportedMessage, status: SimulatedStatus, at: Date, style: CallbackStyle): CallbackPost {
    const { account, messageId, recipient } = message;
    return this.posted(this.body(account, messageId, recipient, wappinStatus(status), at, style), style);
  }

  /** `-` stands for what does not apply. Of anything but text the document says nothing, so it is written by hand: `raw`. */
  inbound(message: InboundMessage, at: Date, style: CallbackStyle): CallbackPost | string {
    const { account, messageId, from, text, button, quickReply, list, raw } = message;
    if (from === undefined) return 'needs from: Wappin always tells the number';
    // A choice comes as what the person sees of it, like a keyword.
    const content = text ?? button?.title ?? quickReply?.text ?? list?.title;
    if (content === undefined && raw === undefined) return 'has media: Wappin documents none, give it as raw';
    const body = {
      ...this.body(account, messageId, from, '-', at, style),
      message_content: content ?? '-',
      callback_type: 'message' as const,
      ...raw,
    };
    return this.posted(body, style);
  }

  /** `{"status":"000"}` and nothing else; blanks do not matter. */
  isTaken(httpStatus: number, answer: string): boolean {
    if (httpStatus !== 200) return false;
    if (answer === '{"status":"000"}') return true;
    const value = jsonObject(Buffer.from(answer));
    return value !== undefined && Object.keys(value).length === 1 && value['status'] === '000';
  }

  private posted(body: WappinCallback, { token, forged }: CallbackStyle): CallbackPost {
    const bearer = forged ? 'not-the-token' : token;
    return {
      headers: {
        'content-type': 'application/json',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      body: JSON.stringify(body),
    };
  }

  /** A status callback as the document's samples have it, or with its table's spelling. */
  private body(
    clientId: string,
    messageId: string,
    sender: string,
    status: string,
    at: Date,
    { spelling }: CallbackStyle,
  ): WappinCallback {
    const account = this.accounts.find('WAPPIN', clientId);
    const projectId = account?.projectId ?? '';
    const environment = account?.environment ?? 'PRODUCTION';
    const sample = spelling === 'sample';
    return {
      message_id: messageId,
      client_id: clientId,
      client_name: account?.clientName ?? `client-${clientId}`,
      project_id: projectId,
      project_name: account?.projectName ?? `PROJECT-${projectId}`,
      sender_number: sender,
      ...(sample ? { status_messages: status } : { status_message: status }),
      message_content: '-',
      ...(sample ? { environment } : { environtment: environment }),
      timestamp: String(Math.floor(at.getTime() / 1000)),
      callback_type: 'status',
    };
  }
}
