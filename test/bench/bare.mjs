// The bare loops: the same rows and the same calls as the gateway's, with `pg` and `undici` and nothing else. No GraphQL, no
// checks, no claims, no order, no retries, nothing after a crash: what the machine would carry at the most.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Pool } from 'undici';
import { newId } from '../../dist/common/ids.js';
import { closedLoop, paramsOf, post, recipientOf, referenceOf, serve } from './helper.mjs';

const project = randomUUID();
const account = randomUUID();
const templateId = randomUUID();
const publicId = (prefix, id) => `${prefix}_${id.replaceAll('-', '')}`;

let pool;

function message(series, index, now) {
  const params = paramsOf(series, index);
  return {
    project_id: project,
    id: newId(),
    status: 'QUEUED',
    channel: 'WHATSAPP',
    priority: 1,
    person: recipientOf(series, index),
    content: {
      kind: 'template',
      templateId,
      name: 'bench_notice',
      language: 'id',
      params,
      text: `Your parcel ${params[0]} arrives at ${params[1]} today.`,
    },
    account_id: account,
    account_fixed: true,
    reference: referenceOf(series, index),
    metadata: null,
    resend_unconfirmed: false,
    request_key: newId(),
    due_at: now,
    timer_at: null,
    sequence: 1,
    scheduled_at: null,
    expires_at: null,
    created_at: now,
  };
}

const event = (row, status, sequence, now, providerId = null) => ({
  project_id: project,
  type: `MESSAGE_${status}`,
  subject_kind: 'message',
  subject_id: row.id,
  sequence,
  occurred_at: now,
  recorded_at: now,
  data: {
    sequence,
    message: {
      id: publicId('msg', row.id),
      direction: 'OUTBOUND',
      status,
      channel: 'WHATSAPP',
      to: row.person,
      from: null,
      recipientId: null,
      reference: row.reference,
      metadata: null,
      accountId: publicId('acc', account),
      provider: 'WAPPIN',
      providerMessageId: providerId,
      problem: null,
    },
  },
});

const INSERT = `
  with added as (
    insert into messages (project_id, id, direction, status, channel, priority, person, content, account_id, account_fixed,
        reference, metadata, resend_unconfirmed, request_key, attempts, deferrals, doubts, repeats, due_at, timer_at, sequence,
        scheduled_at, expires_at, created_at)
    select project_id, id, 'OUTBOUND', status, channel, priority, person, content, account_id, account_fixed, reference,
        metadata, resend_unconfirmed, request_key, 0, 0, 0, 0, due_at, timer_at, sequence, scheduled_at, expires_at, created_at
      from json_to_recordset($1) as n (project_id uuid, id uuid, status text, channel text, priority smallint, person text,
        content json, account_id uuid, account_fixed boolean, reference text, metadata json, resend_unconfirmed boolean,
        request_key uuid, due_at timestamptz, timer_at timestamptz, sequence integer, scheduled_at timestamptz,
        expires_at timestamptz, created_at timestamptz)
    returning 1)
  select append_events($2) from (select count(*) from added) all_added`;

async function insert(rows, now) {
  const events = rows.map((row) => event(row, 'QUEUED', 1, now));
  await pool.query({ name: 'insert', text: INSERT, values: [JSON.stringify(rows), JSON.stringify(events)] });
}

/** An answer of the provider: attempt, its id, the message, the event; of many messages in one statement. */
const SUBMITTED = `
  with n as materialized (
    select * from json_to_recordset($1) as n (id uuid, attempt_id uuid, person text, priority smallint, request_key uuid, provider_id text, at timestamptz,
      duration_ms integer, request json, response json)),
  attempt as (
    insert into message_attempts (project_id, id, message_id, number, account_id, person, priority, request_key, provider_message_id, outcome,
        started_at, duration_ms, http_status, request, response)
    select $3, attempt_id, id, 1, $4, person, priority, request_key, provider_id, 'ACCEPTED', at, duration_ms, 200, request, response from n
    returning 1),
  reference as (
    insert into provider_references (project_id, account_id, reference, message_id, attempt_id, attempt_number)
    select $3, $4, provider_id, id, attempt_id, 1 from n returning 1),
  moved as (
    update messages m set status = 'SUBMITTED', provider_message_id = n.provider_id, attempts = 1, sequence = 2,
        submitted_at = n.at, due_at = null
      from n where m.project_id = $3 and m.id = any($5) and m.id = n.id returning 1)
  select append_events($2) from (select (select count(*) from attempt) + (select count(*) from reference) + (select count(*) from moved)) done`;

/** A callback, byte for byte, and what it says. */
const REPORTED = `
  with n as materialized (
    select * from json_to_recordset($1) as n (id uuid, callback_id uuid, headers json, body text, status text, sequence integer,
      at timestamptz)),
  kept as (
    insert into callbacks (project_id, id, account_id, topic, method, headers, body, received_at, due_at, misses, unmatched)
    select $3, callback_id, $4, 'callback', 'POST', headers, decode(body, 'base64'), at, null, 0, false from n returning 1),
  latest as (select distinct on (id) id, status, sequence, at from n order by id, sequence desc),
  moved as (
    update messages m set status = l.status, sequence = l.sequence,
        sent_at = case l.status when 'SENT' then l.at else m.sent_at end,
        delivered_at = case l.status when 'DELIVERED' then l.at else m.delivered_at end,
        read_at = case l.status when 'READ' then l.at else m.read_at end
      from latest l where m.project_id = $3 and m.id = any($5) and m.id = l.id returning 1)
  select append_events($2) from (select (select count(*) from kept) + (select count(*) from moved)) done`;

