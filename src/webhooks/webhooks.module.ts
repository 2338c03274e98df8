import { type BeforeApplicationShutdown, Inject, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { CONFIG, type Config } from '../config/config.js';
import { Signals } from '../database/signals.js';
import { Lanes } from '../queue/lanes.js';
import { CallEndpoints } from './call-endpoints.js';
import { CALLS_AT_ONCE, ClaimDeliveries, type LaneKind } from './claim-deliveries.js';
import { EndpointSecretsVault } from './endpoint-secrets.js';
import { EndpointStore } from './endpoint-store.js';
import { FanOut } from './fan-out.js';
import { RecordCalls } from './record-calls.js';
import { Replays } from './replays.service.js';
import { WebhookDeliveries } from './webhook-deliveries.service.js';
import { WebhookEndpoints } from './webhook-endpoints.service.js';
import { EndpointEventFieldsResolver, WebhookDeliveryFieldsResolver } from './webhook-fields.resolver.js';
import { WebhooksReader } from './webhooks.reader.js';
import { WebhooksResolver } from './webhooks.resolver.js';

/** Calls to one endpoint that are under way at the same time, in one process: for what is new, and as many for replays. */
const CALLS_IN_HAND = 64;

/** What makes deliveries: one lane each, as the row of each is one. */
type Maker = 'fan-out' | 'replays';
const MAKERS: readonly Maker[] = ['fan-out', 'replays'];

@Module({
  providers: [
    ...[CallEndpoints, ClaimDeliveries, EndpointSecretsVault, EndpointStore, FanOut, RecordCalls],
    ...[Replays, WebhookDeliveries, WebhookEndpoints, WebhooksReader],
    ...[EndpointEventFieldsResolver, WebhookDeliveryFieldsResolver, WebhooksResolver],
  ],
})
export class WebhooksModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhooksModule.name);
  private readonly makers: Lanes;
  private readonly lanes: Readonly<Record<LaneKind, Lanes>>;
  /** There are endpoints: where there are none, nothing of them is asked for each second. */
  private isUsed = false;

  constructor(
    private readonly fanOut: FanOut,
    private readonly replays: Replays,
    private readonly deliveries: ClaimDeliveries,
    private readonly records: RecordCalls,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const makers = { 'fan-out': this.fanOut, replays: this.replays };
    this.makers = new Lanes({
      clock,
      due: () => this.dueMakers(),
      claim: (maker) => makers[maker as Maker].step(),
      concurrency: 1,
      onError: (error) => this.logger.error(fault(error)),
    });
    this.lanes = { live: this.lanesOf('live'), replay: this.lanesOf('replay') };
  }

  onApplicationBootstrap(): void {
    if (this.config.role === 'api') return;
    this.signals.on('events', () => this.makers.wake('fan-out'));
    this.signals.on('endpoints', (ids) => this.changed(ids));
    this.signals.on('deliveries', (ids) => ids.forEach((id) => this.lanes.live.wake(id)));
    this.signals.on('replays', (ids) => ids.forEach((id) => this.lanes.replay.wake(id)));
    this.makers.start();
    this.lanes.live.start();
    this.lanes.replay.start();
  }

  /** Takes no more, and waits for the calls in hand and their records. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.makers.stop();
    await Promise.all([this.lanes.live.stop(), this.lanes.replay.stop()]);
    await this.records.idle();
  }

  private async dueMakers(): Promise<readonly Maker[]> {
    this.isUsed = await this.fanOut.hasListeners();
    if (!this.isUsed) return [];
    return (await this.replays.isDue()) ? MAKERS : ['fan-out'];
  }

  private lanesOf(kind: LaneKind): Lanes {
    return new Lanes({
      clock: this.clock,
      due: async () => (this.isUsed ? this.deliveries.due(kind) : []),
      // Nothing of it is more urgent than the rest: full hands are full.
      claim: async (endpointId, urgentOnly) => (urgentOnly ? { work: null } : this.deliveries.claim(endpointId, kind)),
      concurrency: CALLS_IN_HAND,
      piecesAtMost: CALLS_AT_ONCE,
      onError: (error) => this.logger.error(fault(error)),
    });
  }

  /** These were made or changed, or are to be told something again: whatever waits for that has a look. */
  private changed(endpointIds: readonly string[]): void {
    this.isUsed = true;
    this.fanOut.listenersChanged();
    for (const maker of MAKERS) this.makers.wake(maker);
    for (const id of endpointIds) {
      this.lanes.live.wake(id);
      this.lanes.replay.wake(id);
    }
  }
}
