import { MINUTE, SECOND } from '../../src/common/clock.js';
import { type Fault } from '../../src/simulator/faults.js';
import { MAGIC_RECIPIENTS } from '../../src/simulator/magic-recipients.js';
import { magic, person } from '../support/world.js';
import { type AccountName, CAST, castAccount, type CastAccount, type ProjectName } from './cast.js';
import { Random } from './random.js';

export const HOUR_MS = 60 * MINUTE;

/** Times are milliseconds from the hour's beginning. */
export interface Planned {
  readonly at: number;
}

/** One call of sendMessages. */
export interface PlannedSend extends Planned {
  readonly kind: 'send';
  readonly project: ProjectName;
  /** Of the gateways that run then. */
  readonly door: number;
  readonly inputs: readonly PlannedInput[];
}

/** As SendMessageInput, but for times, which are counted from the hour's beginning. */
export interface PlannedInput {
  readonly mark: string;
  readonly to: string;
  readonly content: PlannedContent;
  readonly account: AccountName | null;
  readonly more: Readonly<Record<string, unknown>>;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly fallbacks: readonly PlannedFallback[];
}

export interface PlannedContent {
  /** A template's name; null is free text. */
  readonly template: string | null;
  readonly values: readonly string[];
}

export interface PlannedFallback {
  readonly rule: string;
  readonly afterMinutes: number | null;
  readonly content: PlannedContent;
  readonly account: AccountName | null;
}

export interface PlannedFault extends Planned {
  readonly until: number;
  readonly fault: Fault;
}

/** What people and machines do besides. */
export type Deed = Planned &
  (
    | { readonly kind: 'hold' | 'release' | 'mend'; readonly account: AccountName }
    | {
        readonly kind:
          'open second gateway' | 'close second gateway' | 'kill second gateway' | 'cut connections' | 'kill tokens';
      }
    | { readonly kind: 'cancel'; readonly project: ProjectName; readonly mark: string; readonly door: number }
    | {
        readonly kind: 'retry' | 'resolve';
        readonly project: ProjectName;
        readonly count: number;
        readonly sent: boolean;
      }
    | { readonly kind: 'write'; readonly account: AccountName; readonly from: string; readonly text: string }
  );

export interface HourPlan {
  readonly seed: number;
  readonly sends: readonly PlannedSend[];
  readonly deeds: readonly Deed[];
  readonly faults: readonly PlannedFault[];
  /** In which the shop's marketing may leave, as Jakarta's clocks show it; the hour begins at 09:00 there. */
  readonly marketingHours: { readonly from: string; readonly to: string };
}

/** Then the last step of the hour is still to come. */
const LAST_SEND_MS = HOUR_MS - 10 * SECOND;
const PEOPLE = 300;
const TRICKLE = 900;
const CAMPAIGNS = 10;

/** All that is to happen in an hour. The same seed makes the same plan. */
export function planHour(seed: number): HourPlan {
  const random = new Random(seed);
  const sends = planSends(random.branch('sends'));
  const hours = random.branch('hours');
  return {
    seed,
    sends,
    deeds: planDeeds(random.branch('deeds'), sends).sort(byTime),
    faults: planFaults(random.branch('faults')).sort(byTime),
    marketingHours: { from: `09:${hours.whole(10, 20)}`, to: `09:${hours.whole(40, 55)}` },
  };
}

const byTime = (one: Planned, other: Planned): number => one.at - other.at;

/** Marks the texts of a message and of its fallbacks, so that they are known again at the provider. */
export const MARK = /\b([KF]\d{5}(?:-\d)?)\b/;

type Shape = 'shipped' | 'slow' | 'reminder' | 'meta' | 'exotel' | 'offer' | 'code' | 'text' | 'bank' | 'bankDoku';
const SHAPES: Readonly<Record<Shape, number>> = {
  ...{ shipped: 24, slow: 4, reminder: 22, meta: 10, exotel: 10, offer: 8, code: 8, text: 5, bank: 6, bankDoku: 3 },
};

function planSends(random: Random): PlannedSend[] {
  let count = 0;
  const input = (shape: Shape, at: number): PlannedInput =>
    planInput(random, shape, `K${String(++count).padStart(5, '0')}`, at);
  const sends: PlannedSend[] = [];
  for (let left = TRICKLE; left > 0;) {
    const size = Math.min(left, random.pick([1, 1, 1, 2, 3, 8]));
    left -= size;
    const shape = random.weighted(SHAPES);
    sends.push(sendOf(random, shape, random.whole(0, LAST_SEND_MS), size, input));
  }
  for (let campaign = 0; campaign < CAMPAIGNS; campaign++) {
    const shape = random.weighted(SHAPES);
    sends.push(sendOf(random, shape, random.whole(0, HOUR_MS - 5 * MINUTE), random.whole(60, 200), input));
  }
  // A caller that is not sure of the answer says it again, with the same key, perhaps elsewhere.
  for (const send of [...sends]) {
    const again = send.inputs.filter(({ more }) => more['idempotencyKey'] !== undefined && random.chance(0.5));
    const at = send.at + random.pick([0, 0, 500, 2_000, 60_000, 600_000]);
    if (again.length > 0 && at < LAST_SEND_MS) sends.push({ ...send, at, door: random.whole(0, 1), inputs: again });
  }
  return sends.sort(byTime);
}

