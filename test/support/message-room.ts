import { Logger } from '@nestjs/common';
import { newId } from '../../src/common/ids.js';
import { type ProviderKind } from '../../src/common/problem.js';
import { type Config } from '../../src/config/config.js';
import { type Database, type Sql } from '../../src/database/database.js';
import { Signals } from '../../src/database/signals.js';
import { EventLog } from '../../src/events/event-log.js';
import { type LoggedEvent } from '../../src/events/event-types.js';
import { MediaService } from '../../src/media/media.service.js';
import { AcceptMessages } from '../../src/messages/accept-messages.js';
import { AutoReplies } from '../../src/messages/inbound/auto-replies.service.js';
import { ConversationsService } from '../../src/messages/inbound/conversations.service.js';
import { type Heard, type HearFirst, InboundMessages } from '../../src/messages/inbound/inbound-messages.js';
import { MessageProgress } from '../../src/messages/message-progress.js';
import { MESSAGE_COLUMNS, type Message } from '../../src/messages/message-row.js';
import { OptOutsService } from '../../src/messages/opt-outs.service.js';
import { SendSurroundings } from '../../src/messages/planning/send-surroundings.js';
import { type Caller } from '../../src/projects/caller.js';
import { AccountStore } from '../../src/providers/account-store.js';
import { type ProviderAccount } from '../../src/providers/accounts.service.js';
import { Family } from '../../src/providers/callback-families.js';
import { capabilitiesOf } from '../../src/providers/capability.js';
import { type InboundMessage } from '../../src/providers/ports/callbacks.js';
import { type Provider } from '../../src/providers/ports/provider.js';
import { type ProviderPool } from '../../src/providers/provider-pool.js';
import { RoutingService } from '../../src/providers/routing.service.js';
import { TABLES } from '../../src/tables.js';
import { TemplateStore } from '../../src/templates/template-store.js';
import { TemplateWriter } from '../../src/templates/template-writer.js';
import { TemplatesService } from '../../src/templates/templates.service.js';
import { connectTestDatabase } from './database.js';
import { ManualClock } from './manual-clock.js';
import { account, carrying } from './surroundings.js';

/** META accounts carry everything and hear persons, those of other kinds carry bodies of templates alone. */
const PORTS = (kind: ProviderKind): Provider =>
  ({
    messaging: carrying(
      kind === 'META'
        ? {
            carries: new Set(['template', 'text', 'media', 'interactive', 'order', 'orderStatus']),
            media: { IMAGE: { mimeTypes: ['image/jpeg'], maxBytes: 5_000, caption: true } },
          }
        : {},
    ),
    ...(kind === 'META' && { callbacks: { deliveryReports: true, inbound: true } }),
  }) as unknown as Provider;

const POOL = {
  of: ({ kind }: ProviderAccount) => PORTS(kind),
  messagingOf: ({ kind }: ProviderAccount) => PORTS(kind).messaging,
  messagingOfKind: (kind: string) => PORTS(kind).messaging,
  capabilities: (kind: ProviderKind) => new Set(capabilitiesOf(PORTS(kind))),
  kinds: () => [{ kind: 'META', name: 'Meta' }],
} as unknown as ProviderPool;

const NOBODY_FIRST: HearFirst = async () => ({ answered: new Set(), events: [], accountIds: [] });

/** The services around messages on a database of their own, without a worker: what is accepted stays QUEUED. */
export class MessageRoom {
  readonly clock = new ManualClock();
  readonly signals: Signals;
  readonly log: EventLog;
  readonly conversations: ConversationsService;
  readonly optOuts: OptOutsService;
  readonly accept: AcceptMessages;
  readonly progress: MessageProgress;
  readonly replies: AutoReplies;
  readonly inbound: InboundMessages;

  static async open(allowPrivateUrls = false): Promise<MessageRoom> {
    // What is refused is logged: here that is part of the story.
    Logger.overrideLogger(false);
    const connected = await connectTestDatabase(TABLES);
    return new MessageRoom(connected.database, () => connected.close(), { allowPrivateUrls } as Config);
  }

  private constructor(
    readonly database: Database,
    private readonly drop: () => Promise<void>,
    config: Config,
  ) {
    const { clock } = this;
    this.signals = new Signals(database);
    this.log = new EventLog(database, this.signals);
    this.conversations = new ConversationsService(database);
    this.optOuts = new OptOutsService(database, this.log, clock);
    const accounts = new AccountStore(database);
    const routing = new RoutingService(database, accounts, POOL, this.signals);
    const store = new TemplateStore(database);
    const writer = new TemplateWriter(database, store, this.log, this.signals, clock);
    const templates = new TemplatesService(database, store, writer, routing, this.signals, clock);
    // No bytes are written or fetched here.
    const nothing = {} as never;
    const media = new MediaService(database, nothing, nothing, this.signals, clock);
    const { optOuts, conversations, signals } = this;
    const around = new SendSurroundings(database, templates, routing, optOuts, conversations, media, signals, clock);
    this.accept = new AcceptMessages(database, around, this.log, signals, clock, config);
    this.progress = new MessageProgress(database, this.log, optOuts, this.accept, accounts, signals, clock);
    this.replies = new AutoReplies(database, this.accept, around, clock, config);
    this.inbound = new InboundMessages(conversations, optOuts, media, this.replies, clock);
  }

  async close(): Promise<void> {
    await this.signals.close();
    await this.drop();
  }

  /** A project with one account that hears, unless something else is said, and whoever calls there. */
  async project(over: Partial<ProviderAccount> = {}): Promise<{ caller: Caller; account: ProviderAccount }> {
    const caller = { projectId: newId(), country: 'ID' } as Caller;
    return { caller, account: await this.connect(caller, over) };
  }

  async connect({ projectId }: Caller, over: Partial<ProviderAccount> = {}): Promise<ProviderAccount> {
    const row = account(1, { kind: 'META', id: newId(), projectId, callbackKey: newId(), ...over });
    await this.database.rows(
      `insert into provider_accounts (project_id, id, kind, name, environment, credentials, credentials_key, enabled,
         health, callback_key, version, sequence, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        ...[row.projectId, row.id, row.kind, row.name, row.environment, row.credentials, row.credentialsKey],
        ...[row.enabled, row.health, row.callbackKey, row.version, row.sequence, row.createdAt],
      ],
    );
    return row;
  }

  /** Hears as the callbacks do it: all in one transaction, the events last. */
  async hear(receiver: ProviderAccount, ...observations: InboundMessage[]): Promise<Heard> {
    return this.hearIn(
      new Family(receiver, [{ account: receiver, mailbox: null, owner: null }], { sendsBatches: false, echoes: false }),
      observations,
    );
  }

  async hearIn(
    family: Family,
    observations: readonly InboundMessage[],
    hearFirst: HearFirst = NOBODY_FIRST,
  ): Promise<Heard> {
    return this.database.transaction(async (sql: Sql) => {
      const heard = await this.inbound.apply(sql, family, observations, hearFirst);
      await this.log.append(sql, heard.events);
      return heard;
    });
  }

  /** All messages of a project, oldest first. */
  messages({ projectId }: Caller): Promise<Message[]> {
    return this.database.rows(`select ${MESSAGE_COLUMNS} from messages m where project_id = $1 order by id`, [
      projectId,
    ]);
  }

  async events({ projectId }: Caller): Promise<LoggedEvent[]> {
    return this.log.after(projectId, '0', null, 1_000);
  }
}
