import { createServer, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { Database } from '../../src/database/database.js';
import { type EventType } from '../../src/events/event-types.js';
import { type Gateway, onFreePort, startGateway } from '../support/gateway.js';
import { LeapingClock } from '../support/leaping-clock.js';
import { until } from '../support/until.js';
import { anEvent, projectOf, webhooksOf, writeEvents } from '../support/webhooks.js';
import { handsOf } from '../support/world.js';

const EVENTS = 10_000;
const AT_ONCE = 25;
const STAGES: readonly EventType[] = [
  ...(['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED', 'MESSAGE_SENT', 'MESSAGE_DELIVERED', 'MESSAGE_READ'] as const),
];
const SLOW_MS = 1_000;
/** On a machine that is busy with other things. */
const PATIENCE_MS = 240_000;

const clock = new LeapingClock();
let gateway: Gateway;
const servers: MerchantServer[] = [];

beforeAll(async () => {
  gateway = await startGateway({ clock });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await gateway.close();
});

type Answering = (response: ServerResponse) => void;
const confirm: Answering = (response) => void response.writeHead(200).end();
const slowly: Answering = (response) => void setTimeout(() => confirm(response), SLOW_MS);
const everySecond = (): Answering => {
  let count = 0;
  return (response) => (count++ % 2 === 0 ? void response.writeHead(500).end() : confirm(response));
};

/** A server that keeps of what it got only what tens of thousands of calls can be judged by. */
class MerchantServer {
  /** How often it confirmed each event, by its id. */
  readonly confirmed = new Map<string, number>();
  /** How late each came. */
  readonly lateMs: number[] = [];
  /** The sequences that came of each thing, one after the other. */
  readonly sequences = new Map<string, number[]>();
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = clock.now();
      response.once('finish', () => {
        if (response.statusCode === 200)
          this.note(String(request.headers['webhook-id']), Buffer.concat(chunks).toString('utf8'), at);
      });
      this.answering(response);
    });
  });

  private constructor(
    private answering: Answering,
    readonly port: string,
  ) {
    servers.push(this);
  }

  static on(port: string, answering: Answering = confirm): Promise<MerchantServer> {
    const made = new MerchantServer(answering, port);
    return new Promise((resolve, reject) => {
      made.server.once('error', reject);
      made.server.listen(Number(port), '127.0.0.1', () => resolve(made));
    });
  }

  mend(): void {
    this.answering = confirm;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private note(id: string, body: string, at: Date): void {
    this.confirmed.set(id, (this.confirmed.get(id) ?? 0) + 1);
    const { timestamp, data } = JSON.parse(body) as {
      timestamp: string;
      data: { sequence: number; message: { id: string } };
    };
    this.lateMs.push(at.getTime() - Date.parse(timestamp));
    this.sequences.set(data.message.id, [...(this.sequences.get(data.message.id) ?? []), data.sequence]);
  }
}

const rows = <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
  gateway.app.nest.get(Database).rows<Row>(text, values);

/** Nothing is under way, and nothing due before the clock leaps. */
const nothingDue = async (): Promise<boolean> => {
  const [open] = await rows<{ count: number }>(
    `select ((select count(*) from webhook_deliveries where status = 'PENDING' and next_attempt_at <= $1) +
             (select count(*) from events where id > (select position from webhook_fan_out)))::int as count`,
    [clock.now()],
  );
  return open?.count === 0;
};

/** Each next try comes, hours or not, until nothing waits any more. */
async function letAllTriesCome(): Promise<void> {
  for (;;) {
    await until(nothingDue, 'nothing to be due', PATIENCE_MS);
    const [next] = await rows<{ time: Date | null }>(
      `select max(next_attempt_at) as time from webhook_deliveries where status = 'PENDING'`,
    );
    if (!next?.time) return;
    clock.leapTo(next.time);
  }
}

it(
  'of 10,000 events a healthy endpoint has each once, and three ill ones have all of them once they mend',
  { timeout: PATIENCE_MS },
  async () => {
    const { ask } = handsOf(gateway.call);
    const hooks = webhooksOf(ask);
    const projectId = await projectOf(ask);
    const healthy = await onFreePort((port) => MerchantServer.on(port));
    const slow = await onFreePort((port) => MerchantServer.on(port, slowly));
    const flaky = await onFreePort((port) => MerchantServer.on(port, everySecond()));
    // Its port is free again: whoever calls is refused.
    const gone = await onFreePort((port) => MerchantServer.on(port));
    await gone.close();
    for (const { port } of [healthy, slow, flaky, gone]) await hooks.create(`http://127.0.0.1:${port}/hooks`);

    const subjects: string[] = [];
    const began = performance.now();
    let dead = gone;
    for (let written = 0; written < EVENTS; written += AT_ONCE) {
      const stage = (written / AT_ONCE) % STAGES.length;
      if (stage === 0) subjects.splice(0, AT_ONCE, ...Array.from({ length: AT_ONCE }, newId));
      const now = clock.now();
      await writeEvents(
        gateway,
        subjects.map((subjectId) =>
          anEvent(projectId, {
            ...{ type: STAGES[stage]!, subjectId, sequence: stage + 1, recordedAt: now, occurredAt: now },
            data: { message: { id: subjectId, status: STAGES[stage] } },
          }),
        ),
      );
      await until(() => healthy.confirmed.size >= written + AT_ONCE, 'the healthy one to have them', PATIENCE_MS);
      if (written + AT_ONCE === EVENTS / 2) {
        dead = await MerchantServer.on(gone.port);
        slow.mend();
        flaky.mend();
      }
    }
    const tookMs = performance.now() - began;
    await letAllTriesCome();

    const ids = (await rows<{ id: string }>('select id from events order by id')).map(({ id }) => id);
    expect(ids).toHaveLength(EVENTS);
    for (const [name, { confirmed }] of Object.entries({ healthy, dead, slow, flaky })) {
      expect({ name, missing: ids.filter((id) => !confirmed.has(id)) }).toEqual({ name, missing: [] });
    }
    expect([...healthy.confirmed].filter(([, times]) => times > 1)).toEqual([]);
    expect([...healthy.sequences.values()].filter((came) => came.join() !== '1,2,3,4,5')).toEqual([]);
    expect(await rows('select status, count(*)::int as count from webhook_deliveries group by status')).toEqual([
      { status: 'DELIVERED', count: 4 * EVENTS },
    ]);
    const late = healthy.lateMs.sort((a, b) => a - b);
    const at = (part: number): number => Math.round(late[Math.floor(late.length * part)]!);
    const rate = Math.round(EVENTS / (tookMs / 1000));
    console.log(`The healthy endpoint heard of ${rate} events a second: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms.`);
  },
);
