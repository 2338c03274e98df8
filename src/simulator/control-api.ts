import { accountIn, type OfAccount, type SimulatedTemplate } from './account-kind.js';
import { ACCOUNT_KINDS, type SimulatedAccount, SIMULATED_KINDS } from './accounts.js';
import { type Answer, type Behaviour, msisdn, type SimulatedKind, type SimulatedStatus } from './behaviour.js';
import { type CallbackStyle } from './callback-manner.js';
import { type CallbackTarget } from './callbacks.js';
import { faultOf } from './control-input.js';
import { type OrderFilter } from './chat-orders.js';
import { listOrders, personActs } from './control-orders.js';
import { CALLBACK_NOW, FAULT, INBOUND, TARGET, TEMPLATE } from './control-shapes.js';
import { type Fault } from './faults.js';
import { FILES_PATH } from './files.js';
import { type InboundInput, type Inbox } from './inbox.js';
import { magicNumbers, MAGIC_RECIPIENTS } from './magic-recipients.js';
import { type SimulatorConfiguration } from './options.js';
import { type SimulatedProvider, type SimulatedWorld } from './simulated-provider.js';

export const CONTROL_PATH = '/_simulator';

interface CallbackNow extends OfAccount {
  readonly kind: SimulatedKind;
  readonly messageId?: string;
  readonly status?: SimulatedStatus;
  readonly text?: string;
  readonly recipient?: string;
  readonly at?: string;
  readonly times?: number;
  readonly spelling?: CallbackStyle['spelling'];
  readonly url?: string;
  readonly token?: string;
  readonly forged?: boolean;
}

type FaultInput = Omit<Fault, 'behaviour'> & { readonly as?: string; readonly behaviour?: Behaviour };

export interface Controlled extends SimulatedWorld {
  readonly providers: readonly SimulatedProvider[];
  readonly inbox: Inbox;
  readonly configure: (change: SimulatorConfiguration) => void;
  readonly killTokens: (account?: string) => number;
}

const DEFAULT_LIMIT = 100;

const said = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const wrong = (message: string, status = 400): Answer => said({ message }, status);

/** `/_simulator/…`: what a test turns, and what it looks at afterwards. */
export class ControlApi {
  constructor(private readonly world: Controlled) {}

  async handle(method: string, path: string, query: URLSearchParams, body: Buffer): Promise<Answer> {
    const { world } = this;
    if (method === 'GET' && path.startsWith(FILES_PATH)) return this.file(path.slice(FILES_PATH.length));
    switch (`${method} ${path.slice(CONTROL_PATH.length)}`) {
      case 'GET ':
        return said({ magicRecipients: magicNumbers() });
      case 'POST /accounts':
        return this.each(body, (input: SimulatedAccount) => {
          if (!SIMULATED_KINDS.includes(input?.kind)) return `kind must be one of ${SIMULATED_KINDS.join(', ')}`;
          return faultOf(input, ACCOUNT_KINDS[input.kind].shape) ?? world.configure({ accounts: [input] });
        });
      case 'POST /templates':
        return this.each(
          body,
          (input: SimulatedTemplate) => faultOf(input, TEMPLATE) ?? world.configure({ templates: [input] }),
        );
      case 'POST /callbacks':
        return this.each(
          body,
          (input: CallbackTarget) => faultOf(input, TARGET) ?? world.configure({ callbacks: [input] }),
        );
      case 'POST /faults':
        return this.each(body, (input: FaultInput) => faultOf(input, FAULT) ?? this.addFault(input));
      case 'GET /faults':
        return said({ faults: world.faults.list() });
      case 'DELETE /faults':
        world.faults.clear();
        return said({ done: true });
      case 'GET /ledger':
        return this.ledger(query);
      case 'DELETE /ledger':
        world.ledger.reset();
        world.callbacks.forget();
        return said({ done: true });
      case 'GET /callbacks':
        return said({
          counts: world.callbacks.counts,
          posted: world.callbacks.posted(
            { messageId: query.get('messageId') ?? undefined, recipient: numberIn(query) },
            limitIn(query),
          ),
        });
      case 'POST /callbacks/now':
        return this.postNow(body);
      case 'POST /inbound':
        return this.receive(body);
      case 'GET /orders':
        return listOrders(world.orders, orderIn(query), limitIn(query));
      case 'POST /orders/pay':
        return personActs(world.orders, 'pay', body);
      case 'POST /orders/fail':
        return personActs(world.orders, 'fail', body);
      case 'POST /orders/wait':
        return personActs(world.orders, 'wait', body);
      case 'DELETE /tokens':
        return said({ killed: world.killTokens(accountOf(query)) });
      default:
        return (
          (await this.ofProvider(method, path, query, body)) ??
          wrong('No such control endpoint; docs/simulator.md lists them.', 404)
        );
    }
  }

  private ofProvider(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Buffer,
  ): Answer | Promise<Answer> | undefined {
    const name = path.split('/')[2]?.toUpperCase();
    return this.world.providers.find(({ kind }) => kind === name)?.control?.(method, path, query, body);
  }

