import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { codesSentTo, eventsOf, strangers, verificationHands } from '../support/verifications.js';
import {
  addTemplate,
  connectWappin,
  handsOf,
  magic,
  startWorld,
  type TemplateOptions,
  type World,
} from '../support/world.js';

const TABLES = ['verifications', 'verification_steps', 'messages', 'message_attempts', 'idempotency_keys', 'events'];
/** Where persons write to at the Wappin account. */
const OWN_NUMBER = '+6281230000000';

const clock = new ManualClock();
const stranger = strangers();
let world: World;
let hands: ReturnType<typeof verificationHands>;
beforeAll(async () => {
  world = await startWorld({
    clock,
    doku: false,
    wappin: { sender: OWN_NUMBER },
    callbackPlan: { statuses: ['sent'] },
  });
  hands = verificationHands(world.ask);
  world.simulator.configure({
    templates: ['login_code', 'newer_code', 'english_code'].map((name) => ({ kind: 'WAPPIN', name, params: 1 })),
  });
  await addTemplate(world.call, { ...LOGIN_CODE, account: world.wappin });
});
afterAll(() => world.close());

const LOGIN_CODE: TemplateOptions = {
  ...{ name: 'login_code', category: 'AUTHENTICATION', body: 'Kode Anda {{1}}.' },
};
const start = (more: Record<string, unknown> = {}): Promise<any> =>
  hands.start({ phone: stranger(), method: 'CODE', ...more });

interface Shop extends ReturnType<typeof verificationHands> {
  /** With an account that can send it, unless something else is said. */
  readonly add: (options: TemplateOptions) => Promise<string>;
}

/** Another project, with a Wappin account and no templates. */
async function openShop(): Promise<Shop> {
  const { key } = await makeProject(world.call, ['ADMIN', 'MANAGE', 'SEND']);
  const call = graphql(world.gateway.url, key.secret);
  const account = await connectWappin(call, world.simulator.url);
  return { ...verificationHands(handsOf(call).ask), add: (options) => addTemplate(call, { account, ...options }) };
}

describe('the template of a code', () => {
  let shop: Shop;
  beforeEach(async () => void (shop = await openShop()));

  /** Which template carries a code in a language; the Problem where none does. */
  const carrier = async (language = 'id'): Promise<string> => {
    const phone = stranger();
    const before = await world.counts(...TABLES);
    const answer = await shop.start({ phone, method: 'CODE', language });
    await world.quiet();
    if (answer.__typename === 'Problem') {
      expect(await world.counts(...TABLES)).toEqual(before);
      return `${answer.code} at ${answer.field}`;
    }
    return world.simulator.ledger.messages({ recipient: phone.slice(1) })[0]?.template ?? 'nothing';
  };
  const NONE = 'TEMPLATE_NOT_FOUND at language';

  it.each<[string, Partial<TemplateOptions>]>([
    ['that waits for approval', { status: 'PENDING' }],
    ['that was refused', { status: 'REJECTED' }],
    ['that is paused', { status: 'PAUSED' }],
    ['in another language', { language: 'en' }],
    ['with two values', { body: 'Kode {{1}} untuk {{2}}.' }],
    ['without a value', { body: 'Kode Anda.' }],
    ['with a header that takes one too', { header: { text: 'Halo {{1}}' } }],
    ['of another category', { category: 'UTILITY' }],
    ['of SMS', { channel: 'SMS' }],
    ['that no account knows', { account: undefined }],
  ])('is none %s', async (_what, over) => {
    await shop.add({ ...LOGIN_CODE, ...over });
    expect(await carrier()).toBe(NONE);
    await shop.add({ ...LOGIN_CODE, name: 'newer_code' });
    expect(await carrier()).toBe('newer_code');
  });

  it('is none in a project without any', async () => {
    expect(await carrier()).toBe(NONE);
  });

  it('is the newest of several in the language, of whichever country', async () => {
    await shop.add(LOGIN_CODE);
    await shop.add({ ...LOGIN_CODE, name: 'newer_code' });
    await shop.add({ ...LOGIN_CODE, name: 'english_code', language: 'en_US' });
    expect([await carrier('id'), await carrier('en')]).toEqual(['newer_code', 'english_code']);
  });

  it('is an older one while the newest is not approved', async () => {
    await shop.add(LOGIN_CODE);
    await shop.add({ ...LOGIN_CODE, name: 'newer_code', status: 'PENDING' });
    expect(await carrier()).toBe('login_code');
  });
});

