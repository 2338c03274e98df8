import { type PaychatError } from '../../providers/doku/doku.wire.js';
import {
  type Answer,
  type Behaviour,
  declaresJson,
  headerOf,
  type ProviderCall,
  proxyPage,
  type Refusal,
} from '../behaviour.js';
import { Ring } from '../ring.js';
import { sameSecret } from '../same-secret.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedDokuAccount } from './doku-account.js';
import { dokuDigest, dokuSignature } from './doku-signature.js';
import { utcTime } from './doku-times.js';

const LONGEST_REQUEST_ID = 128;

/** A request on its way through the checks: what is known of the caller so far. */
export interface Caller {
  readonly path: string;
  readonly at: Date;
  /** Of the body; undefined for a GET. */
  readonly digest: string | undefined;
  account?: SimulatedDokuAccount;
  requestId?: string;
  timestamp?: string;
  recipient?: string;
}

/** A refusal with a code of DOKU's; the code in words where it says nothing else. */
export const coded = (http: number, code: string, message = code.replaceAll('_', ' ')): Refusal => ({
  http,
  code,
  message,
});

const BAD_HEADERS = coded(400, 'invalid_header_request');

/** What all of DOKU's APIs do with a call, whatever it is for. */
export class DokuCalls {
  constructor(private readonly world: SimulatedWorld) {}

  callerOf({ method, path, body }: ProviderCall): Caller {
    return { path, at: this.world.now(), digest: method === 'GET' ? undefined : dokuDigest(body) };
  }

  /** Who is it, and is it genuine? Learns the caller's names on the way. What is refused here leaves the Request-Id free. */
  admit(call: ProviderCall, caller: Caller, timestamps: RegExp): Refusal | undefined {
    const [clientId, requestId, timestamp, signature] = [
      'client-id',
      'request-id',
      'request-timestamp',
      'signature',
    ].map((name) => headerOf(call, name));
    caller.requestId = requestId;
    caller.timestamp = timestamp;
    const account = clientId ? this.world.accounts.find('DOKU', clientId) : undefined;
    caller.account = account;
    if (!clientId || !requestId || !timestamp) return BAD_HEADERS;
    if (caller.digest !== undefined && !declaresJson(call)) return BAD_HEADERS;
    if (requestId.length > LONGEST_REQUEST_ID || !timestamps.test(timestamp)) return BAD_HEADERS;
    if (account === undefined) return coded(401, 'invalid_client_id');
    const parts = { clientId, requestId, timestamp, target: call.path, digest: caller.digest };
    const expected = dokuSignature(parts, account.secretKey);
    if (!signature || !sameSecret(signature, expected) || isTooFarOff(timestamp, account, caller.at)) {
      return coded(401, 'invalid_signature');
    }
    return undefined;
  }

  refuse(caller: Caller, { http, code, message }: Refusal): Answer {
    this.record(caller, code ?? `http_${http}`, http);
    if (code === null) return proxyPage(http);
    return { status: http, body: JSON.stringify({ error: { code, message, type: code } } satisfies PaychatError) };
  }

  record(caller: Caller, outcome: string, httpStatus: number, messageId?: string): void {
    const { at, path, requestId, timestamp, recipient } = caller;
    const account = caller.account?.clientId ?? null;
    const call = { at, kind: 'DOKU', account, path, outcome, httpStatus, requestId, timestamp, recipient } as const;
    this.world.ledger.record({ ...call, messageId });
  }

  /** DOKU's general response signature, where the account has it. */
  signed(answer: Answer, caller: Caller): Answer {
    const { account, requestId } = caller;
    if (!account?.signAnswers || requestId === undefined) return answer;
    const timestamp = utcTime(caller.at);
    const digest = dokuDigest(Buffer.from(answer.body));
    const parts = { clientId: account.clientId, requestId, timestamp, target: caller.path, digest };
    return {
      ...answer,
      headers: {
        'Client-Id': account.clientId,
        'Request-Id': requestId,
        'Response-Timestamp': timestamp,
        Signature: dokuSignature(parts, account.secretKey, 'Response-Timestamp'),
      },
    };
  }
}

function isTooFarOff(timestamp: string, { maxSkewMs = null }: SimulatedDokuAccount, at: Date): boolean {
  if (maxSkewMs === null) return false;
  const said = /^\d+$/.test(timestamp) ? Number(timestamp) : Date.parse(timestamp);
  return !(Math.abs(at.getTime() - said) <= maxSkewMs);
}

/** What a Request-Id stands for once it has been decided. */
export interface Decided<Made> {
  readonly digest: string | undefined;
  /** The first answer's. */
  readonly body: Answer['body'];
  /** What came of it; undefined where it was refused. */
  readonly made: Made | undefined;
  readonly behaviour: Behaviour | undefined;
}

/** The Request-Ids that one API has seen, of all accounts; the newest `capacity`. */
export class RequestIds<Made> {
  private readonly decided = new Map<string, Decided<Made>>();
  private readonly order: Ring<string>;

  constructor(capacity: number) {
    this.order = new Ring(capacity);
  }

  find(caller: Caller): Decided<Made> | undefined {
    return this.decided.get(keyOf(caller));
  }

  remember(caller: Caller, body: Answer['body'], made: Made | undefined, behaviour: Behaviour | undefined): void {
    const key = keyOf(caller);
    this.decided.set(key, { digest: caller.digest, body, made, behaviour });
    const gone = this.order.push(key);
    if (gone !== undefined) this.decided.delete(gone);
  }
}

const keyOf = ({ account, requestId }: Caller): string => `${account?.clientId}\n${requestId}`;
