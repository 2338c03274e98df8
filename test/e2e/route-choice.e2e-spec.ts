import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  connectWappin,
  DOKU_CREDENTIALS,
  person,
  registerTemplate,
  startWorld,
  UNLIMITED,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let world: World;
/** At DOKU, at Wappin, and at a second account of Wappin’s; the template is approved at each. */
let accounts: string[];
beforeAll(async () => {
  world = await startWorld({ clock, doku: { requestsPerMinute: UNLIMITED }, callbackPlan: { statuses: [] } });
  const { id: second } = await connectWappin(world.call, world.simulator.url, { name: 'Wappin dua' });
  accounts = [world.doku.id, world.wappin.id, second];
  const everywhere = { name: 'everywhere', body: 'Halo {{1}}, jadwal Anda {{2}}.' };
  const id = await addTemplate(world.call, { ...everywhere, account: world.doku, externalId: 'TMP-240223-07652' });
  for (const accountId of accounts.slice(1))
    await registerTemplate(world.call, { id, accountId, externalId: 'templ_uat_2' });
});
afterAll(() => world.close());

let people = 0;
const content = (name = 'everywhere'): Record<string, unknown> => ({ template: { name, params: ['Siti', '1 Maret'] } });
const sent = (more: Record<string, unknown> = {}): Promise<any> =>
  world.send({ to: person(++people), content: content(), ...more });
const through = async (more: Record<string, unknown> = {}): Promise<number> =>
  accounts.indexOf((await sent(more)).account?.id);
/** The route that was stored with the message, as places of the accounts above. */
const routeOf = async (more: Record<string, unknown> = {}): Promise<number[] | null> => {
  const { id } = await sent(more);
  const [row] = await world.rows('select route from messages where id = $1', [id.slice('msg_'.length)]);
  return row.route?.map((uuid: string) => accounts.indexOf(`acc_${uuid.replaceAll('-', '')}`)) ?? null;
};
const setRoute = (...places: number[]): Promise<unknown> =>
  world.ask(
    'mutation ($accountIds: [ID!]!) { setRoute(capability: TEMPLATE, accountIds: $accountIds) { __typename } }',
    { accountIds: places.map((place) => accounts[place]) },
  );
const change = (place: number, input: Record<string, unknown>): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $input: ProviderAccountPatch!) { updateProviderAccount(id: $id, input: $input) { __typename } }',
    { id: accounts[place], input },
  );
const health = async (place: number): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: accounts[place] })).providerAccount
    .health;

describe('a message', () => {
  it('keeps all accounts that may take it, in the order of the route', async () => {
    expect(await routeOf()).toEqual([0, 1, 2]);
    await setRoute(2, 0);
    expect(await routeOf()).toEqual([2, 0]);
    await setRoute();
  });

  it('keeps none where the account was named, or is the only one', async () => {
    expect(await routeOf({ accountId: accounts[1] })).toBeNull();
    expect(await routeOf({ content: content(WAPPIN_TEMPLATE) })).toBeNull();
  });

  it('leaves out an account that is held, until that is let go', async () => {
    await change(0, { enabled: false });
    expect(await routeOf()).toEqual([1, 2]);
    expect(await through({ accountId: accounts[0] })).toBe(0);
    await change(0, { enabled: true });
    expect(await through()).toBe(0);
  });

  it('goes past an account that stopped, which stays on its route, and through it again when it is mended', async () => {
    world.simulator.configure({
      accounts: [{ kind: 'DOKU', clientId: DOKU_CREDENTIALS.clientId, secretKey: 'SK-Other' }],
    });
    await sent({ accountId: accounts[0] });
    await world.quiet();
    expect(await health(0)).toBe('FAILING');
    expect(await through()).toBe(1);
    expect(await routeOf()).toEqual([0, 1, 2]);
    await setRoute(0);
    expect(await through()).toBe(0);
    await setRoute();
    await change(0, { credentials: { secretKey: 'SK-Other' } });
    expect(await through()).toBe(0);
  });
});