/** What comes while a commit is under way shares the next one. */
function grouped(flush) {
  let waiting = [];
  let running = false;
  const run = async () => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 500);
      try {
        await flush(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!running) void run();
    });
}

const write = (name, text) => (items) => {
  const rows = items.map(({ row }) => row);
  const events = items.map(({ event }) => event);
  // The keys come as an array too: joined with the batch alone, the planner reads all of a young table.
  const keys = [...new Set(rows.map(({ id }) => id))];
  return pool.query({ name, text, values: [JSON.stringify(rows), JSON.stringify(events), project, account, keys] });
};

/** One callback server, which knows the messages by the provider's ids. */
function listenForCallbacks(port, known, reported) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks);
      const { message_id: providerId, status_messages: said } = JSON.parse(body.toString('utf8'));
      const row = known.get(providerId);
      const now = new Date();
      const status = said.toUpperCase();
      const sequence = { SENT: 3, DELIVERED: 4, READ: 5 }[status];
      const { authorization: _authorization, ...headers } = request.headers;
      await reported({
        row: { id: row.id, callback_id: newId(), headers, body: body.toString('base64'), status, sequence, at: now },
        event: event(row, status, sequence, now, providerId),
      });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"000"}');
    });
  });
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

let upstream;
let known;
let server;
const submitted = grouped(write('submitted', SUBMITTED));
const reported = grouped(write('reported', REPORTED));
let token;

serve({
  /** The gateway's own schema. */
  async migrate({ databaseUrl }) {
    const { Database } = await import('../../dist/database/database.js');
    const { TABLES } = await import('../../dist/tables.js');
    await (await Database.connect(databaseUrl, TABLES)).close();
  },
  connect({ databaseUrl, connections }) {
    pool = new pg.Pool({ connectionString: databaseUrl, max: connections });
    pool.on('error', () => undefined);
  },
  /** `count` messages, `batch` in each transaction, `width` transactions at a time. */
  async insert({ series, count, batch, width, withinMs }) {
    const cpu = process.cpuUsage();
    const loop = await closedLoop(Math.ceil(count / batch), width, withinMs, async (part) => {
      const now = new Date();
      const size = Math.min(batch, count - part * batch);
      await insert(
        Array.from({ length: size }, (_, place) => message(series, part * batch + place, now)),
        now,
      );
    });
    const { user, system } = process.cpuUsage(cpu);
    return { ...loop, accepted: Math.min(count, loop.done * batch), cpu: (user + system) / 1e6 };
  },
  async openUpstream({ url, wappin, callbackPort }) {
    upstream = new Pool(url, { connections: 64, pipelining: 1 });
    known = new Map();
    server = await listenForCallbacks(callbackPort, known, reported);
    const basic = Buffer.from(`${wappin.clientId}:${wappin.secretKey}`).toString('base64');
    const { text } = await post(upstream, '/v1/token/get', { authorization: `Basic ${basic}` }, '');
    token = JSON.parse(text).data.access_token;
  },
  /** Accepts `count` messages in batches and posts each as soon as it is stored, `calls` at a time. */
  async deliver({ series, count, batch, width, calls, withinMs, wappin, template }) {
    const cpu = process.cpuUsage();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const queue = [];
    let accepting = true;
    const startedAt = Date.now();
    const submit = async (row) => {
      const at = new Date();
      const body = JSON.stringify({
        client_id: wappin.clientId,
        project_id: wappin.projectId,
        type: template,
        recipient_number: row.person.slice(1),
        params: { 1: row.content.params[0], 2: row.content.params[1] },
      });
      const { text } = await post(upstream, '/v1/message/do-send-hsm', headers, body);
      const answer = JSON.parse(text);
      if (answer.status !== '200') throw new Error(`The simulator refused a call: ${text}`);
      const providerId = answer.data?.message_id ?? answer.message_id;
      known.set(providerId, row);
      const now = new Date();
      const hidden = { ...headers, authorization: 'Bearer …' };
      await submitted({
        row: {
          id: row.id,
          attempt_id: newId(),
          person: row.person,
          priority: row.priority,
          request_key: row.request_key,
          provider_id: providerId,
          at: now,
          duration_ms: now - at,
          request: { method: 'POST', url: '/v1/message/do-send-hsm', headers: hidden, body },
          response: { status: 200, headers: { 'content-type': 'application/json' }, body: text },
        },
        event: event(row, 'SUBMITTED', 2, now, providerId),
      });
    };
    const caller = async () => {
      while (accepting || queue.length > 0) {
        const row = queue.shift();
        if (row) await submit(row);
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    const callers = Promise.all(Array.from({ length: calls }, caller));
    const loop = await closedLoop(Math.ceil(count / batch), width, withinMs, async (part) => {
      const now = new Date();
      const size = Math.min(batch, count - part * batch);
      const rows = Array.from({ length: size }, (_, place) => message(series, part * batch + place, now));
      await insert(rows, now);
      queue.push(...rows);
    });
    accepting = false;
    await callers;
    const { user, system } = process.cpuUsage(cpu);
    return { ...loop, startedAt, accepted: Math.min(count, loop.done * batch), cpu: (user + system) / 1e6 };
  },
  async close() {
    await upstream?.close();
    server?.closeAllConnections();
    server?.close();
    await pool?.end();
  },
});
