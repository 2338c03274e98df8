import { describe, expect, it } from 'vitest';
import { NOON } from '../../../test/support/messages.js';
import {
  account,
  ANI,
  around,
  cabang,
  heard,
  KINDS,
  orderPaid,
  type Place,
  refused,
  registration,
  send,
  template,
  TEXT,
  toko,
  uuid,
} from '../../../test/support/surroundings.js';
import { HOUR, later } from '../../common/clock.js';
import { isProblem } from '../../common/problem.js';
import { type MessagePlan, planMessage } from './message-plan.js';
import { type Send } from './send-input.js';
import { type Surroundings } from './send-planner.js';

function planned(one: Send, where: Surroundings = around()): MessagePlan {
  const made = planMessage(one, where);
  if (isProblem(made)) throw new Error(`${made.code} at ${made.field}: ${made.message}`);
  return made;
}

/** By the accounts' names: the chosen one has a star. */
const reasons = (one: Send, where: Surroundings): string[] =>
  planned(one, where).candidates.map(
    ({ account: { name }, chosen, reason }) => `${name}${chosen ? '*' : ''}: ${reason}`,
  );

/** Accounts 11, 12 … of these standings, the template approved at each. */
function standing(...over: Parameters<typeof account>[1][]): Place {
  const numbers = over.map((_one, index) => 11 + index);
  return {
    accounts: over.map((one, index) => account(11 + index, { name: `A${index + 1}`, ...one })),
    templates: [
      template(
        {},
        numbers.map((number) => registration(number)),
      ),
    ],
  };
}
const works = {};
const held = { enabled: false };

describe('what a plan tells of the message', () => {
  it('is to whom it goes, what they read and how urgent it is', () => {
    expect(planned(send())).toMatchObject({
      ...{ to: ANI, text: 'Halo Budi, pesanan A-1 sudah dibayar.', priority: 'NORMAL', notBefore: null, problem: null },
    });
  });

  it('is the caption of a file, and nothing where it has none', () => {
    const where = around({ accounts: [toko], kinds: KINDS });
    const file = { type: 'IMAGE', url: 'https://shop.example/a.jpg', mediaId: null, filename: null } as const;
    expect(planned(send({ content: { kind: 'media', file, caption: 'Lihat' } }), where).text).toBe('Lihat');
    expect(planned(send({ content: { kind: 'media', file, caption: null } }), where).text).toBe('');
  });

  it('has no number for a person without one', () => {
    const conversations = [heard(toko, 1, { person: 'ID.77', recipientId: 'ID.77' })];
    const where = around({ accounts: [toko], kinds: KINDS, conversations });
    expect(planned(send({ to: 'ID.77', accountId: toko.id, content: TEXT }), where)).toMatchObject({
      ...{ to: null, candidates: [{ chosen: true, reason: 'It is the account that was named.' }] },
    });
  });

  it('is a problem alone where it is not known what would be said', () => {
    expect(planMessage(send({ content: orderPaid({ name: 'x' }) }), around())).toMatchObject({
      ...{ code: 'TEMPLATE_NOT_FOUND', field: 'content.template.name' },
    });
  });
});