  private file(id: string): Answer {
    const file = this.world.files.get(id);
    return file ? { status: 200, body: file.bytes, contentType: file.mimeType } : wrong('There is no such file.', 404);
  }

  /** One object or an array of them; nothing after the first that is wrong. */
  private each<Input>(body: Buffer, take: (input: Input) => string | void): Answer {
    const input = parsed<Input | Input[]>(body);
    if (input === undefined) return wrong('The body is not JSON.');
    for (const one of Array.isArray(input) ? input : [input as Input]) {
      const fault = take(one);
      if (fault !== undefined) return wrong(`The input ${fault}.`);
    }
    return said({ done: true });
  }

  private addFault({ as, behaviour, ...fault }: FaultInput): string | undefined {
    const named = as === undefined ? behaviour : MAGIC_RECIPIENTS[as]?.behaviours[fault.kind];
    if (named === undefined) return `needs a behaviour, or an "as" that means something for ${fault.kind}`;
    this.world.configure({ faults: [{ ...fault, behaviour: named }] });
    return undefined;
  }

  private ledger(query: URLSearchParams): Answer {
    const { ledger } = this.world;
    const filter = {
      kind: (query.get('kind') as SimulatedKind | null) ?? undefined,
      account: accountOf(query),
      recipient: numberIn(query),
      requestId: query.get('requestId') ?? undefined,
      messageId: query.get('messageId') ?? undefined,
    };
    const limit = limitIn(query);
    return said({
      counts: ledger.counts(filter),
      callbacks: this.world.callbacks.counts,
      messages: ledger.messages(filter, limit),
      calls: ledger.calls(filter, limit),
    });
  }

  /** A callback made by hand: a late status, one for an id that nobody knows, an inbound text. */
  private async postNow(body: Buffer): Promise<Answer> {
    const input = parsed<CallbackNow>(body);
    if (input === undefined) return wrong('The body is not JSON.');
    const fault = faultOf(input, CALLBACK_NOW);
    if (fault !== undefined) return wrong(`The input ${fault}.`);
    const { kind, status, text } = input;
    if ((status === undefined) === (text === undefined)) return wrong('Give either a status or a text.');

    const { accounts, callbacks, ledger, now, providers } = this.world;
    const manner = providers.find((provider) => provider.kind === kind)?.manner;
    if (manner === undefined) return wrong(`${kind} posts no callbacks about messages.`);
    const known = input.messageId === undefined ? undefined : ledger.message(input.messageId);
    const account = accountIn(input) ?? known?.account;
    if (account === undefined || accounts.find(kind, account) === undefined)
      return wrong('Give the account of the provider, or the messageId of a message that was taken.');
    const recipient = input.recipient === undefined ? known?.recipient : msisdn(input.recipient);
    if (recipient === undefined) return wrong('Give the recipient: no message of that id was taken.');

    const at = input.at === undefined ? now() : new Date(input.at);
    const messageId = input.messageId ?? manner.newMessageId(at);
    const style = callbacks.styleOf(kind, account, input);
    const post =
      status === undefined
        ? manner.inbound({ account, messageId, from: recipient, text }, at, style)
        : manner.status({ ...known, account, messageId, recipient }, status, at, style);
    if (typeof post === 'string') return wrong(`The input ${post}.`);
    const subject = { account, messageId, recipient, status: status ?? '-' };
    const how = { url: input.url ?? known?.callbackUrl, once: true };
    const posts = Array.from({ length: input.times ?? 1 }, () => callbacks.post(manner, subject, post, how));
    const posted = (await Promise.all(posts)).filter((one) => one !== undefined);
    return posted.length === 0
      ? wrong('The account has no callback URL; give one, or set it.')
      : said({ body: JSON.parse(post.body) as unknown, posted });
  }

  private async receive(body: Buffer): Promise<Answer> {
    const input = parsed<InboundInput>(body);
    if (input === undefined) return wrong('The body is not JSON.');
    const posted = faultOf(input, INBOUND) ?? (await this.world.inbox.receive(input));
    return typeof posted === 'string' ? wrong(`The input ${posted}.`) : said({ posted });
  }
}

function parsed<Input>(body: Buffer): Input | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Input;
  } catch {
    return undefined;
  }
}

const accountOf = (query: URLSearchParams): string | undefined =>
  query.get('account') ?? query.get('clientId') ?? undefined;

/** A number as the ledger has it, from `+62…`, `62…` or `0…`; a plus in a query reads as a blank. */
function numberIn(query: URLSearchParams): string | undefined {
  const written = query.get('recipient');
  return written === null ? undefined : msisdn(written.trim());
}

const orderIn = (query: URLSearchParams): OrderFilter => ({
  kind: (query.get('kind') as SimulatedKind | null) ?? undefined,
  account: accountOf(query),
  recipient: numberIn(query),
  reference: query.get('reference') ?? undefined,
  messageId: query.get('messageId') ?? undefined,
});

function limitIn(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  return Number.isInteger(limit) && limit >= 0 ? limit : DEFAULT_LIMIT;
}
