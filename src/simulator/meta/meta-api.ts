import { type Answer, headerOf, type ProviderCall, withLine } from '../behaviour.js';
import { LARGEST_UPLOAD } from '../files.js';
import { sameSecret } from '../same-secret.js';
import { type SimulatedProvider, type SimulatedWorld } from '../simulated-provider.js';
import { displayNumberOf, META_ACCOUNTS, type SimulatedMetaAccount } from './meta-account.js';
import { MetaCalls } from './meta-calls.js';
import { MetaControl } from './meta-control.js';
import { metaError, noSuchObject } from './meta-errors.js';
import { DOWNLOAD_PATH, MetaMediaApi, MetaUploads } from './meta-media-api.js';
import { lookUp } from './meta-payment-lookup.js';
import { MetaReview } from './meta-review.js';
import { MetaSendApi } from './meta-send-api.js';
import { bodyOf, MetaTemplateApi } from './meta-template-api.js';
import { templateFields } from './meta-template.js';
import { MetaTemplates } from './meta-templates.js';
import { MetaWebhooks } from './meta-webhooks.js';

/** `/v23.0/{id}` and `/v23.0/{id}/{edge}`; without a version as well. */
const GRAPH_PATH = /^(?:\/v\d+\.\d+)?\/(\d+|upload:[\w-]+)(?:\/(messages|media|message_templates|uploads))?\/?$/;
/** `/v23.0/{phone-number-id}/payments/{payment_configuration}/{reference_id}`. */
const PAYMENT_PATH = /^(?:\/v\d+\.\d+)?\/(\d+)\/payments\/([^/]+)\/([^/]+)\/?$/;
const LARGEST_JSON = 1024 * 1024;

/** The WhatsApp Cloud API of Meta: messages, media, templates with their review, signed webhooks. */
export class MetaApi implements SimulatedProvider {
  readonly kind = 'META';
  readonly manner: MetaWebhooks;
  private readonly calls: MetaCalls;
  private readonly templates: MetaTemplates;
  private readonly media: MetaMediaApi;
  private readonly uploads = new MetaUploads();
  private readonly sends: MetaSendApi;
  private readonly management: MetaTemplateApi;
  private readonly controls: MetaControl;

  constructor(private readonly world: SimulatedWorld) {
    this.calls = new MetaCalls(world);
    this.templates = new MetaTemplates(META_ACCOUNTS.accounts[0]?.businessAccountId ?? '');
    this.media = new MetaMediaApi(world);
    this.manner = new MetaWebhooks(world, this.templates);
    const review = new MetaReview(world, this.manner);
    this.sends = new MetaSendApi(world, this.calls, this.templates, this.media, this.manner);
    this.management = new MetaTemplateApi(world, this.templates, this.uploads, review);
    this.controls = new MetaControl(world, this.templates, review, this.manner);
  }

  takes(_method: string, path: string): boolean {
    return path.startsWith(DOWNLOAD_PATH) || GRAPH_PATH.test(path) || PAYMENT_PATH.test(path);
  }

  largestBody(path: string): number {
    return /\/media\/?$|\/upload:/.test(path) ? LARGEST_UPLOAD : LARGEST_JSON;
  }

  async handle(call: ProviderCall): Promise<Answer> {
    const token = tokenOf(call);
    const accounts = this.accountsOf(token);
    if (call.path.startsWith(DOWNLOAD_PATH)) return this.download(accounts, call);
    if (token === undefined) return this.calls.refuse(call, null, metaError(0));
    const [account] = accounts;
    if (account === undefined) return this.calls.refuse(call, null, metaError(190));
    const [, sender, configuration = '', reference = ''] = PAYMENT_PATH.exec(call.path) ?? [];
    const number = accounts.find(({ phoneNumberId }) => phoneNumberId === sender);
    if (sender !== undefined) {
      if (number === undefined || call.method !== 'GET')
        return this.calls.refuse(call, account, noSuchObject(call.method, sender));
      return this.calls.tell(call, number, 'inquiry', () =>
        lookUp(this.world.orders, number, configuration, reference),
      );
    }
    const [, id = '', edge = ''] = GRAPH_PATH.exec(call.path) ?? [];
    const answer = await this.route(accounts, account, id, `${call.method} ${edge}`, call);
    return answer ?? this.calls.refuse(call, account, noSuchObject(call.method, id));
  }

  control(method: string, path: string, _query: URLSearchParams, body: Buffer): Promise<Answer> | undefined {
    return this.controls.handle(method, path, body);
  }

