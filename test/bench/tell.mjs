// What happens in the world, at a set rate: events of messages, written to the log and told of as a room of another process
// does it. And the bare loop: the same bodies, signed and posted, with nothing written down of it.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { newId } from '../../dist/common/ids.js';
import { signedHeaders } from '../../dist/webhooks/signature.js';
import { webhookBody } from '../../dist/webhooks/webhook-body.js';
import { closedLoop, post, recipientOf, referenceOf, serve } from './helper.mjs';

const STAGES = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'];
/** So many other messages come along before the next event of a message. */
const APART = 20;
const TICK_MS = 10;

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const hidden = (id) => id.replaceAll('-', '');

let pool;
let project;
let upstream;

function eventOf(series, subjects, index, now) {
  const stage = index % STAGES.length;
  const sequence = stage + 1;
  // At first it is the later events of messages that were there before.
  const message = Math.floor(index / STAGES.length) + (STAGES.length - 1 - stage) * APART;
  subjects[message] ??= newId();
  const subject = subjects[message];
  return {
    ...{ project_id: project, type: `MESSAGE_${STAGES[stage]}`, subject_kind: 'message', subject_id: subject },
    ...{ sequence, occurred_at: now, recorded_at: now },
    data: {
      sequence,
      message: {
        ...{ id: `msg_${hidden(subject)}`, direction: 'OUTBOUND', status: STAGES[stage], channel: 'WHATSAPP' },
        ...{ to: recipientOf(series, message), from: null, recipientId: null, reference: referenceOf(series, message) },
        ...{ metadata: null, accountId: `acc_${hidden(project)}`, provider: 'WAPPIN' },
        ...{ providerMessageId: stage > 0 ? newId() : null, problem: null },
      },
    },
  };
}

/** Calls `write` with as many events as the rate has due, every tick; `write` may take longer than a tick. */
async function paced({ series, count, rate }, write) {
  const subjects = [];
  const writes = [];
  const began = performance.now();
  for (let done = 0; done < count; await new Promise((resolve) => setTimeout(resolve, TICK_MS))) {
    const due = Math.min(count, Math.floor(((performance.now() - began) / 1_000) * rate));
    if (due === done) continue;
    const now = new Date();
    writes.push(write(Array.from({ length: due - done }, (_, place) => eventOf(series, subjects, done + place, now))));
    done = due;
  }
  await Promise.all(writes);
}

const append = (events) =>
  pool.query({ name: 'append', text: 'select append_events($1)', values: [JSON.stringify(events)] });
const announce = () =>
  pool.query("select pg_notify('kurir', $1)", [JSON.stringify({ from: 'bench', topic: 'events', ids: [] })]);

let told = 0;
function deliver({ type, occurred_at: occurredAt, data }) {
  const now = new Date();
  const id = `bare-${++told}`;
  const body = webhookBody({ type, occurredAt, data: JSON.stringify(data) });
  const headers = { 'content-type': 'application/json', ...signedHeaders({ id, timestamp: now, body }, [SECRET]) };
  return post(upstream, '/hooks', headers, body);
}

const metered = async (work) => {
  const cpu = process.cpuUsage();
  const startedAt = Date.now();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { ...result, startedAt, endedAt: Date.now(), cpu: (user + system) / 1e6 };
};

serve({
  async connect({ databaseUrl, receiver, connections }) {
    pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
    pool.on('error', () => undefined);
    project = (await pool.query('select id from projects')).rows[0].id;
    if (receiver) upstream = new Pool(receiver, { connections, pipelining: 1 });
  },
  /** Events at a rate; nothing else. */
  events: (given) =>
    metered(() =>
      paced(given, async (events) => {
        await append(events);
        await announce();
      }),
    ),
  /** The same, each posted as soon as it is committed. */
  bareEvents: (given) =>
    metered(() =>
      paced(given, async (events) => {
        await append(events);
        await Promise.all(events.map(deliver));
      }),
    ),
  /** Posts as fast as it goes, `width` at a time. */
  barePosts: ({ count, width, withinMs }) =>
    metered(() => {
      const subjects = [];
      return closedLoop(count, width, withinMs, (index) => deliver(eventOf(0, subjects, index, new Date())));
    }),
  async close() {
    await upstream?.close();
    await pool?.end();
  },
});
