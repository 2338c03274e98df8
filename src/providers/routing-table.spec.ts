import { expect, it } from 'vitest';
import { type ProviderAccountEntity } from './provider-account.entity.js';
import { type Abilities, RoutingTable } from './routing.service.js';

const account = (id: string, over: Partial<ProviderAccountEntity> = {}): ProviderAccountEntity =>
  ({ id, kind: 'DOKU', enabled: true, ...over }) as ProviderAccountEntity;

/** Accounts of DOKU can do all that is asked, others nothing. */
const abilities: Abilities = {
  can: ({ kind }) => kind === 'DOKU',
  messaging: () => undefined,
  providersWith: () => ['DOKU'],
  providersCarrying: () => [],
};

const table = (accounts: readonly ProviderAccountEntity[], route?: readonly string[]): RoutingTable =>
  new RoutingTable(accounts, new Map(route ? [['TEMPLATE', route]] : []), abilities);

const ids = (accounts: readonly ProviderAccountEntity[]): string[] => accounts.map(({ id }) => id);

it('without a route lists all enabled accounts that have the capability, oldest first', () => {
  const accounts = [account('a'), account('b', { enabled: false }), account('c', { kind: 'WAPPIN' }), account('d')];
  expect(ids(table(accounts).listed('TEMPLATE'))).toEqual(['a', 'd']);
});

it('with a route lists its accounts in its order, the held ones too', () => {
  const accounts = [account('a'), account('b', { enabled: false }), account('c')];
  expect(ids(table(accounts, ['c', 'b']).listed('TEMPLATE'))).toEqual(['c', 'b']);
});

it('tries the ones that are not held', () => {
  const accounts = [account('a'), account('b', { enabled: false }), account('c')];
  expect(ids(table(accounts, ['c', 'b']).tried('TEMPLATE'))).toEqual(['c']);
});

it('leaves out what is on a route and no longer lives', () => {
  expect(ids(table([account('a')], ['gone', 'a']).listed('TEMPLATE'))).toEqual(['a']);
});

it('has a route for each capability of its own', () => {
  expect(ids(table([account('a'), account('b')], ['b']).listed('DELIVERY_REPORTS'))).toEqual(['a', 'b']);
});
