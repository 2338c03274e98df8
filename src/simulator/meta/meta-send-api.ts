import {
  type Answer,
  type Behaviour,
  type CallbackPlan,
  goesOut,
  NO_ANSWER,
  type ProviderCall,
  withLine,
} from '../behaviour.js';
import { type OrderSender } from '../chat-orders.js';
import { Ledger, type LedgerMessage } from '../ledger.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { displayNumberOf, type SimulatedMetaAccount } from './meta-account.js';
import { type MetaCalls } from './meta-calls.js';
import { type MetaError, metaError } from './meta-errors.js';
import { MESSAGES_PER_SECOND, Pace, PAIR_RATE } from './meta-limits.js';
import { fitsMessage, type MetaMediaApi } from './meta-media-api.js';
import { type MetaSend, readMessage } from './meta-message.js';
import { pathOf } from './meta-order.js';
import { fieldOf, type Fields, invalid, isError } from './meta-rules.js';
import { bodyOf } from './meta-template-api.js';
import { fillTemplate, sendableTemplate } from './meta-template-send.js';
import { type MetaTemplate, placeholdersOf } from './meta-template.js';
import { type MetaTemplates, wholeTemplate } from './meta-templates.js';
import { type MetaWebhooks, newWamid } from './meta-webhooks.js';

/** A message as it is to go out. */
interface Outgoing {
  readonly send: MetaSend;
  /** Digits, or the business-scoped user id. */
  readonly person: string;
  readonly template: MetaTemplate | null;
  readonly values: readonly string[];
}

/** `POST /{phone-number-id}/messages`. */
export class MetaSendApi {
  private readonly throughput = new Pace();
  private readonly pairs = new Pace();

  constructor(
    private readonly world: SimulatedWorld,
    private readonly calls: MetaCalls,
    private readonly templates: MetaTemplates,
    private readonly media: MetaMediaApi,
    private readonly webhooks: MetaWebhooks,
  ) {}

  handle(account: SimulatedMetaAccount, call: ProviderCall): Answer | Promise<Answer> {
    const { calls } = this;
    const body = bodyOf(call);
    if (body === undefined) return calls.refuse(call, account, metaError(100, 'The body must be a JSON object.'));
    const message = readMessage(body, displayNumberOf(account));
    if (isError(message)) return calls.refuse(call, account, message);
    if ('messageId' in message) {
      return calls.tell(call, account, 'inquiry', () => ({ success: true }), { messageId: message.messageId });
    }
    const outgoing = this.fill(account, message);
    if (isError(outgoing)) return calls.refuse(call, account, outgoing, message.recipient.waId ?? undefined);
    const order = this.world.orders.faultOf(senderOf(account, outgoing.person), message.type, message.content);
    if (order !== undefined)
      return calls.refuse(call, account, invalid(`Parameter ${pathOf(order.path)} ${order.words}`), outgoing.person);
    const tooFast = this.checkPace(account, outgoing);
    if (tooFast !== undefined) return calls.refuse(call, account, tooFast, outgoing.person);
    return this.send(account, call, outgoing);
  }

  private send(account: SimulatedMetaAccount, call: ProviderCall, outgoing: Outgoing): Answer {
    const { send, person, template, values } = outgoing;
    const key = Ledger.keyOf(person, template?.name ?? send.type, template ? values : [send.content]);
    const behaviour = this.world.faults.ofSend('META', account.phoneNumberId, person, key);
    if (!goesOut(behaviour)) return withLine(this.refusal(account, call, person, behaviour), behaviour);
    const closed = template === null && this.isClosed(account, person);
    if (closed && account.outsideWindow === 'refused')
      return this.calls.refuse(call, account, metaError(131047), person);

    const message = this.written(account, outgoing);
    this.world.ledger.accept(message, key);
    this.world.orders.accept(message, senderOf(account, person), send.type, send.content, {
      ...{ manner: this.webhooks, upiReports: account.upiReports ?? false },
      ...{ callbacks: behaviour?.callbacks, person: behaviour?.person },
    });
    const plan = { ...this.failureOf(account, outgoing, closed), ...behaviour?.callbacks };
    const after = this.world.callbacks.report(this.webhooks, message, plan, behaviour?.delayMs ?? 0);
    const { input, waId, userId } = send.recipient;
    const contact = { input, ...(waId === null ? { user_id: userId } : { wa_id: waId }) };
    const id = { id: message.messageId, ...(template !== null && { message_status: 'accepted' }) };
    const said = { messaging_product: 'whatsapp', contacts: [contact], messages: [id] };
    const answer = this.calls.accept(call, account, said, message, behaviour);
    return withLine(after === undefined ? answer : { ...answer, after }, behaviour);
  }

  private refusal(
    account: SimulatedMetaAccount,
    call: ProviderCall,
    person: string,
    behaviour: Behaviour | undefined,
  ): Answer {
    if (behaviour?.refuse !== undefined) return this.calls.refuseAs(call, account, behaviour.refuse, person);
    this.calls.record(call, account, 'dropped', 0, { recipient: person });
    return NO_ANSWER;
  }

