import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, later, SECOND } from '../common/clock.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { EventLog } from '../events/event-log.js';
import { type EventHead, type EventType } from '../events/event-types.js';
import { type Claim } from '../queue/lanes.js';
import { insertDeliveries, type NewDelivery } from './delivery-writes.js';

const PAGE = 500;
/** Where nobody listens the log is not read; somebody who begins to says so, and this is the net under that word. */
const NOBODY_FOR_MS = SECOND;

const NOBODY = 'nobody listens';

interface Passed {
  readonly endpointIds: ReadonlySet<string>;
  readonly more: boolean;
}

/** What the fan-out must know of an endpoint. */
interface Listener {
  readonly projectId: string;
  readonly id: string;
  readonly eventTypes: readonly EventType[];
  readonly hearsAfter: string;
  readonly hearsUntil: string | null;
}

/**
 * Makes the deliveries of what is new in the log. Where it stands is one row, held by one process at a time and moved on in
 * the transaction that inserts the deliveries: whenever a process ends, each event has its deliveries once.
 */
@Injectable()
export class FanOut {
  private nobodyUntil: Date | null = null;

  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Somebody may listen now. */
  listenersChanged(): void {
    this.nobodyUntil = null;
  }

  /** Whether there is any endpoint. */
  async hasListeners(): Promise<boolean> {
    const [listener] = await this.database.rows('select from webhook_endpoints where deleted_at is null limit 1');
    return listener !== undefined;
  }

  /** One page of the log. */
  async step(): Promise<Claim> {
    const now = this.clock.now();
    if (this.nobodyUntil && now < this.nobodyUntil) return { work: null };
    // Before the look: whoever begins to listen during it takes this back.
    this.nobodyUntil = later(now, NOBODY_FOR_MS);
    const passed = await this.database.transaction((sql) => this.pass(sql, now));
    if (passed === NOBODY) return { work: null };
    this.nobodyUntil = null;
    if (passed.endpointIds.size > 0) this.signals.tell('deliveries', [...passed.endpointIds]);
    return { work: null, more: passed.more };
  }

  private async pass(sql: Sql, now: Date): Promise<Passed | typeof NOBODY> {
    const nothing = { endpointIds: new Set<string>(), more: false };
    const [place] = await sql.rows<{ position: string; since: string | null }>(
      `select f.position, (
           select min(e.hears_after) from webhook_endpoints e
            where e.deleted_at is null and (e.hears_until is null or e.hears_until > f.position)) as since
         from webhook_fan_out f where f.id = 1 for update of f skip locked`,
    );
    // Another process is at it, and hears of what is new as well.
    if (!place) return nothing;
    if (place.since === null) return NOBODY;
    const position = BigInt(place.position) > BigInt(place.since) ? place.position : place.since;
    const events = await this.log.headsAfter(sql, position, PAGE);
    const last = events.at(-1);
    if (!last) return nothing;
    const listeners = await this.listeners(sql, events, position);
    const made = await insertDeliveries(sql, deliveriesOf(events, listeners), now);
    await sql.rows('update webhook_fan_out set position = $1 where id = 1', [last.id]);
    return { endpointIds: new Set(made.map(({ endpointId }) => endpointId)), more: events.length === PAGE };
  }

  private async listeners(sql: Sql, events: readonly EventHead[], position: string): Promise<Listener[]> {
    return sql.rows<Listener>(
      `select project_id as "projectId", id, event_types as "eventTypes", hears_after as "hearsAfter",
         hears_until as "hearsUntil"
         from webhook_endpoints
        where project_id = any($1) and deleted_at is null and (hears_until is null or hears_until > $2)`,
      [[...new Set(events.map(({ projectId }) => projectId))], position],
    );
  }
}

function deliveriesOf(events: readonly EventHead[], listeners: readonly Listener[]): NewDelivery[] {
  const byProject = Map.groupBy(listeners, ({ projectId }) => projectId);
  return events.flatMap((event) =>
    (byProject.get(event.projectId) ?? [])
      .filter((listener) => hears(listener, event))
      .map(({ id: endpointId }) => {
        const { projectId, id: eventId, subjectId } = event;
        return { projectId, endpointId, eventId, subjectId, replayId: null };
      }),
  );
}

function hears({ eventTypes, hearsAfter, hearsUntil }: Listener, { id, type }: EventHead): boolean {
  // A test has its delivery from whoever asked for it.
  if (type === 'WEBHOOK_TEST') return false;
  if (eventTypes.length > 0 && !eventTypes.includes(type)) return false;
  return BigInt(id) > BigInt(hearsAfter) && (hearsUntil === null || BigInt(id) <= BigInt(hearsUntil));
}
