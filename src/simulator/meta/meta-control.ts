import { randomInt } from 'node:crypto';
import { type Answer, jsonObject } from '../behaviour.js';
import { faultOf, flag, httpUrl, oneOf, optional, type Rule, type Shape, text } from '../control-input.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedMetaAccount } from './meta-account.js';
import { type MetaReview } from './meta-review.js';
import { isFields } from './meta-rules.js';
import { metaJson } from './meta-signature.js';
import {
  META_CATEGORIES,
  META_TEMPLATE_STATUSES,
  type MetaCategory,
  type MetaComponent,
  type MetaTemplateStatus,
} from './meta-template.js';
import { type MetaTemplates } from './meta-templates.js';
import { type MetaWebhooks } from './meta-webhooks.js';

const ANSWER_WITHIN_MS = 10_000;

const components: Rule = (value) =>
  Array.isArray(value) && value.every(isFields) ? undefined : "must be an array of components in Meta's words";

const SUBSCRIPTION: Shape = { account: text, url: httpUrl, verifyToken: optional(text) };
const WEBHOOK: Shape = {
  account: text,
  body: (value) => (isFields(value) || typeof value === 'string' ? undefined : 'must be a JSON object, or a string'),
  forged: optional(flag),
  url: optional(httpUrl),
};
const TEMPLATE: Shape = {
  account: text,
  name: text,
  language: text,
  category: oneOf(...META_CATEGORIES),
  parameterFormat: optional(oneOf('POSITIONAL', 'NAMED')),
  status: optional(oneOf(...META_TEMPLATE_STATUSES)),
  components,
};
const STANDING: Shape = {
  account: text,
  name: text,
  language: text,
  status: oneOf(...META_TEMPLATE_STATUSES),
  reason: optional(text),
};

interface Named {
  readonly account: string;
}
type Subscription = Named & { readonly url: string; readonly verifyToken?: string };
type Webhook = Named & { readonly body: unknown; readonly forged?: boolean; readonly url?: string };
type Whole = Named & {
  readonly name: string;
  readonly language: string;
  readonly category: MetaCategory;
  readonly parameterFormat?: 'POSITIONAL' | 'NAMED';
  readonly status?: MetaTemplateStatus;
  readonly components: readonly MetaComponent[];
};
type Standing = Named & {
  readonly name: string;
  readonly language: string;
  readonly status: MetaTemplateStatus;
  readonly reason?: string;
};

const said = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });
const wrong = (message: string): Answer => said({ message }, 400);

/** `/_simulator/meta/…`: what a person does in Meta's dashboards, and what Meta does by itself. */
export class MetaControl {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly templates: MetaTemplates,
    private readonly review: MetaReview,
    private readonly webhooks: MetaWebhooks,
  ) {}

  handle(method: string, path: string, body: Buffer): Promise<Answer> | undefined {
    if (method !== 'POST') return undefined;
    switch (path.split('/').at(-1)) {
      case 'subscribe':
        return this.take<Subscription>(body, SUBSCRIPTION, (input, account) => this.subscribe(input, account));
      case 'webhook':
        return this.take<Webhook>(body, WEBHOOK, (input, account) => this.post(input, account));
      case 'templates':
        return this.take<Whole>(body, TEMPLATE, (input, account) => this.put(input, account));
      case 'template-status':
        return this.take<Standing>(body, STANDING, (input, account) => this.stand(input, account));
      default:
        return undefined;
    }
  }

  private async take<Input extends Named>(
    body: Buffer,
    shape: Shape,
    run: (input: Input, account: SimulatedMetaAccount) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const input = jsonObject(body);
    if (input === undefined) return wrong('The body is not a JSON object.');
    const fault = faultOf(input, shape);
    if (fault !== undefined) return wrong(`The input ${fault}.`);
    const account = this.world.accounts.find('META', String(input['account']));
    return account === undefined
      ? wrong('The account is the phone number id of one of Meta’s.')
      : run(input as unknown as Input, account);
  }

  /** Tries an address with a challenge and keeps it only when the answer is right, as the dashboard does. */
  private async subscribe(input: Subscription, account: SimulatedMetaAccount): Promise<Answer> {
    const { verified, httpStatus } = await challenge(input.url, input.verifyToken ?? account.verifyToken);
    if (verified) this.world.callbacks.direct({ kind: 'META', account: account.phoneNumberId, url: input.url });
    return said({ verified, httpStatus });
  }

  private async post({ body, forged, url }: Webhook, account: SimulatedMetaAccount): Promise<Answer> {
    const style = this.world.callbacks.styleOf('META', account.phoneNumberId, { forged });
    const written = typeof body === 'string' ? body : metaJson(body);
    const subject = { account: account.phoneNumberId, messageId: '-', status: '-', recipient: '-' };
    const post = this.webhooks.raw(account, written, style);
    const posted = await this.world.callbacks.post(this.webhooks, subject, post, { url, once: true });
    return posted === undefined ? wrong('The account has no callback URL; give one, or set it.') : said({ posted });
  }

  private put(input: Whole, account: SimulatedMetaAccount): Answer {
    const { parameterFormat = 'POSITIONAL', status = 'APPROVED' } = input;
    const whole = { ...input, parameterFormat };
    const { id } = this.templates.put(account.businessAccountId, whole, status);
    return said({ id });
  }

  private stand({ name, language, status, reason }: Standing, account: SimulatedMetaAccount): Answer {
    const template = this.templates.find(account.businessAccountId, name, language);
    if (template === undefined) return wrong('There is no such template.');
    this.review.change(account.businessAccountId, template, status, reason ?? 'INVALID_FORMAT');
    return said({ id: template.id });
  }
}

/** `GET <address>?hub.mode=subscribe&…`: right when the answer is 200 and the bare number. */
async function challenge(url: string, verifyToken: string): Promise<{ verified: boolean; httpStatus: number | null }> {
  const number = String(randomInt(1_000_000_000, 2_000_000_000));
  const address = new URL(url);
  address.searchParams.set('hub.mode', 'subscribe');
  address.searchParams.set('hub.challenge', number);
  address.searchParams.set('hub.verify_token', verifyToken);
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), redirect: 'manual' });
    return { verified: response.status === 200 && (await response.text()) === number, httpStatus: response.status };
  } catch {
    return { verified: false, httpStatus: null };
  }
}
