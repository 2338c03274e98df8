import { HOUR, later } from '../../src/common/clock.js';
import { isProblem, type Problem } from '../../src/common/problem.js';
import { type ProviderAccount } from '../../src/providers/accounts.service.js';
import { type Capability, capabilitiesOf } from '../../src/providers/capability.js';
import { type Callbacks } from '../../src/providers/ports/callbacks.js';
import { type Messaging } from '../../src/providers/ports/messaging.js';
import { type Provider } from '../../src/providers/ports/provider.js';
import { RoutingTable } from '../../src/providers/routing.service.js';
import { type Registration, type Template, type TemplateToSend } from '../../src/templates/templates.service.js';
import { type Conversation, Windows } from '../../src/messages/inbound/conversations.service.js';
import { type SendTemplate } from '../../src/messages/planning/send-content.js';
import { type Send } from '../../src/messages/planning/send-input.js';
import { type Plan, planSend, type Surroundings } from '../../src/messages/planning/send-planner.js';
import { NOON } from './messages.js';

/** The nth row of a test. */
export const uuid = (number: number): string => `0190a0a0-0000-7000-8000-${String(number).padStart(12, '0')}`;
export const PROJECT = uuid(1);
export const ANI = '+6287823678023';

/** `account 11`, connected long ago. */
export function account(number: number, over: Partial<ProviderAccount> = {}): ProviderAccount {
  return {
    projectId: PROJECT,
    id: uuid(number),
    kind: 'DOKU',
    name: `account ${number}`,
    environment: 'SANDBOX',
    sender: null,
    ownNumber: null,
    baseUrl: null,
    credentials: Buffer.alloc(0),
    credentialsKey: '',
    requestsPerMinute: null,
    enabled: true,
    health: 'HEALTHY',
    stoppedAt: null,
    callbackKey: '',
    version: 1,
    sequence: 0,
    createdAt: new Date(0),
    deletedAt: null,
    ...over,
  };
}

export function registration(accountNumber: number, over: Partial<Registration> = {}): Registration {
  return {
    projectId: PROJECT,
    templateId: uuid(900),
    accountId: uuid(accountNumber),
    externalId: `TMP-${accountNumber}`,
    providerId: null,
    status: 'APPROVED',
    category: 'UTILITY',
    rejectionReason: null,
    updatedAt: new Date(0),
    ...over,
  };
}

/** `order_paid` of two values, registered at accounts 11 and 12. */
export function template(
  over: Partial<Template> = {},
  registrations: readonly Registration[] = [registration(11), registration(12)],
): TemplateToSend {
  const row: Template = {
    projectId: PROJECT,
    id: uuid(900),
    name: 'order_paid',
    language: 'id',
    channel: 'WHATSAPP',
    category: 'UTILITY',
    body: 'Halo {{1}}, pesanan {{2}} sudah dibayar.',
    paramNames: [],
    header: null,
    footer: null,
    buttons: [],
    samples: [],
    raw: null,
    sequence: 0,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    deletedAt: null,
    ...over,
  };
  return { template: row, registrations };
}

/** What an account carries: templates alone, if nothing else is said. */
export const carrying = (over: Partial<Messaging> = {}): Messaging => ({
  carries: new Set(['template']),
  repeatSafe: false,
  templateParts: new Set(),
  send: async () => [],
  ...over,
});

const HEARING = { deliveryReports: true, inbound: true } as Callbacks;

interface Kind {
  readonly messaging?: Messaging;
  /** Passes on what persons write. */
  readonly hears?: boolean;
}

/** Of these kinds of account: what one carries may differ by account. */
export type Kinds = (account: ProviderAccount) => Kind;

export interface Place extends Partial<Omit<Surroundings, 'routing' | 'windows'>> {
  readonly accounts?: readonly ProviderAccount[];
  /** The numbers of accounts, by capability; as an array for TEMPLATE. */
  readonly route?: readonly number[] | Partial<Record<Capability, readonly number[]>>;
  readonly kinds?: Kinds;
  /** When persons last wrote. */
  readonly conversations?: readonly Conversation[];
}

/** WAPPIN accounts of most tests can send nothing. */
const DOKU_ALONE: Kinds = ({ kind }) => (kind === 'DOKU' ? { messaging: carrying() } : {});