  /** What a send needs beyond its form: a template that can be sent, files that are there. */
  private fill(account: SimulatedMetaAccount, send: MetaSend): Outgoing | MetaError {
    const person = send.recipient.waId ?? send.recipient.userId ?? '';
    const absent = this.absentFile(account, send);
    if (absent !== undefined) return absent;
    if (send.type !== 'template') return { send, person, template: null, values: [] };
    const content = send.content as Fields;
    const template = this.templateOf(account, content);
    if (isError(template)) return template;
    // Codes go to numbers alone ("Business-scoped user IDs").
    if (template.category === 'AUTHENTICATION' && send.recipient.waId === null) return metaError(131062);
    const values = fillTemplate(template, content);
    return isError(values) ? values : { send, person, template, values };
  }

  private templateOf(account: SimulatedMetaAccount, content: Fields): MetaTemplate | MetaError {
    const name = String(content['name']);
    const language = String(fieldOf(content['language'], 'code'));
    const own = this.templates.find(account.businessAccountId, name, language);
    if (own !== undefined) return sendableTemplate(own, name, language);
    const { accounts } = this.world;
    const plain =
      accounts.template({ kind: 'META', name, language }, account.phoneNumberId) ??
      accounts.template({ kind: 'META', name }, account.phoneNumberId);
    if (plain !== undefined) return wholeTemplate(plain, language);
    if (this.world.strict) return sendableTemplate(undefined, name, language);
    const body = (content['components'] as Fields[] | undefined)?.find(({ type }) => type === 'body');
    const params = Array.isArray(body?.['parameters']) ? body['parameters'].length : 0;
    return wholeTemplate({ kind: 'META', name, params }, language);
  }

  private absentFile(account: SimulatedMetaAccount, send: MetaSend): MetaError | undefined {
    const absent = fileIdsOf(send).find((id) => this.media.find([account], id) === undefined);
    return absent === undefined ? undefined : invalid(`Media id ${absent} does not exist`);
  }

  private checkPace(account: SimulatedMetaAccount, { person }: Outgoing): MetaError | undefined {
    const at = this.world.now().getTime();
    const { phoneNumberId, messagesPerSecond = MESSAGES_PER_SECOND, pairRate = true } = account;
    if (messagesPerSecond !== null) {
      const everyMs = 1_000 / messagesPerSecond;
      if (!this.throughput.take(phoneNumberId, messagesPerSecond, everyMs, at)) return metaError(130429);
    }
    if (!pairRate) return undefined;
    const { burst, everyMs } = PAIR_RATE;
    return this.pairs.take(`${phoneNumberId} ${person}`, burst, everyMs, at) ? undefined : metaError(131056);
  }

  private isClosed(account: SimulatedMetaAccount, person: string): boolean {
    if (account.outsideWindow === 'goes out') return false;
    return !this.world.windows.isOpen('META', account.phoneNumberId, person, this.world.now());
  }

  /** What Meta finds out after its answer. */
  private failureOf(account: SimulatedMetaAccount, { send }: Outgoing, closed: boolean): Partial<CallbackPlan> {
    if (closed) return { statuses: ['131047'] };
    const id = fieldOf(send.content, 'id');
    const file = typeof id === 'string' ? this.media.find([account], id) : undefined;
    return file === undefined || fitsMessage(send.type, file.mimeType) ? {} : { statuses: ['131053'] };
  }

  private written(account: SimulatedMetaAccount, { send, person, template, values }: Outgoing): LedgerMessage {
    const placeholders = template
      ? placeholdersOf(template.components.find(({ type }) => type === 'BODY')?.text ?? '')
      : [];
    const callbackUrl = this.addressOf(account);
    return {
      kind: 'META',
      account: account.phoneNumberId,
      recipient: person,
      type: send.type,
      template: template?.name ?? null,
      params: values.slice(0, placeholders.length),
      content: send.content,
      requestId: null,
      ...(send.callbackData !== null && { customData: send.callbackData }),
      ...(callbackUrl !== undefined && { callbackUrl }),
      at: this.world.now(),
      messageId: newWamid(),
      repeats: 0,
      events: [],
    };
  }

  /** An app has one address for all of its numbers: that of another one where this number has none. */
  private addressOf(account: SimulatedMetaAccount): string | undefined {
    const { callbacks, accounts } = this.world;
    if (account.appId === undefined || callbacks.target('META', account.phoneNumberId)?.url) return undefined;
    const others = accounts.all('META').filter(({ appId }) => appId === account.appId);
    return others
      .map(({ phoneNumberId }) => callbacks.target('META', phoneNumberId)?.url)
      .find((url) => typeof url === 'string');
  }
}

/** References are the business's, whichever of its numbers sends. */
const senderOf = (account: SimulatedMetaAccount, recipient: string): OrderSender => ({
  ...{ kind: 'META', account: account.phoneNumberId, business: account.businessAccountId, recipient },
});

/** Files of ours that a message names: its own, and its header's. */
function fileIdsOf({ type, content }: MetaSend): string[] {
  const values: unknown[] = [content];
  if (type === 'interactive') values.push(...valuesOf(fieldOf(content, 'header')));
  const components = fieldOf(content, 'components');
  if (type === 'template' && Array.isArray(components)) {
    for (const component of components as unknown[]) {
      const parameters = fieldOf(component, 'parameters');
      if (Array.isArray(parameters)) values.push(...(parameters as unknown[]).flatMap(valuesOf));
    }
  }
  return values.map((value) => fieldOf(value, 'id')).filter((id): id is string => typeof id === 'string');
}

const valuesOf = (holder: unknown): unknown[] =>
  ['image', 'video', 'document'].map((name) => fieldOf(holder, name)).filter((value) => value !== undefined);