function sendOf(
  random: Random,
  shape: Shape,
  at: number,
  size: number,
  input: (shape: Shape, at: number) => PlannedInput,
): PlannedSend {
  const project = shape.startsWith('bank') ? 'bank' : 'shop';
  const inputs = Array.from({ length: size }, () => input(shape, at));
  return { kind: 'send', at, project, door: random.whole(0, 1), inputs };
}

const TEMPLATE_OF: Readonly<Record<Shape, { readonly template: string | null; readonly account?: AccountName }>> = {
  shipped: { template: 'shipped' },
  slow: { template: 'shipped', account: 'dokuSlow' },
  reminder: { template: 'reminder' },
  meta: { template: 'reminder', account: 'meta' },
  exotel: { template: 'reminder', account: 'exotel' },
  offer: { template: 'offer' },
  code: { template: 'code' },
  text: { template: null, account: 'sendtalk' },
  bank: { template: 'reminder' },
  bankDoku: { template: 'shipped' },
};

function planInput(random: Random, shape: Shape, mark: string, at: number): PlannedInput {
  const { template, account = null } = TEMPLATE_OF[shape];
  const scheduledAt = random.chance(0.05) ? at + random.whole(10 * SECOND, 20 * MINUTE) : null;
  const expiresAt = random.chance(0.06) ? (scheduledAt ?? at) + random.whole(5 * SECOND, 15 * MINUTE) : null;
  const priority = random.chance(0.15) ? random.pick(['HIGH', 'NORMAL', 'LOW']) : undefined;
  return {
    mark,
    to: random.chance(0.1) ? troubled(random) : person(peopleOf(random)),
    content: contentOf(template, mark),
    account,
    more: {
      reference: mark,
      ...(random.chance(0.15) && { idempotencyKey: `key of ${mark}` }),
      ...(priority && { priority }),
      ...((shape === 'code' ? random.chance(0.5) : random.chance(0.03)) && { resendUnconfirmed: true }),
    },
    scheduledAt,
    expiresAt,
    fallbacks: random.chance(0.12) ? planFallbacks(random, shape, mark) : [],
  };
}

/** A few are written to often, most of them seldom. */
const peopleOf = (random: Random): number => Math.floor(PEOPLE * random.share() ** 2);

function contentOf(template: string | null, mark: string): PlannedContent {
  if (template === null) return { template, values: [`Halo, ini ${mark}.`] };
  return { template, values: template === 'shipped' ? [mark, 'A-17', 'JNE-4455'] : [mark, 'besok'] };
}

/** Rules that need receipts, where the account gives them; a DOKU account gives none. */
function planFallbacks(random: Random, shape: Shape, mark: string): PlannedFallback[] {
  const bank = shape.startsWith('bank');
  const blind = shape === 'shipped' || shape === 'slow' || shape === 'bankDoku';
  return Array.from({ length: random.pick([1, 1, 2]) }, (_unused, index) => {
    const rule = random.pick(
      blind
        ? ['FAILED', 'ALWAYS', 'NOT_ON_WHATSAPP']
        : ['FAILED', 'ALWAYS', 'NOT_ON_WHATSAPP', 'NOT_DELIVERED', 'NOT_READ'],
    );
    const inTime = rule === 'NOT_DELIVERED' || rule === 'NOT_READ';
    const template = random.pick(bank ? ['reminder', 'shipped'] : ['reminder', 'shipped', 'code', null]);
    return {
      ...{ rule, afterMinutes: inTime ? random.whole(1, 12) : null },
      content: contentOf(template, `F${mark.slice(1)}-${index}`),
      account: template === null ? 'sendtalk' : null,
    };
  });
}

const LINES = ['502', '503', '503', '504', '514', '520', '900', '901', '902', '903', '904', '905', '906'];
const REPORTS = ['800', '801', '802', '803', '804', '805', '806', '808', '809', '810', '811', '812', '813'];
/** What may befall a message at each provider, by the names of docs/simulator.md. None of them stops an account. */
const TROUBLES: Readonly<Record<CastAccount['kind'], readonly string[]>> = {
  DOKU: [...LINES, '400', '404', '409', '422', '429', '500', '510', '908'],
  WAPPIN: [...LINES, ...REPORTS, '400', '419', '429', '500', '601', '601', '700', '700'],
  EXOTEL: [...LINES, ...REPORTS, '400', '402', '429', '430', '500', '501', '30005', '30012', '30013'],
  SENDTALK: [...LINES, '402', '422', '500', '601', '806'],
  META: [...LINES, ...REPORTS, '400', '500', '130429', '131016', '131026', '131056', '131057', '231026', '231047'],
};
const REFUSED_CREDENTIALS = '401';

