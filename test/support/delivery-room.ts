import { Logger } from '@nestjs/common';
import { newId } from '../../src/common/ids.js';
import { isProblem } from '../../src/common/problem.js';
import { Database, type Sql } from '../../src/database/database.js';
import { Signals } from '../../src/database/signals.js';
import { EventLog } from '../../src/events/event-log.js';
import { type NewEvent } from '../../src/events/event-types.js';
import { type Caller } from '../../src/projects/caller.js';
import { TABLES } from '../../src/tables.js';
import { type Http } from '../../src/http/http.js';
import { CallEndpoints } from '../../src/webhooks/call-endpoints.js';
import { type CallResult } from '../../src/webhooks/call-result.js';
import { ClaimDeliveries, type LaneKind } from '../../src/webhooks/claim-deliveries.js';
import { type EndpointSecretsVault } from '../../src/webhooks/endpoint-secrets.js';
import { EndpointStore, type WebhookEndpoint } from '../../src/webhooks/endpoint-store.js';
import { FanOut } from '../../src/webhooks/fan-out.js';
import { type ClaimedDelivery, RecordCalls } from '../../src/webhooks/record-calls.js';
import { WebhookEndpoints } from '../../src/webhooks/webhook-endpoints.service.js';
import { connectTestDatabase } from './database.js';
import { ManualClock } from './manual-clock.js';
import { anEvent } from './webhooks.js';

/** What the spec looks at of a delivery. */
export interface DeliveryRow {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly subjectId: string;
  readonly status: string;
  readonly tries: number;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
}

const SECRETS = { give: () => 'whsec_', signing: () => ['whsec_'] } as unknown as EndpointSecretsVault;

/** One process that makes and takes deliveries. */
export interface Worker {
  readonly fanOut: FanOut;
  claim(endpointId: string, lane?: LaneKind): Promise<readonly ClaimedDelivery[]>;
  due(lane?: LaneKind): Promise<readonly string[]>;
  /** Calls with what was claimed; the room counts the calls, and each is answered 200. */
  call(endpointId: string, claimed: readonly ClaimedDelivery[]): Promise<void>;
  /** Writes down what came of a call. */
  ended(delivery: ClaimedDelivery, outcome?: CallResult['outcome']): Promise<void>;
}

/** Endpoints and their deliveries, and processes that make and take them, on a database of their own. */
export class DeliveryRoom {
  readonly clock = new ManualClock();
  readonly caller = { projectId: newId() } as Caller;
  readonly log: EventLog;
  readonly endpoints: WebhookEndpoints;
  private readonly signals: Signals;
  private readonly store: EndpointStore;
  private readonly others: Database[] = [];
  calls = 0;

  static async open(): Promise<DeliveryRoom> {
    Logger.overrideLogger(false);
    const connected = await connectTestDatabase(TABLES);
    return new DeliveryRoom(connected.database, () => connected.close());
  }

  private constructor(
    readonly database: Database,
    private readonly drop: () => Promise<void>,
  ) {
    this.signals = new Signals(database);
    this.log = new EventLog(database, this.signals);
    this.store = new EndpointStore(database, this.log);
    const { log, store, signals, clock } = this;
    this.endpoints = new WebhookEndpoints(database, store, SECRETS, log, signals, clock, { allowPrivateUrls: true });
  }

  async close(): Promise<void> {
    await this.signals.close();
    await Promise.all(this.others.map((other) => other.close()));
    await this.drop();
  }

  /** A worker on these connections, the room's own where it is not said. */
  worker(database: Database = this.database): Worker {
    const { log, signals, clock } = this;
    const store = new EndpointStore(database, log);
    const records = new RecordCalls(database, store, log, clock);
    const http: Http = {
      request: async () => {
        this.calls++;
        return { kind: 'answer', status: 200, headers: {}, body: Buffer.alloc(0) };
      },
    };
    const calling = new CallEndpoints(store, SECRETS, log, records, http, clock);
    let claimed: readonly ClaimedDelivery[] = [];
    const calls = { call: async (_id: string, taken: readonly ClaimedDelivery[]) => void (claimed = taken) };
    const deliveries = new ClaimDeliveries(database, calls as unknown as CallEndpoints, clock);
    return {
      fanOut: new FanOut(database, log, signals, clock),
      claim: async (endpointId, lane = 'live') => {
        claimed = [];
        await (await deliveries.claim(endpointId, lane)).work?.();
        return claimed;
      },
      due: (lane = 'live') => deliveries.due(lane),
      call: (endpointId, taken) => calling.call(endpointId, taken),
      ended: async (delivery, outcome = 'delivered') => {
        const { endpointId } = (await this.deliveries()).find(({ id }) => id === delivery.id)!;
        const endpoint = await this.endpoint(endpointId);
        const now = clock.now();
        const result: CallResult = {
          ...{ outcome, slowDown: false, retryAfterMs: 0, responseBody: null, error: null },
          responseStatus: outcome === 'delivered' ? 200 : 500,
        };
        await records.add({ endpoint, delivery, startedAt: now, endedAt: now, result });
      },
    };
  }

