import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { until } from '../support/until.js';
import { EXOTEL_CREDENTIALS, person, PROBLEM, startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, exotel: {} });
});
afterAll(() => world.close());

const requests = (): number => world.simulator.ledger.counts({ kind: 'EXOTEL' }).requests;
const hold = (enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id: world.exotel.id, enabled },
  );
const health = async (): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: world.exotel.id })).providerAccount
    .health;
/** How many of them stand where, and how many have a call under way. */
async function standing(answers: readonly { id: string }[]): Promise<Record<string, number>> {
  const rows = await world.rows(
    `select case when open_attempt is null then status else 'open' end as status, count(*)::int as count
       from messages where id = any($1) group by 1`,
    [answers.map(({ id }) => uuidOf('msg', id))],
  );
  return { open: 0, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
}

describe('a 401', () => {
  const changeToken = (apiToken: string): void =>
    world.simulator.configure({ accounts: [{ ...EXOTEL_CREDENTIALS, kind: 'EXOTEL', apiToken }] });

  it('fails those whose request got it, stops the account, and the rest waits until it is mended', async () => {
    changeToken('another');
    const before = requests();
    // All of them are there before the first leaves.
    await hold(false);
    const answers = await world.sendAll(
      Array.from({ length: 1_000 }, (_, n) => ({
        ...{ to: person(n), accountId: world.exotel.id },
        content: { text: { text: 'Halo' } },
      })),
    );
    await hold(true);
    await until(async () => (await health()) === 'FAILING');
    await until(async () => (await standing(answers))['open'] === 0);
    const { FAILED: failed = 0, QUEUED: waiting = 0 } = await standing(answers);
    // Those that were under way when the first answer came: three batches of a hundred at the most.
    expect(failed).toBe(100 * (requests() - before));
    expect(failed).toBeLessThanOrEqual(300);
    expect(failed + waiting).toBe(1_000);
    const { problem, attempts } = await world.message(answers[0].id);
    expect(problem).toMatchObject({ code: 'PROVIDER_AUTH_FAILED', provider: { code: '401', retryable: false } });
    expect(attempts).toMatchObject([{ outcome: 'REFUSED', httpStatus: 401 }]);
    expect((await world.message(answers[999].id)).attempts).toEqual([]);
    const refusedRequests = requests();
    changeToken(EXOTEL_CREDENTIALS.apiToken);
    const { testProviderAccount } = await world.ask(
      `mutation ($id: ID!) { testProviderAccount(id: $id) { __typename ... on ProviderAccount { health } ${PROBLEM} } }`,
      { id: world.exotel.id },
    );
    expect(testProviderAccount).toMatchObject({ health: 'HEALTHY' });
    await until(async () => (await standing(answers))['READ'] === waiting, 'the rest is read', 30_000);
    expect(await standing(answers)).toMatchObject({ FAILED: failed, READ: waiting });
    // The test, and full requests for those that waited.
    expect(requests()).toBe(refusedRequests + 1 + waiting / 100);
  }, 60_000);
});
