import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE } from '../../src/common/clock.js';
import { uuidOf } from '../../src/common/ids.js';
import { graphql } from '../support/client.js';
import { type Gateway } from '../support/gateway.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { type Crowd, writeCrowd } from '../support/verification-crowd.js';
import { codesSentTo, verificationHands } from '../support/verifications.js';
import { addTemplate, connectWappin, handsOf, startWorld, type World } from '../support/world.js';

const TABLES = ['verifications', 'verification_steps', 'messages', 'idempotency_keys', 'events'];

const clock = new ManualClock();
let world: World;
let beside: Gateway;
beforeAll(async () => {
  world = await startWorld({ clock, doku: false, wappin: false });
  beside = await world.gateway.beside();
  world.simulator.configure({ templates: [{ kind: 'WAPPIN', name: 'login_code', params: 1 }] });
});
afterAll(() => world.close());

interface Shop {
  readonly projectId: string;
  readonly projectUuid: string;
  /** That of `start`. */
  readonly key: string;
  readonly ask: World['ask'];
  readonly check: (id: string, code: string) => Promise<any>;
  readonly start: (phone: string, more?: Record<string, unknown>) => Promise<any>;
  /** The same at the other gateway. */
  readonly startBeside: (phone: string) => Promise<any>;
  /** Others have started a while ago. */
  readonly started: (
    crowd: Pick<Crowd, 'count' | 'verified'> & { readonly same?: Partial<Crowd['same']> },
  ) => Promise<void>;
}

/** A project of its own, in which nothing is counted yet, that sends codes. */
async function openShop(): Promise<Shop> {
  const { projectId, key } = await makeProject(world.call, ['ADMIN', 'MANAGE', 'SEND']);
  const call = graphql(world.gateway.url, key.secret);
  const account = await connectWappin(call, world.simulator.url);
  await addTemplate(call, { name: 'login_code', category: 'AUTHENTICATION', body: 'Kode Anda {{1}}.', account });
  const { ask } = handsOf(call);
  const here = verificationHands(ask);
  const there = verificationHands(handsOf(graphql(beside.url, key.secret)).ask);
  const projectUuid = uuidOf('prj', projectId)!;
  return {
    ...{ projectId, projectUuid, key: key.id, ask, check: here.check },
    start: (phone, more) => here.start({ phone, method: 'CODE', ...more }),
    startBeside: (phone) => there.start({ phone, method: 'CODE' }),
    started: ({ same, ...crowd }) =>
      writeCrowd(
        { rows: world.rows },
        { ...crowd, same: { projectId: projectUuid, ...same }, from: clock.now(), everyMs: 1 },
      ),
  };
}

let people = 0;
/** Somebody new, whose number begins so. */
const person = (prefix = '+628123'): string => `${prefix}${String(5_000_000 + ++people)}`;
const STARTED = { __typename: 'Verification', status: 'PENDING' };
const tooMany = (field: string | null, retryAt: Date): object => ({
  ...{ __typename: 'Problem', code: 'TOO_MANY_REQUESTS', field, retryAt: retryAt.toISOString() },
  message: expect.stringMatching(/retryAt\.$/),
});

