import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { EventLog } from '../events/event-log.js';
import { type WrittenEvent } from '../events/event-types.js';
import { HTTP, type Http, type HttpResult } from '../http/http.js';
import { readResult } from './call-result.js';
import { EndpointSecretsVault } from './endpoint-secrets.js';
import { EndpointStore, type WebhookEndpoint } from './endpoint-store.js';
import { type ClaimedDelivery, RecordCalls } from './record-calls.js';
import { signedHeaders } from './signature.js';
import { webhookBody } from './webhook-body.js';
import { countCall, sawConfirmed } from './webhook-metrics.js';

/** An endpoint has so long for its whole answer, as far as that is read. */
const ANSWER_WITHIN_MS = 15 * SECOND;
/** Of an answer is read what is kept of it. */
const KEPT_BYTES = 4096;

/** Calls endpoints with events, and has written down what came of it. */
@Injectable()
export class CallEndpoints {
  private readonly logger = new Logger(CallEndpoints.name);

  constructor(
    private readonly store: EndpointStore,
    private readonly secrets: EndpointSecretsVault,
    private readonly log: EventLog,
    private readonly records: RecordCalls,
    @Inject(HTTP) private readonly http: Http,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Resolves when all calls are written down, and says of each when it is: one that hangs holds none of the others. What is
   * not, for whatever reason, is taken up again when its lease has ended.
   */
  async call(endpointId: string, claimed: readonly ClaimedDelivery[], oneEnded?: () => void): Promise<void> {
    try {
      const [endpoint, events] = await Promise.all([this.store.calling(endpointId), this.eventsOf(claimed)]);
      // It was switched off, or deleted, this very moment; switched on again, it is to be called at once.
      if (!endpoint) return await this.records.giveBack(claimed);
      const secrets = this.secrets.signing(endpoint, this.clock.now());
      if (!secrets) {
        this.logger.error({ endpointId }, 'The secret was sealed with another ENCRYPTION_KEY: rotate it.');
        return;
      }
      const done = await Promise.allSettled(
        claimed.map((delivery) =>
          this.one(endpoint, secrets, delivery, events.get(delivery.eventId)).finally(oneEnded),
        ),
      );
      for (const one of done) if (one.status === 'rejected') this.logger.error(fault(one.reason));
    } catch (error) {
      this.logger.error(fault(error));
    }
  }

  private eventsOf(claimed: readonly ClaimedDelivery[]): Promise<Map<string, WrittenEvent>> {
    return this.log.written(
      claimed.map(({ projectId }) => projectId),
      claimed.map(({ eventId }) => eventId),
    );
  }

  private async one(
    endpoint: WebhookEndpoint,
    secrets: readonly string[],
    delivery: ClaimedDelivery,
    event: WrittenEvent | undefined,
  ): Promise<void> {
    const startedAt = this.clock.now();
    const answer = event ? await this.post(endpoint, secrets, event, lineOf(delivery, endpoint), startedAt) : NO_EVENT;
    const endedAt = this.clock.now();
    const result = readResult(answer, endedAt);
    await this.records.add({ endpoint, delivery, startedAt, endedAt, result });
    countCall(result.outcome);
    if (event && result.outcome === 'delivered' && delivery.attempts === 0 && delivery.replayId === null)
      sawConfirmed(endedAt.getTime() - event.recordedAt.getTime());
  }

  private async post(
    { url }: WebhookEndpoint,
    secrets: readonly string[],
    event: WrittenEvent,
    line: string,
    now: Date,
  ): Promise<HttpResult> {
    const body = webhookBody(event);
    const timeUp = new AbortController();
    const forget = this.clock.wakeAt(later(now, ANSWER_WITHIN_MS), () => timeUp.abort());
    const answer = await this.http.request({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...signedHeaders({ id: event.id, timestamp: now, body }, secrets),
      },
      body,
      line,
      firstBytes: KEPT_BYTES,
      signal: timeUp.signal,
    });
    forget();
    return answer;
  }
}

/** Each lane has connections of its own: a replay that hangs would hold all of them, and what is new would wait. */
const lineOf = ({ replayId }: ClaimedDelivery, { id }: WebhookEndpoint): string =>
  replayId === null ? id : `${id} replay`;

const NO_EVENT: HttpResult = { kind: 'unreachable', reason: 'the event is not kept any more' };
