import { randomBytes } from 'node:crypto';
import {
  type Answer,
  type Behaviour,
  NO_ANSWER,
  type ProviderCall,
  proxyPage,
  type Refusal,
  withLine,
} from '../behaviour.js';
import { type Operation } from '../faults.js';
import { type LedgerCall, type LedgerMessage } from '../ledger.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedMetaAccount } from './meta-account.js';
import { errorBody, type MetaError, metaError } from './meta-errors.js';
import { isError } from './meta-rules.js';

type About = Pick<LedgerCall, 'recipient' | 'messageId'>;

/** Answers calls and writes them down. */
export class MetaCalls {
  constructor(private readonly world: SimulatedWorld) {}

  private answer(call: ProviderCall, account: SimulatedMetaAccount, said: unknown, about: About): Answer {
    this.record(call, account, 'answered', 200, about);
    return json(said);
  }

  /** A message went out. */
  accept(
    call: ProviderCall,
    account: SimulatedMetaAccount,
    said: unknown,
    { recipient, messageId }: LedgerMessage,
    behaviour: Behaviour | undefined,
  ): Answer {
    const answer = shaped(said, behaviour);
    this.record(call, account, 'accepted', answer.status, { recipient, messageId });
    return answer;
  }

  refuse(call: ProviderCall, account: SimulatedMetaAccount | null, error: MetaError, recipient?: string): Answer {
    this.record(call, account, String(error.code), error.http, { recipient });
    return { ...json(errorBody(error, traceId())), status: error.http, ...(error.http === 401 && CHALLENGE) };
  }

  /** What a fault or a magic recipient asks for. */
  refuseAs(call: ProviderCall, account: SimulatedMetaAccount, refusal: Refusal, recipient?: string): Answer {
    const { http, code, message } = refusal;
    if (code !== null) return this.refuse(call, account, { ...metaError(Number(code), message), http }, recipient);
    this.record(call, account, `http_${http}`, http, { recipient });
    return proxyPage(http);
  }

  /** A call of no message: what it says, or why not, or what befalls it. */
  async tell(
    call: ProviderCall,
    account: SimulatedMetaAccount,
    operation: Operation,
    said: () => object | Promise<object>,
    about: About = {},
  ): Promise<Answer> {
    const behaviour = this.world.faults.ofCall('META', account.phoneNumberId, operation);
    if (behaviour?.refuse !== undefined) return withLine(this.refuseAs(call, account, behaviour.refuse), behaviour);
    if (behaviour?.sent === false) {
      this.record(call, account, 'dropped', 0);
      return withLine(NO_ANSWER, behaviour);
    }
    const result = await said();
    const answer = isError(result) ? this.refuse(call, account, result) : this.answer(call, account, result, about);
    return withLine(answer, behaviour);
  }

  record(
    call: ProviderCall,
    account: SimulatedMetaAccount | null,
    outcome: string,
    httpStatus: number,
    about: About = {},
  ): void {
    const at = this.world.now();
    const key = account?.phoneNumberId ?? null;
    this.world.ledger.record({ at, kind: 'META', account: key, path: call.path, outcome, httpStatus, ...about });
  }
}

const CHALLENGE = { headers: { 'www-authenticate': 'OAuth "Facebook Platform" "invalid_token"' } } as const;

const json = (said: unknown): Answer => ({
  status: 200,
  body: typeof said === 'string' ? said : JSON.stringify(said),
  contentType: 'application/json; charset=UTF-8',
});

const traceId = (): string => `A${randomBytes(17).toString('base64url')}`.slice(0, 23);

/** An answer of success, or what is left of it. */
function shaped(said: unknown, behaviour: Behaviour | undefined): Answer {
  if (behaviour?.refuse !== undefined) return proxyPage(behaviour.refuse.http);
  if (behaviour?.answer === 'html') return proxyPage(200);
  if (behaviour?.answer === 'empty') return json({ messaging_product: 'whatsapp' });
  return json(said);
}