/** How many starts the limits have refused, by what is counted. */
async function refusals(limit: string): Promise<number> {
  const text = await (await fetch(`${world.gateway.url}/metrics`)).text();
  const line = new RegExp(`^kurir_verifications_limited_total\\{limit="${limit}"\\} (\\d+)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
}

describe('a number', () => {
  it('is started five times an hour, however it is written; what is refused leaves nothing and is not counted', async () => {
    const shop = await openShop();
    const phone = person();
    const refusedBefore = await refusals('phone');
    const retryAt = later(clock.now(), HOUR);
    for (let start = 1; start <= 5; start++) {
      expect(await shop.start(phone)).toMatchObject(STARTED);
      clock.advance(MINUTE);
    }
    await world.quiet();
    const before = await world.counts(...TABLES);
    for (const written of [phone, phone.replace('+62', '0'), phone.replace('+62', '62')])
      expect(await shop.start(written, { idempotencyKey: written })).toMatchObject(tooMany('phone', retryAt));
    await world.quiet();
    expect(await world.counts(...TABLES)).toEqual(before);
    expect(codesSentTo(world, phone)).toHaveLength(5);
    expect(await refusals('phone')).toBe(refusedBefore + 3);
    expect(await shop.start(person())).toMatchObject(STARTED);
    clock.set(retryAt);
    expect(await shop.start(phone, { idempotencyKey: phone })).toMatchObject(STARTED);
  });

  it('that is started again under its key gets the answer of the first time, also past the limit', async () => {
    const shop = await openShop();
    const phone = person();
    const first = await shop.start(phone, { idempotencyKey: 'once' });
    for (let start = 2; start <= 5; start++) await shop.start(phone);
    expect(await shop.start(phone)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(await shop.start(phone, { idempotencyKey: 'once' })).toMatchObject({ ...STARTED, id: first.id });
  });

  it('is counted over all gateways, also where many start at once', async () => {
    const shop = await openShop();
    const phone = person();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? shop.start(phone) : shop.startBeside(phone))),
    );
    const codes = answers.map(({ __typename, code }) => code ?? __typename);
    expect(codes.filter((code) => code === 'Verification')).toHaveLength(5);
    expect(codes.filter((code) => code === 'TOO_MANY_REQUESTS')).toHaveLength(15);
    await world.quiet();
    expect(codesSentTo(world, phone)).toHaveLength(5);
  });

  it('is counted in each project by itself', async () => {
    const [shop, other] = [await openShop(), await openShop()];
    const phone = person();
    for (let start = 1; start <= 5; start++) await shop.start(phone);
    expect(await shop.start(phone)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(await other.start(phone)).toMatchObject(STARTED);
  });
});

describe('a limit', () => {
  it.each<[string, number, (shop: Shop) => Partial<Crowd['same']>, string | null]>([
    ['for numbers that begin alike', 100, () => ({ prefix: '+628124' }), 'phone'],
    ['for a person’s address', 200, () => ({ endUserAddress: '2001:db8:1:2::/64' }), 'endUserIp'],
    ['for an API key', 600, ({ key }) => ({ apiKeyId: uuidOf('key', key)! }), null],
    ['for a project', 3_000, () => ({}), null],
  ])('%s is met at %i an hour', async (_what, count, same, field) => {
    const shop = await openShop();
    const start = (): Promise<any> => shop.start(person('+628124'), { endUserIp: '2001:db8:1:2::7' });
    const first = clock.now();
    await shop.started({ count: count - 1, same: same(shop) });
    clock.advance(MINUTE);
    expect(await start()).toMatchObject(STARTED);
    expect(await start()).toMatchObject(tooMany(field, later(first, HOUR)));
    clock.set(later(first, HOUR));
    expect(await start()).toMatchObject(STARTED);
  });

  it('for one API key leaves the other keys of the project alone', async () => {
    const shop = await openShop();
    await shop.started({ count: 600, same: { apiKeyId: uuidOf('key', shop.key)! } });
    expect(await shop.start(person())).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    const { secret } = await makeKey(world.call, ['SEND'], { projectId: shop.projectId });
    const another = verificationHands(handsOf(graphql(world.gateway.url, secret)).ask);
    expect(await another.start({ phone: person(), method: 'CODE' })).toMatchObject(STARTED);
  });
});

describe('numbers that begin alike, of which hardly any is proved', () => {
  const PREFIX = '+628125';
  const blocked = async ({ ask }: Shop): Promise<any[]> =>
    (await ask('{ viewer { project { blockedPrefixes { prefix started verified blockedAt until } } } }')).viewer.project
      .blockedPrefixes;
  /** Starts thirty, and proves so many of them. */
  const thirty = async (shop: Shop, proved: number): Promise<void> => {
    const phones = Array.from({ length: 30 }, () => person(PREFIX));
    const started = await Promise.all(phones.map((phone) => shop.start(phone)));
    await world.quiet();
    for (const [index, phone] of phones.slice(0, proved).entries())
      expect(await shop.check(started[index].id, codesSentTo(world, phone)[0]!)).toMatchObject({ status: 'VERIFIED' });
  };

  it('are blocked for an hour, which the project shows; others and other projects are not', async () => {
    const [shop, other] = [await openShop(), await openShop()];
    const refusedBefore = await refusals('collapse');
    await thirty(shop, 2);
    expect(await blocked(shop)).toEqual([]);
    clock.advance(MINUTE);
    const [blockedAt, until] = [clock.now(), later(clock.now(), HOUR)];
    for (let start = 1; start <= 2; start++) {
      expect(await shop.start(person(PREFIX))).toMatchObject(tooMany('phone', until));
      clock.advance(MINUTE);
    }
    const shown = { blockedAt: blockedAt.toISOString(), until: until.toISOString() };
    expect(await blocked(shop)).toEqual([{ prefix: PREFIX, started: 30, verified: 2, ...shown }]);
    expect(await refusals('collapse')).toBe(refusedBefore + 2);
    expect(await shop.start(person('+628126'))).toMatchObject(STARTED);
    expect(await blocked(other)).toEqual([]);
    expect(await other.start(person(PREFIX))).toMatchObject(STARTED);
    clock.set(until);
    expect(await blocked(shop)).toEqual([]);
    expect(await shop.start(person(PREFIX))).toMatchObject(STARTED);
  });

  it('are not blocked where a tenth of them is proved', async () => {
    const shop = await openShop();
    await thirty(shop, 3);
    expect(await shop.start(person(PREFIX))).toMatchObject(STARTED);
    expect(await blocked(shop)).toEqual([]);
  });

  it('are named in the log by how they begin, and no number is', async () => {
    const shop = await openShop();
    await shop.started({ count: 30, verified: 0, same: { prefix: PREFIX } });
    const phone = person(PREFIX);
    expect(await shop.start(phone)).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    // Of the process that holds both gateways.
    const lines = [...world.gateway.lines, ...beside.lines];
    expect(lines.find((line) => line.includes(shop.projectUuid))).toMatch(/"prefix":"\+628125".*is blocked/);
    expect(lines.join('\n')).not.toContain(phone.slice(1));
  });
});
