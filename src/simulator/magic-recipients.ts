import {
  type Behaviour,
  type CallbackPlan,
  type MagicRow,
  type MagicRows,
  type PersonAct,
  type SimulatedKind,
} from './behaviour.js';
import { DOKU_MAGIC } from './doku/doku-magic.js';
import { EXOTEL_MAGIC } from './exotel/exotel-magic.js';
import { META_MAGIC } from './meta/meta-magic.js';
import { SENDTALK_MAGIC } from './sendtalk/sendtalk-magic.js';
import { WAPPIN_MAGIC } from './wappin/wappin-magic.js';

const OWN: Readonly<Record<SimulatedKind, MagicRows>> = {
  DOKU: DOKU_MAGIC,
  WAPPIN: WAPPIN_MAGIC,
  EXOTEL: EXOTEL_MAGIC,
  SENDTALK: SENDTALK_MAGIC,
  META: META_MAGIC,
};
const EVERYBODY = Object.keys(OWN) as readonly SimulatedKind[];
/** Those with whom a message has statuses after its answer. */
const REPORTING = EVERYBODY.filter((kind) => kind !== 'DOKU');

interface SharedRow extends MagicRow {
  readonly kinds: readonly SimulatedKind[];
}

const always = (what: string, behaviour: Behaviour): SharedRow => ({ kinds: EVERYBODY, what, behaviour });
const proxy = (http: number, what: string, more: Behaviour = {}): SharedRow =>
  always(`HTTP ${http} of a proxy, ${what}`, {
    refuse: { http, code: null, message: 'the proxy in front answers' },
    ...more,
  });
const reported = (what: string, callbacks: Partial<CallbackPlan>): SharedRow => ({
  kinds: REPORTING,
  what,
  behaviour: { callbacks },
});

/** An order in the chat is paid by the person themself. */
const person = (what: string, ...acts: readonly PersonAct[]): SharedRow => ({
  kinds: ['EXOTEL', 'META'],
  what: `An order in the chat: ${what}`,
  behaviour: { person: acts },
});

/** The same with every provider that knows such a thing. */
const SHARED: Readonly<Record<string, SharedRow>> = {
  '502': proxy(502, 'nothing sent'),
  '503': proxy(503, 'nothing sent'),
  '504': proxy(504, 'nothing sent'),
  '514': proxy(504, 'and the message goes out', { sent: true }),
  '520': proxy(500, 'and the message goes out', { sent: true }),

  '800': reported('No callbacks; an inquiry shows sent, delivered, read', { posted: false }),
  '801': reported('sent, then failed', { statuses: ['sent', 'failed'] }),
  '802': reported('failed at once', { statuses: ['failed'] }),
  '803': reported('Late: the first after 10 s, then 10 s apart', { firstAfterMs: 10_000, betweenMs: 10_000 }),
  '804': reported('Each callback three times', { times: 3 }),
  '805': reported('Reordered: read, delivered, sent', { statuses: ['read', 'delivered', 'sent'] }),
  '806': reported('Early: sent, delivered and read before the answer', { beforeAnswer: true }),
  '808': reported('sent, delivered, never read', { statuses: ['sent', 'delivered'] }),
  '809': reported('sent, then nothing more', { statuses: ['sent'] }),
  '810': reported('failed after delivered, which is to be ignored', { statuses: ['sent', 'delivered', 'failed'] }),
  '811': reported('Callbacks with a token or a signature that is not ours', { wrongToken: true }),
  '812': reported('Nothing is ever heard again, an inquiry shows nothing', { statuses: [] }),
  '813': reported('read alone: sent and delivered are skipped', { statuses: ['read'] }),

  '820': person('paid a second after its delivery', 'pay'),
  '821': person('the payment fails a second after its delivery', 'fail'),
  '822': person('pending a second after its delivery, paid a second later', 'wait', 'pay'),
  '823': person('paid a second after its delivery, and once more a second later', 'pay', 'pay'),
  '824': person('the payment fails, and succeeds a second later', 'fail', 'pay'),
  '825': person('pending a second after its delivery, and for ever', 'wait'),

  '900': always('Answered after 3 s', { delayMs: 3_000 }),
  '901': always('Answered after 20 s', { delayMs: 20_000 }),
  '902': always('Line dropped without an answer, the message goes out; DOKU answers a repeat with 409 and its id', {
    line: 'dropped',
  }),
  '903': always('Line dropped without an answer, nothing sent', { line: 'dropped', sent: false }),
  '904': always('Answer cut in the middle, the message goes out', { line: 'cut' }),
  '905': always('HTTP 200 that is no JSON, the message goes out', { answer: 'html' }),
  '906': always('Success with neither error nor message id, the message goes out', { answer: 'empty' }),
  '908': always('As 902, and DOKU drops the repeats too', { line: 'dropped', repeatsToo: true }),
};

export interface MagicRecipient {
  readonly what: string;
  /** A provider that is not named takes the message as any other. */
  readonly behaviours: Readonly<Partial<Record<SimulatedKind, Behaviour>>>;
}

/** By the last digits of the number. The same names serve as `as` of a fault. */
export const MAGIC_RECIPIENTS: Readonly<Record<string, MagicRecipient>> = merged();

function merged(): Record<string, MagicRecipient> {
  const names = new Set([SHARED, ...Object.values(OWN)].flatMap((rows) => Object.keys(rows)));
  const rows = [...names].map((name): [string, MagicRecipient] => {
    const shared = SHARED[name];
    const own = EVERYBODY.flatMap((kind) => (OWN[kind][name] ? [[kind, OWN[kind][name]] as const] : []));
    return [
      name,
      {
        what: [...(shared ? [shared.what] : []), ...own.map(([, { what }]) => what)].join('; '),
        behaviours: {
          ...Object.fromEntries(shared?.kinds.map((kind) => [kind, shared.behaviour]) ?? []),
          ...Object.fromEntries(own.map(([kind, { behaviour }]) => [kind, behaviour])),
        },
      },
    ];
  });
  return Object.fromEntries(rows.sort(([one], [other]) => Number(one) - Number(other)));
}

/** +62 812 0… and +91 812 …, then seven digits. */
const MAGIC_NUMBER = /^(?:628120|91812)(\d{7})$/;
/** Three digits of the table after four; `1` in place of the `0` before them: the first try of each message only. */
const SHORT = /^000([01])(\d{3})$/;
/** A provider's own code of five or six digits; `1` in front: the first try only. */
const LONG = /^([01])(0[1-9]\d{4}|[1-9]\d{5})$/;

/** What a number asks for, by its digits with the country code first; undefined for ordinary people. */
export function magicOf(
  kind: SimulatedKind,
  recipient: string,
): { readonly behaviour: Behaviour; readonly firstTryOnly: boolean } | undefined {
  const digits = MAGIC_NUMBER.exec(recipient)?.[1];
  if (digits === undefined) return undefined;
  const [, when, name] = SHORT.exec(digits) ?? LONG.exec(digits) ?? [];
  const behaviour = name === undefined ? undefined : MAGIC_RECIPIENTS[String(Number(name))]?.behaviours[kind];
  return behaviour && { behaviour, firstTryOnly: when === '1' };
}

/** Whether a row of the table is one that providers share, and not a code of one provider's own. */
export const isShort = ({ number }: { readonly number: string }): boolean => number.startsWith('+6281200000');

/** The table as a person dials it. */
export function magicNumbers(): { number: string; what: string }[] {
  return Object.entries(MAGIC_RECIPIENTS).map(([name, { what }]) => ({
    number: `+628120${name.padStart(7, '0')}`,
    what,
  }));
}