/** Somebody with whom there is trouble at every provider, mostly at the first try only. */
function troubled(random: Random): string {
  const name = random.pick([...LINES, ...REPORTS, '400', '404', '422', '429', '500', '510', '601', '700', '908']);
  // For a day of deferrals two or three are enough.
  return magic(name, REPORTS.includes(name) || name === '601' || random.chance(0.05) ? 'always' : 'once');
}

function planFaults(random: Random): PlannedFault[] {
  const window = (
    account: CastAccount,
    name: string,
    rate: number,
    longestMs: number,
    on?: Fault['on'],
  ): PlannedFault[] => {
    const behaviour = MAGIC_RECIPIENTS[name]?.behaviours[account.kind];
    if (!behaviour) return [];
    const at = random.whole(0, HOUR_MS - longestMs);
    const until = at + random.whole(longestMs / 5, longestMs);
    const { kind, key } = account;
    return [{ at, until, fault: { kind, account: key, behaviour, ...(rate < 1 && { rate }), ...(on && { on }) } }];
  };
  const some = Array.from({ length: 30 }, () => {
    const account = random.pick(CAST);
    return window(account, random.pick(TROUBLES[account.kind]), random.pick([0.1, 0.3, 0.6]), 4 * MINUTE);
  });
  const outages = (['doku', 'wappin', 'meta', 'exotel', 'bankWappin', 'dokuSlow'] as const).map((name) =>
    window(castAccount(name), random.pick(['503', '502', '500', '903']), 1, 6 * MINUTE),
  );
  const refused = (['doku', 'wappinSlow', 'meta', 'sendtalk', 'exotel', 'bankMeta', 'bankDoku'] as const)
    .filter(() => random.chance(0.4))
    .map((name) => window(castAccount(name), REFUSED_CREDENTIALS, 1, 5 * MINUTE));
  const slow = (['doku', 'wappin', 'exotel', 'meta', 'bankWappin', 'sendtalk'] as const).map((name) =>
    window(castAccount(name), random.pick(['900', '901']), 0.4, 8 * MINUTE),
  );
  const others = [
    window(castAccount('wappin'), '503', 0.7, 3 * MINUTE, 'token'),
    window(castAccount('sendtalk'), '500', 0.5, 20 * MINUTE, 'inquiry'),
    window(castAccount('wappin'), '502', 0.5, 20 * MINUTE, 'inquiry'),
  ];
  return [...some, ...slow, ...outages, ...refused, ...others].flat();
}

function planDeeds(random: Random, sends: readonly PlannedSend[]): Deed[] {
  const deeds: Deed[] = [];
  for (const account of ['doku', 'wappinSlow', 'meta', 'bankWappin'] as const) {
    const at = random.whole(2 * MINUTE, 45 * MINUTE);
    deeds.push({ kind: 'hold', at, account });
    deeds.push({ kind: 'release', at: at + random.whole(30 * SECOND, 6 * MINUTE), account });
  }
  // Somebody looks every few minutes whether an account was stopped, and says that the credentials work again.
  for (let at = 3 * MINUTE; at < HOUR_MS; at += random.whole(2 * MINUTE, 6 * MINUTE))
    for (const { name } of CAST) deeds.push({ kind: 'mend', at, account: name });
  // It comes twice: once it goes as it should, and once it is killed with calls in hand.
  const [early, late] = [random.whole(5 * MINUTE, 10 * MINUTE), random.whole(30 * MINUTE, 40 * MINUTE)];
  const [first, then] = random.pick([
    ['close', 'kill'],
    ['kill', 'close'],
  ] as const);
  deeds.push({ kind: 'open second gateway', at: early }, { kind: 'open second gateway', at: late });
  deeds.push({ kind: `${first} second gateway`, at: early + random.whole(5 * MINUTE, 15 * MINUTE) });
  deeds.push({ kind: `${then} second gateway`, at: late + random.whole(5 * MINUTE, 15 * MINUTE) });
  deeds.push({ kind: 'cut connections', at: random.whole(10 * MINUTE, 50 * MINUTE) });
  deeds.push({ kind: 'kill tokens', at: random.whole(0, HOUR_MS) });
  for (const { at, project, inputs } of sends)
    for (const { mark, scheduledAt } of inputs)
      if (random.chance(scheduledAt === null ? 0.01 : 0.3))
        deeds.push({
          kind: 'cancel',
          at: at + random.pick([0, 300, 5_000, 60_000]),
          project,
          mark,
          door: random.whole(0, 1),
        });
  for (let n = 0; n < 12; n++) {
    const project = random.pick(['shop', 'shop', 'bank'] as const);
    const at = random.whole(5 * MINUTE, HOUR_MS);
    const kind = random.pick(['retry', 'retry', 'resolve'] as const);
    deeds.push({ kind, at, project, count: random.whole(1, 4), sent: random.chance(0.5) });
  }
  for (let n = 0; n < 40; n++) {
    const account = random.pick(['wappin', 'exotel', 'meta', 'bankMeta'] as const);
    const text = random.pick(['STOP', 'BERHENTI', 'START', 'Halo', 'Kapan sampai?']);
    deeds.push({ kind: 'write', at: random.whole(0, HOUR_MS), account, from: person(peopleOf(random)), text });
  }
  return deeds;
}
