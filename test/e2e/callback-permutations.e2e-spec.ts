import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/common/clock.js';
import { type SimulatedKind } from '../../src/simulator/behaviour.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { exotelBody, postExotel } from '../support/exotel-callback.js';
import { ManualClock } from '../support/manual-clock.js';
import { metaBody, postMeta } from '../support/meta-callback.js';
import { until } from '../support/until.js';
import { callbackBody, postCallback } from '../support/wappin-callback.js';
import {
  type ConnectedAccount,
  ignoreWindowsAtMeta,
  META_CREDENTIALS,
  person,
  startWorld,
  UNLIMITED,
  viaWappin,
  type World,
} from '../support/world.js';

type Word = 'sent' | 'delivered' | 'read' | 'failed';
type Reporter = Extract<SimulatedKind, 'WAPPIN' | 'EXOTEL' | 'META'>;

/** What a provider tells of a message, in which order, and how much of it before it has answered the send. */
interface Plan {
  readonly told: readonly Word[];
  readonly beforeAnswer: number;
  readonly end: 'SENT' | 'DELIVERED' | 'READ' | 'FAILED';
}

interface Report {
  readonly word: Word;
  readonly to: string;
  readonly messageId: string;
  /** What we asked to be told again. */
  readonly echo: string | undefined;
  readonly at: Date;
}

/** So many calls of one account one process has under way: their answers are held until what comes before is posted. */
const AT_ONCE = 40;
/** For the answers that are held back. */
const HELD_MS = 1_000;

const clock = new ManualClock();
const timers = new ManualTimers();
let world: World;
beforeAll(async () => {
  world = await startWorld({
    ...{ doku: false, clock, timers, callbackPlan: { statuses: [] } },
    ...{ exotel: {}, meta: { requestsPerMinute: UNLIMITED } },
  });
  ignoreWindowsAtMeta(world.simulator);
  for (const kind of ['WAPPIN', 'EXOTEL', 'META'] as const)
    world.simulator.configure({ faults: [{ kind, behaviour: { delayMs: HELD_MS } }] });
});
afterAll(() => world.close());

let people = 0;
const text = (to: string, { id }: ConnectedAccount): Record<string, unknown> => ({
  ...{ to, accountId: id },
  content: { text: { text: 'Halo' } },
});

const EXOTEL_WORDS: Readonly<Record<Word, readonly [number, string]>> = {
  sent: [30001, 'EX_MESSAGE_SENT'],
  delivered: [30002, 'EX_MESSAGE_DELIVERED'],
  read: [30003, 'EX_MESSAGE_SEEN'],
  failed: [30013, 'EX_NOT_ON_WHATSAPP'],
};
const META_ERRORS = [{ code: 131026, title: 'Message undeliverable' }];
const { phoneNumberId } = META_CREDENTIALS;

interface Peer {
  readonly send: (to: string) => Record<string, unknown>;
  /** Posts these in one body, or in one each where the provider tells no more at a time. Answers the HTTP statuses. */
  readonly post: (reports: readonly Report[]) => Promise<number[]>;
  readonly problem: string;
}

const PEERS: Readonly<Record<Reporter, Peer>> = {
  WAPPIN: {
    send: viaWappin,
    problem: 'PROVIDER_REJECTED',
    post: async (reports) => {
      const statuses: number[] = [];
      for (const { word: status, to: recipient, messageId, at } of reports) {
        const body = callbackBody({ messageId, status, recipient, at });
        statuses.push((await postCallback(String(world.wappin.callbackUrl), body)).status);
      }
      return statuses;
    },
  },
  EXOTEL: {
    send: (to) => text(to, world.exotel),
    problem: 'NOT_ON_WHATSAPP',
    post: async (reports) => {
      const body = exotelBody(
        ...reports.map(({ word, to, messageId: sid, echo, at }) => {
          const [code, said] = EXOTEL_WORDS[word];
          return { sid, to, code, word: said, echo, at };
        }),
      );
      return [await postExotel(world.exotel.callbackUrl, body)];
    },
  },
  META: {
    send: (to) => text(to, world.meta),
    problem: 'NOT_ON_WHATSAPP',
    post: async (reports) => {
      const body = metaBody(
        ...reports.map(({ word: status, to: recipient, messageId: id, echo, at }) => {
          const more = { biz_opaque_callback_data: echo, ...(status === 'failed' && { errors: META_ERRORS }) };
          return { phoneNumberId, id, status, recipient, at, more };
        }),
      );
      return [await postMeta(world.meta.callbackUrl, body)];
    },
  },
};