describe('a person who opted out', () => {
  const optOut = (phone: string, scope: string): Promise<any> =>
    world.ask(
      'mutation ($phone: String!, $scope: OptOutScope!) { optOut(phone: $phone, scope: $scope) { __typename } }',
      {
        ...{ phone, scope },
      },
    );

  it('of everything is sent no code, and nothing of it is left behind', async () => {
    const phone = stranger();
    await optOut(phone, 'ALL');
    const before = await world.counts(...TABLES);
    expect(await start({ phone, idempotencyKey: 'opted-out' })).toMatchObject({
      ...{ __typename: 'Problem', code: 'RECIPIENT_OPTED_OUT', field: 'phone' },
    });
    await world.quiet();
    expect(await world.counts(...TABLES)).toEqual(before);
    expect(codesSentTo(world, phone)).toEqual([]);
    const { verifications } = await world.ask(
      'query ($phone: String!) { verifications(filter: { phone: $phone }) { totalCount } }',
      { phone },
    );
    expect(verifications).toEqual({ totalCount: 0 });
  });

  it('of marketing is sent codes all the same', async () => {
    const phone = stranger();
    await optOut(phone, 'MARKETING');
    expect(await start({ phone })).toMatchObject({ __typename: 'Verification' });
    await world.quiet();
    expect(codesSentTo(world, phone)).toHaveLength(1);
  });

  it('between two codes is sent no other, and the first one still counts', async () => {
    const phone = stranger();
    const { id } = await start({ phone });
    await world.quiet();
    await optOut(phone, 'ALL');
    await world.pass(MINUTE, MINUTE);
    expect(await hands.resend(id)).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    expect((await hands.read(id)).steps).toMatchObject([
      { message: { status: 'SENT' }, problem: null },
      { message: null, problem: { code: 'RECIPIENT_OPTED_OUT' } },
    ]);
    expect(codesSentTo(world, phone)).toHaveLength(1);
    expect(await hands.check(id, codesSentTo(world, phone)[0]!)).toMatchObject({ status: 'VERIFIED' });
  });
});

describe('a code that does not arrive', () => {
  it('shows in its step why its message failed, and another one can be asked for', async () => {
    const { id } = await start({ phone: magic('601') });
    await world.quiet();
    const [step] = (await hands.read(id)).steps;
    expect(step).toMatchObject({
      ...{ method: 'CODE', account: { id: world.wappin.id }, message: { status: 'FAILED' } },
      problem: { code: 'NOT_ON_WHATSAPP', provider: { code: '601', retryable: false } },
    });
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', problem: null });
    await world.pass(MINUTE, MINUTE);
    expect(await hands.resend(id)).toMatchObject({ steps: [{ problem: step.problem }, { method: 'CODE' }] });
  });

  it('as far as anybody knows is sent again by itself', async () => {
    const phone = magic('903', 'once');
    const { id } = await start({ phone });
    await world.quiet();
    expect((await hands.read(id)).steps).toMatchObject([{ message: { status: 'UNCONFIRMED' }, problem: null }]);
    expect(codesSentTo(world, phone)).toEqual([]);
    await world.pass(10 * SECOND);
    const codes = codesSentTo(world, phone);
    expect(codes).toHaveLength(1);
    expect(await hands.check(id, codes[0]!)).toMatchObject({ status: 'VERIFIED', steps: [{ method: 'CODE' }] });
  });
});

describe('a code that is of no use any more', () => {
  const kept = async (code: string): Promise<number> =>
    (await world.rows('select id from messages where content::text like $1', [`%"${code}"%`])).length;

  it.each<[string, number, (id: string, code: string) => Promise<any>]>([
    ['was proved by it', 2 * SECOND, (id, code) => hands.check(id, code)],
    ['was canceled', 2 * SECOND, (id) => hands.cancel(id)],
    ['expired', 2 * MINUTE, async () => undefined],
  ])('is in no table, where the verification %s', async (_what, afterMs, happens) => {
    const phone = stranger();
    const { id } = await start({ phone, expiryMinutes: 2 });
    await world.quiet();
    const code = codesSentTo(world, phone)[0]!;
    await happens(id, code);
    expect(await kept(code)).toBe(1);
    await world.pass(afterMs, afterMs / 2);
    expect(await kept(code)).toBe(0);
  });

  it('is not sent again without its digits by whoever retries its message', async () => {
    const phone = magic('601', 'once');
    const { id } = await start({ phone, expiryMinutes: 1 });
    await world.quiet();
    const [{ message }] = (await hands.read(id)).steps;
    await world.pass(MINUTE, MINUTE);
    const { retryMessage } = await world.ask(
      'mutation ($id: ID!) { retryMessage(id: $id) { __typename ... on Problem { code } } }',
      { id: message.id },
    );
    expect(retryMessage).toMatchObject({ __typename: 'Problem' });
    await world.pass(2 * SECOND);
    expect(codesSentTo(world, phone)).toEqual([]);
  });
});