  /** Undefined when nothing of the token's has that id, or not that edge. */
  private async route(
    accounts: readonly SimulatedMetaAccount[],
    anybody: SimulatedMetaAccount,
    id: string,
    what: string,
    call: ProviderCall,
  ): Promise<Answer | undefined> {
    const { calls, management } = this;
    const number = accounts.find(({ phoneNumberId }) => phoneNumberId === id);
    const owner = accounts.find(({ businessAccountId }) => businessAccountId === id);
    const app = accounts.find(({ appId }) => appId === id);
    switch (what) {
      case 'POST messages':
        return number && this.sends.handle(number, call);
      case 'POST media':
        return number && calls.tell(call, number, 'media', () => this.media.upload(number, call));
      case 'GET message_templates':
        return (
          owner &&
          calls.tell(call, owner, 'templates', () => management.list(id, call, `${originOf(call)}${call.path}`))
        );
      case 'POST message_templates':
        return owner && calls.tell(call, owner, 'templates', () => management.create(id, call));
      case 'DELETE message_templates':
        return owner && calls.tell(call, owner, 'templates', () => management.remove(id, call));
      case 'POST uploads':
        return app && calls.tell(call, app, 'media', () => this.uploads.begin(id, fieldsOf(call)));
      case 'GET ':
        if (number) return calls.tell(call, number, 'inquiry', () => phoneNumber(number));
        return this.object(accounts, anybody, id, call);
      default:
        return this.object(accounts, anybody, id, call);
    }
  }

  /** A template, a file, a session of an upload. */
  private object(
    accounts: readonly SimulatedMetaAccount[],
    anybody: SimulatedMetaAccount,
    id: string,
    call: ProviderCall,
  ): Promise<Answer> | undefined {
    const { calls, media } = this;
    if (GRAPH_PATH.exec(call.path)?.[2] !== undefined) return undefined;
    if (id.startsWith('upload:') && call.method === 'POST') {
      return calls.tell(call, anybody, 'media', () => this.uploads.store(id, call));
    }
    const file = media.find(accounts, id);
    if (file !== undefined && call.method === 'GET') {
      return calls.tell(call, anybody, 'media', () => media.describe(file, originOf(call)));
    }
    if (file !== undefined && call.method === 'DELETE') {
      return calls.tell(call, anybody, 'media', () => ({ success: media.delete(file) }));
    }
    const { owner = '', template } = this.templates.byId(id) ?? {};
    const account = accounts.find(({ businessAccountId }) => businessAccountId === owner);
    if (account === undefined || template === undefined) return undefined;
    if (call.method === 'POST') {
      return calls.tell(call, account, 'templates', () => this.management.edit(owner, template, call));
    }
    if (call.method !== 'GET') return undefined;
    return calls.tell(call, account, 'templates', () => templateFields(template, null));
  }

  private download(accounts: readonly SimulatedMetaAccount[], call: ProviderCall): Answer {
    const account = accounts[0] ?? null;
    const behaviour = account ? this.world.faults.ofCall('META', account.phoneNumberId, 'media') : undefined;
    if (account && behaviour?.refuse) return withLine(this.calls.refuseAs(call, account, behaviour.refuse), behaviour);
    const answer = this.media.download(accounts, call);
    const outcome = answer.status === 200 ? 'answered' : `http_${answer.status}`;
    this.calls.record(call, account, outcome, answer.status);
    return withLine(answer, behaviour);
  }

  private accountsOf(token: string | undefined): SimulatedMetaAccount[] {
    if (token === undefined) return [];
    return this.world.accounts.all('META').filter(({ accessToken }) => sameSecret(token, accessToken));
  }
}

/** `Bearer`, and `OAuth` as resumable uploads have it. */
const tokenOf = (call: ProviderCall): string | undefined =>
  /^(?:Bearer|OAuth) (\S+)$/.exec(headerOf(call, 'authorization') ?? '')?.[1];

/** Where the caller finds the simulator. */
const originOf = (call: ProviderCall): string => `http://${headerOf(call, 'host') ?? ''}`;

/** The query, and what the body says, as JSON or as a form. */
function fieldsOf(call: ProviderCall): URLSearchParams {
  const said = Object.entries(bodyOf(call) ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams([...call.query, ...said]);
}

function phoneNumber(account: SimulatedMetaAccount): object {
  return {
    verified_name: account.verifiedName ?? 'Test Number',
    code_verification_status: 'VERIFIED',
    display_phone_number: `+${displayNumberOf(account)}`,
    quality_rating: 'GREEN',
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    id: account.phoneNumberId,
  };
}
