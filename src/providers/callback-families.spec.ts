import { describe, expect, it } from 'vitest';
import { account, uuid } from '../../test/support/surroundings.js';
import { type AccountStore } from './account-store.js';
import { type ProviderAccount } from './accounts.service.js';
import { CallbackFamilies, type Family } from './callback-families.js';
import { type ProviderPool } from './provider-pool.js';

interface Known {
  readonly secret?: string;
  readonly number?: string;
  readonly owner?: string;
}

/** The family of the first account, where accounts of one secret are one family; what is not said of an account it has not. */
async function familyOf(
  known: readonly (Known & Partial<ProviderAccount> & { readonly sealed?: true })[],
  batch = 1,
): Promise<Family> {
  const rows = known.map(({ kind = 'META', projectId = uuid(1) }, index) => account(11 + index, { kind, projectId }));
  const pool = {
    of: ({ id }: ProviderAccount) => {
      const one = known[rows.findIndex((row) => row.id === id)];
      if (one?.sealed) throw new Error('sealed with another key');
      return {
        callbacks: { family: one?.secret ?? null, mailbox: one?.number ?? null },
        ...(one?.owner && { templates: { owner: one.owner } }),
      };
    },
    definition: () => ({ limits: { maxBatchSize: batch } }),
  } as unknown as ProviderPool;
  const store = {
    byIds: async (ids: readonly string[]) =>
      new Map(rows.filter(({ id }) => ids.includes(id)).map((row) => [row.id, row])),
    ofProject: async (projectId: string) => rows.filter((row) => row.projectId === projectId),
  } as unknown as AccountStore;
  const family = await new CallbackFamilies(store, pool).of(uuid(11));
  if (!family) throw new Error('There is no such account.');
  return family;
}

const names = (accounts: readonly ProviderAccount[]): string[] => accounts.map(({ name }) => name);

describe('the family of an account', () => {
  it('are the accounts of its project and kind that hold the same secret', async () => {
    const family = await familyOf([
      { secret: 's', number: '1' },
      { secret: 's', number: '2' },
      { secret: 'other', number: '3' },
      { secret: 's', number: '4', kind: 'EXOTEL' },
      { secret: 's', number: '5', projectId: uuid(2) },
    ]);
    expect(names(family.accountsFor(null))).toEqual(['account 11', 'account 12']);
    expect(family.receiver.name).toBe('account 11');
  });

  it('is the account alone where each has an address of its own', async () => {
    const family = await familyOf([{}, {}]);
    expect(names(family.accountsFor(null))).toEqual(['account 11']);
  });

  it('is without an account whose secrets cannot be opened, and such a one is alone', async () => {
    expect(names((await familyOf([{ secret: 's' }, { secret: 's', sealed: true }])).accountsFor(null))).toEqual([
      'account 11',
    ]);
    const sealed = await familyOf([{ secret: 's', sealed: true }, { secret: 's' }]);
    expect(names(sealed.accountsFor(null))).toEqual(['account 11']);
  });

  it('is none where there is no such account', async () => {
    const store = { byIds: async () => new Map() } as unknown as AccountStore;
    expect(await new CallbackFamilies(store, {} as ProviderPool).of(uuid(99))).toBeNull();
  });

  it('sends batches where its provider takes more than one message in a request', async () => {
    expect((await familyOf([{}], 1)).ways.sendsBatches).toBe(false);
    expect((await familyOf([{}], 100)).ways.sendsBatches).toBe(true);
  });
});

describe('of a family', () => {
  const both = [
    { secret: 's', number: '1', owner: 'w1' },
    { secret: 's', number: '2', owner: 'w2' },
    { secret: 's', number: '3', owner: 'w2' },
  ];

  it('the account is meant whose mailbox is named', async () => {
    const family = await familyOf(both);
    expect(names(family.accountsFor('2'))).toEqual(['account 12']);
    expect(family.accountFor('2')?.name).toBe('account 12');
  });

  it('none is meant where the mailbox is nobody’s', async () => {
    const family = await familyOf(both);
    expect(family.accountsFor('9')).toEqual([]);
    expect(family.accountFor('9')).toBeNull();
  });

  it('what names no mailbox was written to the account at whose address it came', async () => {
    expect((await familyOf(both)).accountFor(null)?.name).toBe('account 11');
  });

  it('the account at whose address it came is meant where it does not know its own mailbox', async () => {
    const family = await familyOf([{ secret: 's' }, { secret: 's', number: '2' }]);
    expect(names(family.accountsFor('9'))).toEqual(['account 11']);
    expect(names(family.accountsFor('2'))).toEqual(['account 12']);
    // Another one that does not know its own is not.
    const other = await familyOf([{ secret: 's', number: '1' }, { secret: 's' }]);
    expect(other.accountsFor('9')).toEqual([]);
  });

  it('the accounts share a template that have the same owner there', async () => {
    const family = await familyOf(both);
    expect(names(family.withTemplatesOf('w2'))).toEqual(['account 12', 'account 13']);
    expect(family.withTemplatesOf('w9')).toEqual([]);
  });
});