/** A project as a plan sees it: two accounts for templates and one template, if nothing else is said. */
export function around(place: Place = {}): Surroundings {
  const { accounts = [account(11), account(12)], route = {}, kinds = DOKU_ALONE, conversations = [], ...rest } = place;
  const written = (Array.isArray(route) ? { TEMPLATE: route } : route) as Record<string, readonly number[]>;
  const routes = new Map(
    Object.entries(written).map(([capability, numbers]) => [capability as Capability, numbers.map(uuid)]),
  );
  const has = (one: ProviderAccount, capability: Capability): boolean => {
    const { messaging, hears } = kinds(one);
    const ports = { ...(messaging && { messaging }), ...(hears && { callbacks: HEARING }) } as Provider;
    return capabilitiesOf(ports).includes(capability);
  };
  const routing = new RoutingTable(accounts, routes, {
    can: has,
    messaging: (one) => kinds(one).messaging,
    providersWith: () => ['Meta', 'Exotel'],
    providersCarrying: () => [],
  });
  const lastHeard = new Map(
    conversations
      .toSorted((a, b) => a.heardAt.getTime() - b.heardAt.getTime())
      .map(({ accountId, heardAt }) => [accountId, heardAt]),
  );
  return {
    templates: [template()],
    optOuts: new Map(),
    files: new Map(),
    quoted: new Map(),
    quiet: null,
    now: NOON,
    ...rest,
    routing,
    windows: new Windows(conversations, lastHeard),
  };
}

/** A send of `order_paid`, if nothing else is said. */
export function send(over: Partial<Omit<Send, 'content'>> & { readonly content?: Send['content'] } = {}): Send {
  return {
    projectId: PROJECT,
    to: ANI,
    content: orderPaid(),
    accountId: null,
    replyTo: null,
    fallbacks: [],
    scheduledAt: null,
    expiresAt: null,
    reference: null,
    metadata: null,
    priority: null,
    resendUnconfirmed: false,
    idempotency: null,
    ...over,
  };
}

export const orderPaid = (over: Partial<Omit<SendTemplate, 'kind'>> = {}): SendTemplate => ({
  kind: 'template',
  name: 'order_paid',
  language: null,
  channel: 'WHATSAPP',
  params: ['Budi', 'A-1'],
  headerParams: [],
  headerMedia: null,
  buttonParams: [],
  ...over,
});

/** The plan of a send; throws where there is none. */
export function plan(one: Send, where: Surroundings = around()): Plan {
  const made = planSend(one, where);
  if (isProblem(made)) throw new Error(`${made.code} at ${made.field}: ${made.message}`);
  return made;
}

/** Why there is none. */
export function problemOf(one: Send, where: Surroundings = around()): Problem {
  const made = planSend(one, where);
  if (!isProblem(made)) throw new Error('It was planned.');
  return made;
}

export function refused(one: Send, where: Surroundings = around()): Pick<Problem, 'code' | 'field'> {
  const { code, field } = problemOf(one, where);
  return { code, field };
}

/** META accounts carry everything and hear, WAPPIN's let an SMS ride along and hear, DOKU's carry bodies alone. */
export const KINDS: Kinds = ({ kind }) => {
  if (kind === 'DOKU') return { messaging: carrying() };
  if (kind === 'WAPPIN') {
    const smsRules = new Set(['NOT_ON_WHATSAPP'] as const);
    return { messaging: carrying({ templateParts: new Set(['sms']), smsRules }), hears: true };
  }
  return {
    messaging: carrying({
      carries: new Set(['template', 'text', 'media', 'interactive']),
      templateParts: new Set(['header', 'buttons']),
      media: { IMAGE: { mimeTypes: ['image/jpeg'], maxBytes: 5_000, caption: true } },
      lint: (value) => (value.includes('\n') ? 'No line breaks.' : null),
    }),
    hears: true,
  };
};

export const toko = account(21, { kind: 'META', name: 'Toko' });
export const cabang = account(22, { kind: 'META', name: 'Cabang' });
export const TEXT = { kind: 'text', text: 'Halo' } as const;

/** That ANI wrote to an account so many hours ago. */
export function heard(one: { readonly id: string }, hoursAgo: number, over: Partial<Conversation> = {}): Conversation {
  return { accountId: one.id, person: ANI, recipientId: null, heardAt: later(NOON, -hoursAgo * HOUR), ...over };
}
