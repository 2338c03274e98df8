import { DAY, later, MINUTE, SECOND } from '../../src/common/clock.js';
import { PROBLEM } from '../support/world.js';
import { type AccountName, castAccount, type ProjectName } from './cast.js';
import { type Deed, HOUR_MS, type HourPlan, type PlannedContent, type PlannedInput, type PlannedSend } from './plan.js';
import { Random } from './random.js';
import { BEGIN, type Stage } from './stage.js';

/** What the callers of the API know when the hour is over. */
export interface Played {
  /** Marks and the ids that the API answered. */
  readonly accepted: Map<string, string>;
  /** How often sends were answered with each problem. */
  readonly problems: Map<string, number>;
  /** By message, how often a person had it sent again. */
  readonly retries: Map<string, number>;
  readonly resolved: Set<string>;
  /** What nobody expected: errors of the API, a key that was answered with another message. */
  readonly surprises: string[];
  /** When the database's connections were cut; null before that. */
  cutAt: Date | null;
  /** Inbound words that were passed on: who wrote what, when. */
  readonly words: {
    readonly project: ProjectName;
    readonly person: string;
    readonly text: string;
    readonly at: Date;
  }[];
}

/** Long ones save the polls between them; short ones let things happen within a second. */
const STEPS_MS = [400, SECOND, 3 * SECOND, 5 * SECOND];
/** Until all connections were made anew. */
const AWAY_MS = 10 * SECOND;
/** Marketing that nobody takes is tried in its hours of the next day, and given up in those of the day after. */
const LONGEST_AFTER_MS = 3 * DAY;

const SEND = `mutation ($inputs: [SendMessageInput!]!) {
  sendMessages(inputs: $inputs) { __typename ... on Message { id } ${PROBLEM} }
}`;

/** Plays the plan, and then lets time pass without faults until nothing is waited for any more. */
export async function playHour(stage: Stage, plan: HourPlan): Promise<Played> {
  const played: Played = {
    ...{
      accepted: new Map(),
      problems: new Map(),
      retries: new Map(),
      resolved: new Set(),
      surprises: [],
      cutAt: null,
      words: [],
    },
  };
  await stage.call('shop', 0)('mutation ($input: QuietHoursInput) { setQuietHours(input: $input) { __typename } }', {
    input: plan.marketingHours,
  });
  const steps = new Random(plan.seed).branch('steps');
  const waiting = [...plan.sends, ...plan.deeds].sort((one, other) => one.at - other.at);
  const underWay = new Set<Promise<void>>();
  const start = (work: Promise<void>): void => {
    const tracked = work
      .catch((error: unknown) => void played.surprises.push(String(error)))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };
  let faults = '';
  for (let at = 0; at < HOUR_MS; at += steps.pick(STEPS_MS)) {
    stage.clock.set(later(BEGIN, at));
    const standing = plan.faults.filter((one) => one.at <= at && at < one.until);
    const names = standing.map((one) => plan.faults.indexOf(one)).join();
    if (names !== faults) {
      faults = names;
      stage.simulator.clearFaults();
      stage.simulator.configure({ faults: standing.map(({ fault }) => fault) });
    }
    while (waiting[0] && waiting[0].at <= at) {
      const next = waiting.shift()!;
      if (next.kind === 'send') start(send(stage, played, next));
      else if (next.kind === 'close second gateway') start(closeSecond(stage));
      else if (BETWEEN_STEPS.has(next.kind)) await between(stage, played, next.kind);
      else start(act(stage, played, next));
    }
    await stage.settled();
  }
  stage.simulator.clearFaults();
  await mendAll(stage);
  await afterwards(stage, underWay);
  return played;
}

/** Then nobody's call is on the way to the API. */
const BETWEEN_STEPS: ReadonlySet<string> = new Set(['open second gateway', 'kill second gateway', 'cut connections']);

async function between(stage: Stage, played: Played, kind: string): Promise<void> {
  await stage.settled();
  if (kind === 'open second gateway') return stage.openSecond();
  if (kind === 'kill second gateway') return stage.killSecond();
  played.cutAt = stage.clock.now();
  return stage.cutConnections();
}

async function closeSecond(stage: Stage): Promise<void> {
  await stage.settled();
  await stage.closeSecond();
}

/**
 * Until every message has its end, or nothing will come for it any more: in small steps while something is due, for an
 * account's budget gives a few calls at each, and else in growing ones.
 */
async function afterwards(stage: Stage, underWay: ReadonlySet<Promise<void>>): Promise<void> {
  const began = stage.clock.now();
  const over = later(began, LONGEST_AFTER_MS);
  for (let step = 3 * SECOND; stage.clock.now() < over;) {
    stage.clock.advance(step);
    await stage.settled();
    const passed = stage.clock.now().getTime() - began.getTime();
    const [open] = await stage.rows<{ count: number; due: number }>(
      `select count(*)::int as count, (count(*) filter (where due_at <= $1))::int as due
         from messages where due_at is not null or timer_at is not null or open_attempt is not null`,
      [stage.clock.now()],
    );
    if (open?.count === 0 && underWay.size === 0) break;
    step = passed < 2 * MINUTE || open?.due ? 3 * SECOND : passed < 20 * MINUTE ? 15 * SECOND : 5 * MINUTE;
  }
  await Promise.all(underWay);
}