  /** Connections of another process, so to say. */
  async connect(): Promise<Database> {
    const other = await Database.connect(this.database.url, TABLES);
    this.others.push(other);
    return other;
  }

  async create(eventTypes: WebhookEndpoint['eventTypes'] = []): Promise<string> {
    const made = await this.endpoints.create(this.caller, { url: 'http://127.0.0.1/hooks', eventTypes });
    if (isProblem(made)) throw new Error(made.message);
    return made.endpoint.id;
  }

  async switch(id: string, enabled: boolean): Promise<void> {
    const updated = await this.endpoints.update(this.caller, id, { enabled });
    if (isProblem(updated)) throw new Error(updated.message);
  }

  /** Appends events of these things, one each, and answers their ids. */
  async happen(...subjectIds: readonly string[]): Promise<string[]> {
    return this.write(subjectIds.map((subjectId) => ({ subjectId })));
  }

  async write(events: readonly Partial<NewEvent>[], sql: Sql = this.database): Promise<string[]> {
    const { projectId } = this.caller;
    const before = await this.log.end(sql);
    await this.log.append(
      sql,
      events.map((over) => anEvent(projectId, over)),
    );
    return (await this.log.headsAfter(sql, before, events.length)).map(({ id }) => id);
  }

  /** Until the fan-out has nothing more to do. */
  async fanOut({ fanOut }: Worker = this.worker()): Promise<void> {
    while ((await fanOut.step()).more);
  }

  /** All of one endpoint, or of all, in the order of the log. */
  async deliveries(endpointId: string | null = null): Promise<DeliveryRow[]> {
    return this.database.rows(
      `select id, endpoint_id as "endpointId", event_id as "eventId", subject_id as "subjectId", status, tries, attempts,
         next_attempt_at as "nextAttemptAt" from webhook_deliveries
        where $1::uuid is null or endpoint_id = $1 order by event_id, endpoint_id`,
      [endpointId],
    );
  }

  /** The events that an endpoint has a delivery of. */
  async told(endpointId: string): Promise<string[]> {
    return (await this.deliveries(endpointId)).map(({ eventId }) => eventId);
  }

  async delivery(id: string): Promise<DeliveryRow> {
    return (await this.deliveries()).find((row) => row.id === id)!;
  }

  async position(): Promise<string> {
    return (await this.database.rows<{ position: string }>('select position from webhook_fan_out'))[0]!.position;
  }

  /** The numbers and codes of a delivery's attempts. */
  async attempts(deliveryId: string): Promise<[number, number][]> {
    const rows = await this.database.rows<{ number: number; status: number }>(
      'select number, response_status as status from webhook_attempts where delivery_id = $1 order by number',
      [deliveryId],
    );
    return rows.map(({ number, status }) => [number, status]);
  }

  /** How a worker's statements find the rows of deliveries. They are rolled back. */
  async scansOf(work: (worker: Worker) => Promise<unknown>): Promise<Scan[]> {
    const scans: Scan[] = [];
    const rows = async (text: string, values: readonly unknown[]): Promise<[]> => {
      const rolledBack = new Error('rolled back');
      const explained = this.database.transaction(async (sql) => {
        const explain = `explain (analyze, format json) ${text}`;
        const [row] = await sql.rows<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explain, values);
        scans.push(...scansIn(row!['QUERY PLAN'][0].Plan));
        throw rolledBack;
      });
      await explained.catch((error: unknown) => {
        if (error !== rolledBack) throw error;
      });
      return [];
    };
    await work(this.worker(Object.assign(Object.create(this.database) as Database, { rows })));
    return scans;
  }

  /** Whether somebody waits for a lock in this database. */
  async isBlocked(): Promise<boolean> {
    const waiting = await this.database.rows(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  }

  private async endpoint(id: string): Promise<WebhookEndpoint> {
    const [row] = await this.database.transaction((sql) => this.store.lock(sql, [this.caller.projectId], [id]));
    return row ?? ({ id, projectId: this.caller.projectId, version: 0 } as WebhookEndpoint);
  }
}

/** A look into the table of deliveries. */
export interface Scan {
  /** None where it read all of them. */
  readonly index: string | undefined;
  /** That it looked at, in all. */
  readonly rows: number;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

function scansIn(node: PlanNode): Scan[] {
  const below = (node.Plans ?? []).flatMap(scansIn);
  if (!node['Node Type'].endsWith('Scan') || node['Relation Name'] !== 'webhook_deliveries') return below;
  const each = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  // A branch that was not taken is in the plan all the same.
  const own = node['Actual Loops'] > 0 ? [{ index: node['Index Name'], rows: each * node['Actual Loops'] }] : [];
  return [...own, ...below];
}

/** A database whose transactions meet this before each statement, and once more before the commit. */
export function meeting(database: Database, before: (text: string) => Promise<void>): Database {
  const transaction = <Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> =>
    database.transaction(async (sql) => {
      const result = await work({
        rows: async (text, values) => {
          await before(text);
          return sql.rows(text, values);
        },
      });
      await before('commit');
      return result;
    });
  return Object.assign(Object.create(database) as Database, { transaction });
}
