import { setImmediate } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { CONFIG, type Config } from '../config/config.js';
import { Signals } from '../database/signals.js';
import { Lanes } from '../queue/lanes.js';
import { MessageEventFieldsResolver } from './event-fields.resolver.js';
import {
  AttemptFieldsResolver,
  MediaContentFieldsResolver,
  MessageFieldsResolver,
  TemplateContentFieldsResolver,
} from './message-fields.resolver.js';
import { AcceptMessages } from './accept-messages.js';
import { CALLS_AT_ONCE, ClaimMessages } from './claiming/claim-messages.js';
import { DivertMessages } from './claiming/divert-messages.js';
import { AutoReplies } from './inbound/auto-replies.service.js';
import { AutoRepliesResolver } from './inbound/auto-replies.resolver.js';
import { ContactResolver } from './inbound/contact.resolver.js';
import { ContactsService } from './inbound/contacts.service.js';
import { ConversationsService } from './inbound/conversations.service.js';
import { InboundMessages } from './inbound/inbound-messages.js';
import { MessageQuestions } from './message-questions.js';
import { OutboundMessages } from './outbound-messages.js';
import { MessagePlanResolver } from './planning/message-plan.resolver.js';
import { MessagePlans } from './planning/message-plans.service.js';
import { MessageProgress } from './message-progress.js';
import { MessageReports } from './message-reports.js';
import { MessageStats } from './stats/message-stats.js';
import { MessageStatsResolver } from './stats/message-stats.resolver.js';
import { MessageTimers } from './message-timers.js';
import { MessageUpdates } from './message-updates.js';
import { MessageSecrets } from './message-secrets.service.js';
import { MessagesReader } from './messages.reader.js';
import { MessagesResolver } from './messages.resolver.js';
import { MessagesService } from './messages.service.js';
import { OptOutsReader } from './opt-outs.reader.js';
import { OptOutsResolver } from './opt-outs.resolver.js';
import { OptOutsService } from './opt-outs.service.js';
import { SendSurroundings } from './planning/send-surroundings.js';
import { IdleProbes } from './claiming/idle-probes.js';
import { StrandedMessages } from './claiming/stranded-messages.js';
import { SubmitMessages } from './submit-messages.js';
import { WaitingForHours } from './planning/waiting-for-hours.js';

/** Calls through one account that are with its provider at the same time, in one process. */
const CALLS_IN_HAND = 48;

/** Turns of the event loop. */
const GIVES_WAY = 12;

@Global()
@Module({
  providers: [
    ...[
      AcceptMessages,
      ClaimMessages,
      DivertMessages,
      MessageProgress,
      MessageQuestions,
      MessageReports,
      MessageSecrets,
      MessageTimers,
      MessageUpdates,
      MessagesReader,
      MessagesService,
      OptOutsReader,
      OptOutsService,
    ],
    ...[IdleProbes, OutboundMessages, SendSurroundings, StrandedMessages, SubmitMessages],
    ...[AutoReplies, AutoRepliesResolver, ContactResolver, ContactsService, ConversationsService, InboundMessages],
    ...[AttemptFieldsResolver, MessageEventFieldsResolver, MessageFieldsResolver, MessagesResolver, OptOutsResolver],
    ...[MediaContentFieldsResolver, TemplateContentFieldsResolver],
    ...[MessagePlanResolver, MessagePlans],
    ...[MessageStats, MessageStatsResolver, WaitingForHours],
  ],
  exports: [AcceptMessages, InboundMessages, MessageProgress, MessageReports, MessageSecrets, MessagesReader],
})
export class MessagesModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(MessagesModule.name);
  private readonly lanes: Lanes;

  constructor(
    private readonly submit: SubmitMessages,
    private readonly accept: AcceptMessages,
    private readonly progress: MessageProgress,
    private readonly timers: MessageTimers,
    private readonly signals: Signals,
    @Inject(CLOCK) clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.lanes = new Lanes({
      clock,
      due: () => this.submit.dueAccounts(),
      claim: async (accountId, urgentOnly) => {
        await this.giveWay();
        return this.submit.claim(accountId, urgentOnly);
      },
      concurrency: CALLS_IN_HAND,
      piecesAtMost: CALLS_AT_ONCE,
      onError: (error) => this.logger.error(fault(error)),
    });
  }

  /** A caller waits for his answer, a stored message does not: a claim lets callers go first, for a moment at most. */
  private async giveWay(): Promise<void> {
    for (let turn = 0; turn < GIVES_WAY && this.accept.accepting; turn++) await setImmediate();
  }

  onApplicationBootstrap(): void {
    if (this.config.role === 'api') return;
    this.signals.on('messages', (accountIds) => accountIds.forEach((id) => this.lanes.wake(id)));
    this.lanes.start();
    this.timers.start();
  }

  /** Takes no more work, and waits for the calls in hand and their records. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.timers.stop(), this.lanes.stop()]);
    await this.accept.idle();
    await this.progress.idle();
  }
}