/** Sends a message for each plan and tells of all of them as planned; answers the rows in the end, in the plans' order. */
async function live(kind: Reporter, plans: readonly Plan[], bundled = false): Promise<any[]> {
  const rows: any[] = [];
  for (let from = 0; from < plans.length; from += AT_ONCE) {
    rows.push(...(await liveTogether(PEERS[kind], kind, plans.slice(from, from + AT_ONCE), bundled)));
  }
  return rows;
}

async function liveTogether(peer: Peer, kind: Reporter, plans: readonly Plan[], bundled: boolean): Promise<any[]> {
  clock.advance(MINUTE);
  const sentAt = clock.now();
  const numbers = plans.map(() => person(++people));
  const answers = await world.sendAll(numbers.map(peer.send));
  const taken = (to: string) => world.simulator.ledger.messages({ kind, recipient: to.slice(1) })[0];
  await until(() => numbers.every(taken), 'the provider has all of them');

  const reports = plans.map(({ told }, place) => {
    const to = numbers[place] as string;
    const { messageId, customData: echo } = taken(to) as NonNullable<ReturnType<typeof taken>>;
    return told.map((word): Report => ({ word, to, messageId, echo, at: timeOf(word, sentAt) }));
  });
  // One after the other for a message, and side by side for all of them.
  const post = async (part: (all: readonly Report[], plan: Plan) => readonly Report[]): Promise<void> => {
    const told = reports.map((all, place) => part(all, plans[place] as Plan));
    if (bundled) {
      const posted = told.filter(({ length }) => length > 0).map(peer.post);
      for (const status of (await Promise.all(posted)).flat()) expect(status).toBe(200);
      return;
    }
    const longest = Math.max(...told.map(({ length }) => length));
    for (let nth = 0; nth < longest; nth++) {
      const statuses = await Promise.all(
        told.flatMap((one) => one.slice(nth, nth + 1).map((report) => peer.post([report]))),
      );
      for (const status of statuses.flat()) expect(status).toBe(200);
    }
  };
  await post((all, { beforeAnswer }) => all.slice(0, beforeAnswer));
  await until(async () => {
    const [{ open }] = await world.rows('select count(*)::int as open from callbacks where due_at <= $1', [
      clock.now(),
    ]);
    return open === 0;
  }, 'what came before the answers was read');
  timers.advance(HELD_MS);
  await world.quiet();
  await post((all, { beforeAnswer }) => all.slice(beforeAnswer));
  await world.quiet();

  const found = await world.rows(
    `select m.person, m.status, m.problem->>'code' as problem, m.provider_message_id, m.due_at, m.timer_at, m.open_attempt,
            m.attempts, m.submitted_at, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.sequence,
            (select json_agg(e.type order by e.sequence) from events e where e.subject_id = m.id) as events,
            (select json_agg(a.outcome) from message_attempts a where a.message_id = m.id) as outcomes
       from messages m where m.person = any($1)`,
    [numbers],
  );
  const byPerson = new Map(found.map((row) => [row.person as string, row]));
  expect(answers.map(({ status }) => status)).toEqual(plans.map(() => 'QUEUED'));
  return plans.map((_, place) => {
    const { person: to, ...row } = byPerson.get(numbers[place] as string);
    expect(row.provider_message_id).toBe(taken(to)?.messageId);
    const told = Object.fromEntries((reports[place] ?? []).map(({ word, at }) => [word, at]));
    return { ...row, told };
  });
}

/** Providers write whole seconds. */
const timeOf = (word: Word, sentAt: Date): Date =>
  later(sentAt, (1 + ['sent', 'delivered', 'read', 'failed'].indexOf(word)) * SECOND);