describe('a key of idempotency', () => {
  it('answers one verification to ten who start at once, and one code is sent', async () => {
    const phone = stranger();
    const input = { phone, idempotencyKey: 'ten at once' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => start(input)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await start({ ...input, phone: phone.replace('+62', '0') })).toMatchObject({ id: answers[0].id });
    await world.quiet();
    expect(codesSentTo(world, phone)).toHaveLength(1);
    expect(await start({ ...input, language: 'en' })).toMatchObject({
      ...{ code: 'IDEMPOTENCY_CONFLICT', field: 'idempotencyKey' },
    });
  });
});

describe('a check of one that the person proves by a message', () => {
  it('is INVALID_TRANSITION, for no code was sent, and leaves it as it was', async () => {
    const inbound = await hands.start({ phone: stranger(), method: 'INBOUND' });
    expect(inbound).toMatchObject({ method: 'INBOUND', status: 'PENDING', checksLeft: null, nextSendAt: null });
    expect(await hands.check(inbound.id, '000000')).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    const now = await hands.read(inbound.id);
    expect(now).toMatchObject({ status: 'PENDING', problem: null });
    expect(eventsOf(now)).toEqual(['STARTED']);
  });
});

describe('bad input', () => {
  it.each<[string, Record<string, unknown>, string, string]>([
    ['a landline', { phone: '021-5550123' }, 'INVALID_PHONE_NUMBER', 'phone'],
    ['a premium rate', { phone: '+62 809 1 234567' }, 'INVALID_PHONE_NUMBER', 'phone'],
    ['a word', { phone: 'Ani' }, 'INVALID_PHONE_NUMBER', 'phone'],
    ['NUL in the number', { phone: '0878\u00002367' }, 'INVALID_INPUT', 'phone'],
    ['French', { language: 'fr' }, 'INVALID_INPUT', 'language'],
    ['no time', { expiryMinutes: 0 }, 'INVALID_INPUT', 'expiryMinutes'],
    ['69 days', { expiryMinutes: 100_000 }, 'INVALID_INPUT', 'expiryMinutes'],
    ['an address of nobody', { endUserIp: '300.1.1.1' }, 'INVALID_INPUT', 'endUserIp'],
    ['NUL in the reference', { reference: 'a\0' }, 'INVALID_INPUT', 'reference'],
    ['half a character in the key', { idempotencyKey: '\ud83d' }, 'INVALID_INPUT', 'idempotencyKey'],
    ['an id that is none', { accountId: 'acc_1' }, 'NOT_FOUND', 'accountId'],
    ['NUL in the id', { accountId: 'acc_\0' }, 'INVALID_INPUT', 'accountId'],
    ['an account that is not there', { accountId: `acc_${'0'.repeat(32)}` }, 'NOT_FOUND', 'accountId'],
  ])('is refused: %s; nothing is stored, counted or sent', async (_what, over, code, field) => {
    const before = await world.counts(...TABLES);
    const calls = world.simulator.ledger.counts().requests;
    expect(await start(over)).toMatchObject({
      __typename: 'Problem',
      code,
      field,
      message: expect.stringMatching(/\.$/),
    });
    expect(await world.counts(...TABLES)).toEqual(before);
    expect(world.simulator.ledger.counts().requests).toBe(calls);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a fraction of a minute', { expiryMinutes: 1.5 }],
    ['a method that is none', { method: 'SMS' }],
    ['an address that is no link', { appUrl: 'shop.example/login' }],
  ])('is BAD_USER_INPUT where the schema says so: %s', async (_what, over) => {
    const { errors } = await world.call(
      'mutation ($input: StartVerificationInput!) { startVerification(input: $input) { __typename } }',
      { input: { phone: stranger(), ...over } },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