async function send(stage: Stage, played: Played, { project, door, inputs }: PlannedSend): Promise<void> {
  const { data, errors } = await stage.call(project, door)(SEND, {
    inputs: inputs.map((input) => asInput(stage, input)),
  });
  if (errors) {
    // Who sends while the database is away is told so, and may try again.
    if (!isAway(stage, played))
      played.surprises.push(`sendMessages: ${errors.map(({ message }) => message).join(' ')}`);
    return;
  }
  for (const [index, answer] of (data.sendMessages as any[]).entries()) {
    const { mark } = inputs[index] as PlannedInput;
    if (answer.__typename === 'Problem') {
      const why = `${answer.code} at ${answer.field}`;
      played.problems.set(why, (played.problems.get(why) ?? 0) + 1);
      continue;
    }
    const before = played.accepted.get(mark);
    if (before !== undefined && before !== answer.id) played.surprises.push(`${mark} was answered with two messages`);
    played.accepted.set(mark, answer.id);
  }
}

const isAway = ({ clock }: Stage, { cutAt }: Played): boolean => cutAt !== null && clock.now() <= later(cutAt, AWAY_MS);

function asInput(stage: Stage, input: PlannedInput): Record<string, unknown> {
  const { to, content, account, more, scheduledAt, expiresAt, fallbacks } = input;
  const accountId = (name: AccountName | null): object => (name ? { accountId: stage.ids.get(name) } : {});
  return {
    to,
    content: contentOf(content),
    ...accountId(account),
    ...more,
    ...(scheduledAt !== null && { scheduledAt: later(BEGIN, scheduledAt).toISOString() }),
    ...(expiresAt !== null && { expiresAt: later(BEGIN, expiresAt).toISOString() }),
    ...(fallbacks.length > 0 && {
      fallbacks: fallbacks.map((fallback) => ({
        rule: fallback.rule,
        ...(fallback.afterMinutes !== null && { afterMinutes: fallback.afterMinutes }),
        content: contentOf(fallback.content),
        ...accountId(fallback.account),
      })),
    }),
  };
}

const contentOf = ({ template, values }: PlannedContent): object =>
  template === null ? { text: { text: values[0] } } : { template: { name: template, params: values } };

async function act(stage: Stage, played: Played, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'hold':
    case 'release':
      return update(stage, deed.account, { enabled: deed.kind === 'release' });
    case 'mend':
      return mend(stage, deed.account);
    case 'kill tokens':
      stage.simulator.killTokens();
      return;
    case 'cancel': {
      const id = played.accepted.get(deed.mark);
      if (id) await wish(stage, played, deed.project, `cancelMessage(id: "${id}")`, deed.door);
      return;
    }
    case 'retry':
    case 'resolve':
      return decide(stage, played, deed);
    case 'write': {
      const { kind, key, project } = castAccount(deed.account);
      const to = kind === 'EXOTEL' ? { to: '+918047104710' } : {};
      const posted = await stage.simulator.receive({ kind, account: key, from: deed.from, text: deed.text, ...to });
      if (typeof posted === 'string') played.surprises.push(`A word that ${posted}.`);
      else if (posted.some(({ taken }) => taken))
        played.words.push({ project, person: deed.from, text: deed.text, at: stage.clock.now() });
      return;
    }
    case 'open second gateway':
    case 'close second gateway':
    case 'kill second gateway':
    case 'cut connections':
      throw new Error(`${deed.kind} is not done here.`);
  }
}

/** Somebody goes through what failed, or what nobody knows the end of. */
async function decide(stage: Stage, played: Played, deed: Extract<Deed, { kind: 'retry' | 'resolve' }>): Promise<void> {
  const statuses = deed.kind === 'resolve' ? ['UNCONFIRMED'] : ['FAILED', 'UNCONFIRMED'];
  const { data } = await stage.call(deed.project, 0)(
    `query ($statuses: [MessageStatus!]) { messages(first: ${deed.count}, filter: {statuses: $statuses, direction: OUTBOUND}) { edges { node { id } } } }`,
    { statuses },
  );
  for (const { node } of data.messages.edges as { node: { id: string } }[]) {
    const wanted =
      deed.kind === 'retry' ? `retryMessage(id: "${node.id}")` : `resolveMessage(id: "${node.id}", sent: ${deed.sent})`;
    if (!(await wish(stage, played, deed.project, wanted, 0))) continue;
    if (deed.kind === 'retry') played.retries.set(node.id, (played.retries.get(node.id) ?? 0) + 1);
    else played.resolved.add(node.id);
  }
}

/** Whether it was followed. */
async function wish(
  stage: Stage,
  played: Played,
  project: ProjectName,
  wanted: string,
  door: number,
): Promise<boolean> {
  const { data, errors } = await stage.call(project, door)(`mutation { wish: ${wanted} { __typename ${PROBLEM} } }`);
  if (errors && !isAway(stage, played))
    played.surprises.push(`${wanted.split('(')[0]}: ${errors.map(({ message }) => message).join(' ')}`);
  return data?.wish?.__typename === 'Message';
}

async function update(stage: Stage, name: AccountName, input: object): Promise<void> {
  await stage.call(castAccount(name).project, 0)(
    'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }',
    { id: stage.ids.get(name), input },
  );
}

/** Says that the credentials of an account that was stopped are right after all. */
async function mend(stage: Stage, name: AccountName): Promise<void> {
  const { data } = await stage.call(castAccount(name).project, 0)(
    'query ($id: ID!) { providerAccount(id: $id) { health } }',
    { id: stage.ids.get(name) },
  );
  if (data?.providerAccount?.health === 'FAILING')
    await update(stage, name, { credentials: castAccount(name).credentials });
}

async function mendAll(stage: Stage): Promise<void> {
  for (const name of stage.ids.keys()) {
    await update(stage, name, { enabled: true });
    await mend(stage, name);
  }
}