const ORDER = ['QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ', 'FAILED'];
const MILESTONES = { sent: 'sent_at', delivered: 'delivered_at', read: 'read_at', failed: 'failed_at' } as const;

function expectEnds(rows: readonly any[], plans: readonly Plan[], { problem }: Peer): void {
  for (const [place, { told, beforeAnswer, end }] of plans.entries()) {
    const about = `${told.join(', ')}; ${beforeAnswer} of them before the answer`;
    const { told: times, events, ...row } = rows[place];
    expect(row, about).toMatchObject({
      ...{ status: end, problem: end === 'FAILED' ? problem : null, due_at: null, timer_at: null, open_attempt: null },
      ...{ attempts: 1, outcomes: ['ACCEPTED'], submitted_at: expect.any(Date), sequence: events.length },
    });
    // What was told of is told of once each, forward, and up to the end.
    const seen = events.map((type: string) => type.replace('MESSAGE_', ''));
    expect(seen, about).toEqual(ORDER.filter((state) => seen.includes(state)));
    expect(seen.at(-1), about).toBe(end);
    expect(row[MILESTONES[end.toLowerCase() as Word]], about).toEqual(times[end.toLowerCase()]);
    for (const [word, column] of Object.entries(MILESTONES))
      if (row[column]) expect(row[column], about).toEqual(times[word]);
  }
}

/** All different orders of these. */
function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return [...new Set(items)].flatMap((first) => {
    const rest = items.toSpliced(items.indexOf(first), 1);
    return permutations(rest).map((others) => [first, ...others]);
  });
}

const twice = <Item>(...items: Item[]): Item[] => items.flatMap((item) => [item, item]);
const LIVES: readonly { readonly told: readonly Word[]; readonly end: Plan['end'] }[] = [
  { told: twice('sent', 'delivered', 'read'), end: 'READ' },
  { told: ['sent', 'sent', 'sent', 'delivered', 'delivered', 'delivered'], end: 'DELIVERED' },
  { told: ['sent', 'sent', 'sent', 'failed', 'failed', 'failed'], end: 'FAILED' },
];

describe.each(Object.keys(PEERS) as Reporter[])('the callbacks of %s', (kind) => {
  it('in every order, each repeated, and any number of them before the answer, lead to one end', async () => {
    const plans = LIVES.flatMap(({ told, end }) =>
      permutations(told).map((order, place) => ({ told: order, beforeAnswer: place % (order.length + 1), end })),
    );
    expect(plans).toHaveLength(90 + 20 + 20);
    expectEnds(await live(kind, plans), plans, PEERS[kind]);
  }, 120_000);

  it('in long and random orders, several in a body, do so as well', async () => {
    const plan = fc.tuple(fc.constantFrom(...LIVES), fc.nat(20)).chain(([{ told, end }, more]) => {
      const repeats = Array.from({ length: 1 + more }, (_, n) => told[n % told.length] as Word);
      const all = [...told, ...repeats];
      const order = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
      return fc.record({ told: order, beforeAnswer: fc.nat(all.length), end: fc.constant(end) });
    });
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: AT_ONCE, size: 'max' }), async (plans) => {
        expectEnds(await live(kind, plans, true), plans, PEERS[kind]);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);
});

it('not one of all these callbacks is still waiting, or was matched to nothing', async () => {
  const [kept] = await world.rows(
    'select count(*)::int as kept, count(due_at)::int as waiting, count(*) filter (where unmatched)::int as unmatched from callbacks',
  );
  expect(kept.kept).toBeGreaterThan(2_000);
  expect(kept).toMatchObject({ waiting: 0, unmatched: 0 });
  expect(await world.counts('parked_callbacks')).toEqual({ parked_callbacks: 0 });
  // Those that echo were believed before the answer, so that some were never told to be SUBMITTED; Wappin's waited for it.
  const early = await world.rows(
    `select distinct a.kind from messages m join provider_accounts a on a.id = m.account_id
      where not exists (select 1 from events e where e.subject_id = m.id and e.type = 'MESSAGE_SUBMITTED')`,
  );
  expect(early.map(({ kind }) => kind).sort()).toEqual(['EXOTEL', 'META']);
});
