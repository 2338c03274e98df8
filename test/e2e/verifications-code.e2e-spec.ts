import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { templateHandsOf } from '../support/template-hands.js';
import { codesSentTo, eventsOf, strangers, verificationHands } from '../support/verifications.js';
import { handsOf, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
const stranger = strangers();
let world: World;
let hands: ReturnType<typeof verificationHands>;
beforeAll(async () => {
  world = await startWorld({ clock, doku: false, wappin: false, meta: {} });
  hands = verificationHands(world.ask);
  // With login_code, whose button repeats the code.
  expect(await templateHandsOf(world.call).sync(world.meta.id)).toMatchObject({ __typename: 'TemplateSync' });
});
afterAll(() => world.close());

interface Sent {
  readonly id: string;
  readonly phone: string;
  readonly code: string;
  readonly verification: any;
}

/** A number that was sent a code. */
async function sent(more: Record<string, unknown> = {}): Promise<Sent> {
  const phone = stranger();
  const verification = await hands.start({ phone, method: 'CODE', ...more });
  expect(verification).toMatchObject({ __typename: 'Verification', status: 'PENDING' });
  await world.quiet();
  const codes = codesSentTo(world, phone);
  expect(codes).toEqual([expect.stringMatching(/^\d{6}$/)]);
  return { id: verification.id, phone, code: codes[0]!, verification };
}

/** Nothing more comes of the message with the code, which a verification shows too. */
async function reported(id: string): Promise<void> {
  const { steps } = await hands.read(id);
  await world.messageIn(steps[0].message.id, 'READ');
}

/** The same with its last digit moved on. */
const wrong = (code: string, by = 1): string => code.slice(0, 5) + ((Number(code[5]) + by) % 10);

const handsOfKey = (key: string, url = world.gateway.url): ReturnType<typeof verificationHands> =>
  verificationHands(handsOf(graphql(url, key)).ask);

describe('a code', () => {
  it('reaches the person in the template and its button, before everything else and never after its time', async () => {
    const { id, phone, code, verification } = await sent({ reference: 'login-1', expiryMinutes: 7 });
    const expiresAt = later(clock.now(), 7 * MINUTE).toISOString();
    expect(verification).toMatchObject({
      ...{ id: expect.stringMatching(/^ver_/), method: 'CODE', phone, reference: 'login-1', problem: null },
      ...{ waLink: null, waMessage: null, qrCode: null, verifiedAt: null, checksLeft: 5, expiresAt },
      ...{ nextSendAt: later(clock.now(), MINUTE).toISOString(), watchToken: expect.any(String) },
      steps: [{ method: 'CODE', account: { id: world.meta.id }, problem: null }],
    });
    expect(eventsOf(verification)).toEqual(['STARTED']);
    expect(world.simulator.ledger.messages({ recipient: phone.slice(1) })).toMatchObject([
      {
        template: 'login_code',
        content: {
          language: { code: 'id' },
          components: [
            { type: 'body', parameters: [{ type: 'text', text: code }] },
            { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: code }] },
          ],
        },
      },
    ]);
    const { message } = (await hands.read(id)).steps[0];
    expect(await world.message(message.id)).toMatchObject({ priority: 'HIGH', to: phone, expiresAt });
    expect(await world.rows('select resend_unconfirmed from messages where person = $1', [phone])).toEqual([
      { resend_unconfirmed: true },
    ]);
  });

  it('comes in the language that is asked for', async () => {
    const { phone } = await sent({ language: 'en' });
    expect(world.simulator.ledger.messages({ recipient: phone.slice(1) })[0]?.content).toMatchObject({
      language: { code: 'en' },
    });
  });

  it('is another one for everybody', async () => {
    const codes = [await sent(), await sent(), await sent()].map(({ code }) => code);
    expect(new Set(codes).size).toBeGreaterThan(1);
  });

  it('is seen by the person alone: not in the tables, nor in an answer, nor in the log', async () => {
    const { id, phone, code, verification } = await sent();
    await hands.check(id, wrong(code));
    const checked = await hands.check(id, code);
    await world.quiet();
    const { message } = (await hands.read(id)).steps[0];
    const shown = await world.messageIn(message.id, 'READ');
    expect(shown.attempts).toMatchObject([{ outcome: 'ACCEPTED', request: expect.anything() }]);
    const { events, messages } = await world.ask(
      `{ events(first: 200) { edges { node { type data } } }
         messages(first: 200) { edges { node { content { ... on TemplateContent { params text } } } } } }`,
    );
    const answers = { verification, checked, shown, events, messages, now: await hands.read(id) };
    // What stands in the middle of other digits is an id or a number.
    const seen = new RegExp(`(?<![0-9a-f])${code}(?![0-9a-f])|${Buffer.from(code).toString('hex')}`);
    expect(JSON.stringify(codesSentTo(world, phone))).toMatch(seen);
    expect(JSON.stringify(answers)).not.toMatch(seen);
    expect(world.gateway.lines.join('\n')).not.toMatch(seen);
    const tables: { name: string }[] = await world.rows(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'messages'`,
    );
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables)
      for (const { row } of await world.rows(`select t::text as row from "${name}" t`)) expect(row).not.toMatch(seen);
  });
});

describe('a check', () => {
  it.each([
    ['as it was sent', (code: string) => code],
    ['with a space', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with a hyphen', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['with what the keyboard left around it', (code: string) => `  ${code}\n`],
  ])('of the right code, %s, proves the number', async (_what, typed) => {
    const { id, code } = await sent();
    const verified = await hands.check(id, typed(code));
    expect(verified).toMatchObject({
      ...{ __typename: 'Verification', id, status: 'VERIFIED', verifiedAt: clock.now().toISOString() },
      ...{ checksLeft: 5, nextSendAt: null, problem: null },
    });
    expect(eventsOf(verified)).toEqual(['STARTED', 'VERIFIED']);
  });

  it('of the right code again answers the same verification, also when its time is over', async () => {
    const { id, code } = await sent();
    await reported(id);
    const verified = await hands.check(id, code);
    expect(await hands.check(id, code)).toEqual(verified);
    await world.pass(20 * MINUTE, 10 * MINUTE);
    expect(await hands.check(id, code)).toMatchObject({ status: 'VERIFIED', verifiedAt: verified.verifiedAt });
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED', 'VERIFIED']);
  });

  it('of a wrong code is taken five times; the fifth fails it, and then the right one is refused too', async () => {
    const { id, code } = await sent();
    for (const left of [4, 3, 2, 1, 0]) {
      const typed = left === 2 ? '' : wrong(code, left + 1);
      expect(await hands.check(id, typed)).toMatchObject({
        ...{ __typename: 'Problem', code: 'CODE_INCORRECT', field: 'code', retryAt: null },
      });
      expect(await hands.read(id)).toMatchObject({ checksLeft: left, status: left > 0 ? 'PENDING' : 'FAILED' });
    }
    for (const typed of [code, wrong(code)])
      expect(await hands.check(id, typed)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    const failed = await hands.read(id);
    expect(failed).toMatchObject({ status: 'FAILED', verifiedAt: null, problem: { code: 'CODE_INCORRECT' } });
    expect(eventsOf(failed)).toEqual(['STARTED', 'FAILED']);
    expect(await hands.resend(id)).toMatchObject({ code: 'INVALID_TRANSITION' });
  });

  it('of wrong codes after the right one runs out as well, and the number stays proved', async () => {
    const { id, code } = await sent();
    await hands.check(id, code);
    for (let by = 1; by <= 5; by++)
      expect(await hands.check(id, wrong(code, by))).toMatchObject({ code: 'CODE_INCORRECT' });
    expect(await hands.check(id, code)).toMatchObject({ code: 'INVALID_TRANSITION' });
    expect(await hands.read(id)).toMatchObject({ status: 'VERIFIED', checksLeft: 0 });
  });

  it.each(['right', 'wrong'])('of the %s code after its time is EXPIRED', async (which) => {
    const { id, code } = await sent({ expiryMinutes: 1 });
    const typed = which === 'right' ? code : wrong(code);
    // Nothing but the clock has moved: no worker has looked yet.
    clock.set(later(clock.now(), MINUTE));
    expect(await hands.check(id, typed)).toMatchObject({ code: 'EXPIRED', field: 'id' });
    await world.pass(2 * SECOND);
    expect(await hands.check(id, typed)).toMatchObject({ code: 'EXPIRED', field: 'id' });
    const expired = await hands.read(id);
    expect(expired).toMatchObject({ status: 'EXPIRED', checksLeft: 5 });
    expect(eventsOf(expired)).toEqual(['STARTED', 'EXPIRED']);
  });

  it('of one that was canceled is INVALID_TRANSITION', async () => {
    const { id, code } = await sent();
    expect(await hands.cancel(id)).toMatchObject({ status: 'CANCELED' });
    expect(await hands.check(id, code)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
  });

  it('by another project is NOT_FOUND, as are ids that are none, and costs no try', async () => {
    const { id, code } = await sent();
    const theirs = handsOfKey((await makeProject(world.call, ['SEND'])).key.secret);
    expect(await theirs.check(id, code)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    for (const none of ['', 'ver_1', id.replace('ver', 'msg'), `ver_${'0'.repeat(32)}`, 'ver_\0'])
      expect(await hands.check(none, code)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', checksLeft: 5 });
  });

  it('needs SEND', async () => {
    const { id, code } = await sent();
    const { secret } = await makeKey(world.call, ['READ']);
    const { errors } = await graphql(world.gateway.url, secret)(
      'mutation ($id: ID!, $code: String!) { checkVerification(id: $id, code: $code) { __typename } }',
      { id, code },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it('of what no code can be is INVALID_INPUT, and costs no try', async () => {
    const { id, code } = await sent();
    for (const typed of [`${code}\0`, '\ud83d'])
      expect(await hands.check(id, typed)).toMatchObject({ code: 'INVALID_INPUT', field: 'code' });
    expect(await hands.read(id)).toMatchObject({ checksLeft: 5 });
  });
});

describe('a hundred checks at once, at two gateways', () => {
  let both: ReturnType<typeof verificationHands>[];
  beforeAll(async () => {
    const other = await world.gateway.beside();
    both = [hands, handsOfKey(world.gateway.adminKey, other.url)];
  });
  const hundred = (id: string, typed: (n: number) => string): Promise<any[]> =>
    Promise.all(Array.from({ length: 100 }, (_, n) => both[n % 2]!.check(id, typed(n))));

  it('of the right code verify it once, and all of them answer it', async () => {
    const { id, code } = await sent();
    await reported(id);
    const answers = await hundred(id, () => code);
    const verified = await hands.read(id);
    expect(eventsOf(verified)).toEqual(['STARTED', 'VERIFIED']);
    expect(answers).toEqual(Array(100).fill({ __typename: 'Verification', ...verified }));
  });

  it('of wrong codes are taken five times', async () => {
    const { id, code } = await sent();
    const answers = await hundred(id, (n) => wrong(code, 1 + (n % 9)));
    const codes = answers.map((answer) => answer.code).sort();
    expect(codes).toEqual([...Array(5).fill('CODE_INCORRECT'), ...Array(95).fill('INVALID_TRANSITION')]);
    expect(eventsOf(await hands.read(id))).toEqual(['STARTED', 'FAILED']);
  });
});

describe('another code', () => {
  it('comes a minute after the one before, and both of them prove the number', async () => {
    const [byOld, byNew] = [await sent(), await sent()];
    for (const first of [byOld, byNew])
      expect(await hands.resend(first.id)).toMatchObject({
        ...{ code: 'TOO_MANY_REQUESTS', field: 'id', retryAt: first.verification.nextSendAt },
      });
    await world.pass(MINUTE - 1, MINUTE);
    expect(await hands.resend(byOld.id)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await world.pass(1);
    for (const { id, phone, code } of [byOld, byNew]) {
      const again = await hands.resend(id);
      expect(again).toMatchObject({
        ...{ id, status: 'PENDING', nextSendAt: later(clock.now(), MINUTE).toISOString() },
        steps: [{ method: 'CODE' }, { method: 'CODE' }],
      });
      expect(eventsOf(again)).toEqual(['STARTED', 'UPDATED']);
      await world.quiet();
      expect(codesSentTo(world, phone)).toEqual([expect.stringMatching(/^\d{6}$/), code]);
    }
    expect(await hands.check(byOld.id, byOld.code)).toMatchObject({ status: 'VERIFIED' });
    expect(await hands.check(byNew.id, codesSentTo(world, byNew.phone)[0]!)).toMatchObject({ status: 'VERIFIED' });
  });

  it('gives no more tries', async () => {
    const { id, code } = await sent();
    await hands.check(id, wrong(code));
    await world.pass(MINUTE, MINUTE);
    expect(await hands.resend(id)).toMatchObject({ checksLeft: 4 });
  });

  it('is sent four times after the first', async () => {
    const { id, phone } = await sent();
    for (let sends = 2; sends <= 5; sends++) {
      await world.pass(MINUTE, MINUTE);
      expect(await hands.resend(id)).toMatchObject({ __typename: 'Verification' });
    }
    await world.pass(MINUTE, MINUTE);
    expect(await hands.resend(id)).toMatchObject({ code: 'TOO_MANY_REQUESTS', field: 'id', retryAt: null });
    expect(codesSentTo(world, phone)).toHaveLength(5);
  });

  it('is not sent twice by two who ask at once', async () => {
    const { id, phone } = await sent();
    await world.pass(MINUTE, MINUTE);
    const answers = await Promise.all([hands.resend(id), hands.resend(id), hands.resend(id)]);
    expect(answers.map((answer) => answer.code ?? answer.status).sort()).toEqual([
      ...['PENDING', 'TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS'],
    ]);
    await world.quiet();
    expect(codesSentTo(world, phone)).toHaveLength(2);
  });

  it('that has not left when the verification is canceled does not leave', async () => {
    const { phone } = await sent();
    // Meta waits between two messages to one person.
    const { id } = await hands.start({ phone, method: 'CODE' });
    await hands.cancel(id);
    await world.pass(2 * SECOND);
    expect((await hands.read(id)).steps).toMatchObject([{ message: { status: 'CANCELED' } }]);
    await world.pass(10 * SECOND);
    expect(codesSentTo(world, phone)).toHaveLength(1);
  });

  it('is not sent for one that is proved, or over, or another project’s', async () => {
    const [proved, over] = [await sent(), await sent({ expiryMinutes: 1 })];
    await hands.check(proved.id, proved.code);
    await world.pass(MINUTE, MINUTE);
    expect(await hands.resend(proved.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await hands.resend(over.id)).toMatchObject({ code: 'EXPIRED', field: 'id' });
    const theirs = handsOfKey((await makeProject(world.call, ['SEND'])).key.secret);
    expect(await theirs.resend(over.id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});
