import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../src/common/clock.js';
import { type LedgerCall } from '../../src/simulator/ledger.js';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { connectDoku, connectWappin, magic, person, PROBLEM, startWorld, type World } from '../support/world.js';

const CHECK = `mutation ($phone: String!, $accountId: ID) {
  checkNumber(phone: $phone, accountId: $accountId) {
    __typename ... on NumberCheck { phone onWhatsApp checkedAt account { id name } } ${PROBLEM}
  }
}`;

const clock = new ManualClock();
let world: World;

beforeAll(async () => {
  world = await startWorld({ clock });
});
afterAll(() => world.close());

const check = async (phone: string, accountId?: string): Promise<any> =>
  (await world.ask(CHECK, { phone, accountId })).checkNumber;

/** What Wappin was asked of a number. */
const asked = (phone: string): LedgerCall[] =>
  world.simulator.ledger
    .calls({ kind: 'WAPPIN', recipient: phone.replace('+', '') })
    .filter(({ path }) => path.includes('number-checker'));

describe('a number', () => {
  it('is on WhatsApp or not, by the word of the account on the route', async () => {
    expect(await check(person(1))).toEqual({
      ...{ __typename: 'NumberCheck', phone: person(1), onWhatsApp: true, checkedAt: clock.now().toISOString() },
      account: { id: world.wappin.id, name: 'Wappin' },
    });
    expect(await check(magic('601'))).toMatchObject({ __typename: 'NumberCheck', onWhatsApp: false });
  });

  it('is one number however it is written', async () => {
    await check(person(2));
    expect(await check(person(2).replace('+62', '0'))).toMatchObject({ phone: person(2), onWhatsApp: true });
    expect(asked(person(2))).toHaveLength(1);
  });

  it('is not asked for again for 30 days when it is there, for a day when it is not', async () => {
    const [there, absent] = [person(3), magic('601')];
    const first = [await check(there), await check(absent)];
    const calls = [asked(there).length, asked(absent).length] as const;
    clock.advance(DAY - MINUTE);
    expect([await check(there), await check(absent)]).toEqual(first);
    expect([asked(there).length, asked(absent).length]).toEqual(calls);
    clock.advance(2 * MINUTE);
    expect((await check(absent)).checkedAt).toBe(clock.now().toISOString());
    clock.advance(29 * DAY - 2 * MINUTE);
    expect(await check(there)).toEqual(first[0]);
    clock.advance(2 * MINUTE);
    expect((await check(there)).checkedAt).toBe(clock.now().toISOString());
    expect(asked(there)).toHaveLength(calls[0] + 1);
  });

  it('is asked for once when twenty ask at the same time', async () => {
    const checks = await Promise.all(Array.from({ length: 20 }, () => check(person(4))));
    expect(new Set(checks.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(asked(person(4))).toHaveLength(1);
  });

  it('is asked of the account that is named, whose own word alone counts', async () => {
    await check(person(5));
    clock.advance(MINUTE);
    const second = await connectWappin(world.call, world.simulator.url, { name: 'Second' });
    expect(await check(person(5), second.id)).toMatchObject({ account: { id: second.id } });
    expect(await check(person(5), second.id)).toMatchObject({ account: { id: second.id } });
    expect(asked(person(5))).toHaveLength(2);
    await world.ask('mutation ($id: ID!) { deleteProviderAccount(id: $id) { __typename } }', { id: second.id });
    expect(await check(person(5))).toMatchObject({ account: { id: second.id } });
  });

  it('that could not be checked is asked for again', async () => {
    expect(await check(magic('503', 'once'))).toMatchObject({
      ...{ __typename: 'Problem', code: 'PROVIDER_UNAVAILABLE', provider: { retryable: true } },
    });
    expect(await check(magic('503', 'once'))).toMatchObject({ __typename: 'NumberCheck', onWhatsApp: true });
  });
});

describe('a check is refused', () => {
  it('where it is no number', async () => {
    for (const phone of ['', '12', 'abc', '+62 12 ext. 3']) {
      expect(await check(phone)).toMatchObject({ code: 'INVALID_PHONE_NUMBER', field: 'phone' });
    }
  });

  it('where the account is not there, or cannot check numbers', async () => {
    expect(await check(person(6), 'acc_nobody')).toMatchObject({ code: 'NOT_FOUND', field: 'accountId' });
    expect(await check(person(6), world.doku.id)).toMatchObject({
      ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' },
    });
    const { key } = await makeProject(world.call, ['SEND', 'ADMIN']);
    const other = graphql(world.gateway.url, key.secret);
    const { data } = await other(CHECK, { phone: person(6), accountId: world.wappin.id });
    expect(data.checkNumber).toMatchObject({ code: 'NOT_FOUND', field: 'accountId' });
    await connectDoku(other, world.simulator.url);
    expect((await other(CHECK, { phone: person(6) })).data.checkNumber).toMatchObject({ code: 'NO_ROUTE' });
    expect(asked(person(6))).toEqual([]);
  });

  it('without SEND', async () => {
    const reader = await makeKey(world.call, ['READ', 'MANAGE']);
    const { errors } = await graphql(world.gateway.url, reader.secret)(CHECK, { phone: person(7) });
    expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });
});