describe('the reasons', () => {
  it('say which is first and which would be tried next', () => {
    expect(reasons(send(), around(standing(works, works, works)))).toEqual([
      'A1*: It is the first on the route for TEMPLATE.',
      'A2: It would be tried next, after a refusal or a deferral.',
      'A3: It would be tried after A2.',
    ]);
  });

  it('say which are held, pause or stopped', () => {
    const where = around(standing(held, { health: 'FAILING' }, { health: 'DEGRADED' }, works, works));
    expect(reasons(send(), where)).toEqual([
      'A1: It is held (enabled: false).',
      'A2: The provider refused its credentials, so it stopped: it can take it once they are mended.',
      'A3: Half or more of its calls failed of late, so it pauses: it would be tried when those that work have refused it.',
      'A4*: It is the first that remains on the route for TEMPLATE: those before it are held, cannot take it, or work worse.',
      'A5: It would be tried next, after a refusal or a deferral.',
    ]);
  });

  it('say what the message waits for where none works', () => {
    const waits = (over: Parameters<typeof account>[1]): string =>
      reasons(send({ accountId: uuid(11) }), around(standing(over, works)))[0] ?? '';
    expect(waits(held)).toMatch(/named\. It is held .* waits in its queue/);
    expect(waits({ health: 'FAILING' })).toMatch(/refused its credentials.* waits in its queue/);
    expect(waits({ health: 'DEGRADED' })).toMatch(/pauses: the message waits/);
  });

  it('keep the order of a route that was set, and tell who is not on it', () => {
    const where = around({ ...standing(works, held, works, held), route: [13, 12] });
    expect(reasons(send(), where)).toEqual([
      'A3*: It is the first on the route for TEMPLATE.',
      'A2: It is held (enabled: false).',
      'A1: It is not on the route for TEMPLATE.',
      'A4: It is not on the route for TEMPLATE.',
    ]);
  });

  it('say what is in the way at each account', () => {
    const templates = [template({}, [registration(11, { status: 'PAUSED' }), registration(21)])];
    const place: Place = { accounts: [account(11), account(12), toko], kinds: KINDS, templates };
    expect(reasons(send(), around(place))).toEqual([
      'account 11: The template is PAUSED there, not APPROVED.',
      'account 12: The template is not registered there.',
      'Toko*: It is the first that remains on the route for TEMPLATE: those before it are held, cannot take it, or work worse.',
    ]);
    const conversations = [heard(toko, 30), heard(cabang, 1, { person: '+6281200000000' })];
    const windows = around({ accounts: [toko, cabang], kinds: KINDS, conversations });
    expect(reasons(send({ content: TEXT }), windows)).toEqual([
      expect.stringContaining(`more than 24 hours ago: since ${later(NOON, -6 * HOUR).toISOString()}`),
      'Cabang: The person never wrote to it, so only a template may be sent.',
    ]);
  });

  it('begin with the account that heard what is answered', () => {
    const where = around({
      ...{ accounts: [toko, cabang], kinds: KINDS, quoted: new Map([[uuid(5), { accountId: cabang.id }]]) },
      conversations: [heard(toko, 1), heard(cabang, 1)],
    });
    expect(reasons(send({ content: TEXT, replyTo: uuid(5) }), where)).toEqual([
      'Cabang*: It heard the message that is answered.',
      'Toko: It would be tried next, after a refusal or a deferral.',
    ]);
  });

  it('name the one that was named alone', () => {
    expect(reasons(send({ accountId: uuid(12) }), around(standing(works, works)))).toEqual([
      'A2*: It is the account that was named.',
    ]);
    expect(planned(send({ accountId: uuid(77) }))).toMatchObject({ candidates: [], problem: { code: 'NOT_FOUND' } });
  });
});

describe('a plan that says when', () => {
  const quiet = { from: '08:00', to: '18:00' };
  const marketing = (over: Partial<Surroundings> = {}): Surroundings =>
    around({
      quiet,
      templates: [template({ category: 'MARKETING' }, [registration(11, { category: 'MARKETING' })])],
      ...over,
    });

  it('tells the quiet hours of the person', () => {
    const notBefore = later(NOON, 13 * HOUR);
    const { notBefore: told, candidates } = planned(send(), marketing());
    expect(told).toEqual(notBefore);
    expect(candidates[0]?.reason).toContain(
      `It waits until ${notBefore.toISOString()}, because of the quiet hours: MARKETING leaves from 08:00 to 18:00 in Asia/Jakarta.`,
    );
  });

  it('tells the schedule where that comes', () => {
    const scheduledAt = later(NOON, HOUR);
    expect(planned(send({ scheduledAt }))).toMatchObject({ notBefore: scheduledAt });
    expect(planned(send({ scheduledAt: later(NOON, -HOUR) }))).toMatchObject({ notBefore: null });
    expect(planned(send({ scheduledAt: later(NOON, 14 * HOUR) }), marketing()).notBefore).toEqual(
      later(NOON, 14 * HOUR),
    );
  });

  it('tells that it would be EXPIRED by then', () => {
    const { candidates } = planned(send({ expiresAt: later(NOON, HOUR) }), marketing());
    expect(candidates[0]?.reason).toContain('it would be EXPIRED');
  });
});

describe('a plan with a problem', () => {
  const nobody = (plan: MessagePlan): boolean =>
    plan.candidates.every(({ chosen, reason }) => !chosen && reason !== '');
  const place: Place = { accounts: [account(11), toko, cabang], kinds: KINDS };

  it.each([
    ['a person who wants nothing', send(), { ...place, optOuts: new Map([[ANI, 'ALL']]) }],
    ['a template that no account has', send(), { ...place, templates: [template({}, [])] }],
    [
      'a value that is refused',
      send({ accountId: toko.id, content: orderPaid({ params: ['a', 'b\nc'] }) }),
      {
        ...place,
        templates: [template({}, [registration(21)])],
      },
    ],
    ['a stranger without a number', send({ to: 'ID.7', accountId: toko.id, content: TEXT }), place],
    [
      'a fallback that cannot be sent',
      send({
        fallbacks: [{ rule: 'FAILED', afterMinutes: null, content: TEXT, accountId: uuid(11) }],
      }),
      place,
    ],
    ['only held accounts', send(), { ...place, accounts: [account(11, held)] }],
  ] as [string, Send, Place][])('chooses nobody, and is the problem of sending it: %s', (_what, one, where) => {
    const plan = planned(one, around(where));
    expect(nobody(plan)).toBe(true);
    expect(plan.candidates.length).toBeGreaterThan(0);
    expect(plan.problem).toMatchObject(refused(one, around(where)));
  });
});
