import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later } from '../../common/clock.js';
import { type Conversation, Windows } from './conversations.service.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const ANI = '+6287823678023';
const BUDI = '+6281200000000';
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

const account = (id = 'a', createdAt = LONG_AGO): { id: string; createdAt: Date } => ({ id, createdAt });
const heard = (heardAt: Date, over: Partial<Conversation> = {}): Conversation => ({
  ...{ accountId: 'a', person: ANI, recipientId: null, heardAt },
  ...over,
});

/** As the service reads them: `others` is when the account last heard from anybody. */
const windows = (conversations: readonly Conversation[], others: Date | null = null): Windows =>
  new Windows(conversations, new Map(others ? [['a', others]] : []));

describe('the window of a person who wrote', () => {
  it('is open for 24 hours, to the millisecond, and tells when it closed', () => {
    expect(windows([heard(later(NOW, -DAY))]).closed(account(), ANI, NOW)).toBeNull();
    expect(windows([heard(later(NOW, -DAY - 1))]).closed(account(), ANI, NOW)).toEqual({ since: later(NOW, -1) });
  });

  it('is closed exactly when their last message there is older than a day, whatever else is known', () => {
    const time = fc.integer({ min: -3 * DAY, max: HOUR }).map((ms) => later(NOW, ms));
    fc.assert(
      fc.property(time, fc.option(time), time, (at, others, createdAt) => {
        const closed = windows([heard(at)], others).closed(account('a', createdAt), ANI, NOW);
        expect(closed).toEqual(at < later(NOW, -DAY) ? { since: later(at, DAY) } : null);
      }),
    );
  });

  it('is the window at that account alone', () => {
    const both = windows([heard(later(NOW, -2 * DAY)), heard(later(NOW, -HOUR), { accountId: 'b' })]);
    expect(both.closed(account('a'), ANI, NOW)).not.toBeNull();
    expect(both.closed(account('b'), ANI, NOW)).toBeNull();
  });

  it('is found by number and by the provider’s own id', () => {
    const known = windows([heard(later(NOW, -2 * DAY), { recipientId: 'ID.77' })]);
    expect(known.find('a', 'ID.77')).toBe(known.find('a', ANI));
    expect(known.closed(account(), 'ID.77', NOW)).toEqual({ since: later(NOW, -DAY) });
    expect(known.find('b', ANI)).toBeUndefined();
  });

  it('counts the latest of their messages, where some came with the number and some without', () => {
    const before = heard(later(NOW, -2 * DAY), { person: 'ID.77', recipientId: 'ID.77' });
    const now = heard(later(NOW, -HOUR), { recipientId: 'ID.77' });
    for (const order of [
      [before, now],
      [now, before],
    ])
      expect(windows(order).closed(account(), 'ID.77', NOW)).toBeNull();
  });
});

describe('the window of a person who never wrote', () => {
  it('is closed where the account hears others and has been there for more than a day', () => {
    expect(windows([], later(NOW, -HOUR)).closed(account(), ANI, NOW)).toEqual({ since: null });
  });

  it.each([
    ['the account never heard anybody', null, LONG_AGO],
    ['the account heard nobody for a day: its callbacks may not come', later(NOW, -DAY - 1), LONG_AGO],
    ['the account was connected within the day: they may have written before', later(NOW, -HOUR), later(NOW, -DAY)],
  ])('is not known to be closed where %s', (_why, others, createdAt) => {
    expect(windows([], others).closed(account('a', createdAt), ANI, NOW)).toBeNull();
  });

  it('is closed exactly under those three conditions', () => {
    const time = fc.integer({ min: -3 * DAY, max: 0 }).map((ms) => later(NOW, ms));
    fc.assert(
      fc.property(fc.option(time), time, (others, createdAt) => {
        const closed = windows([], others).closed(account('a', createdAt), ANI, NOW);
        const silent = others !== null && others >= later(NOW, -DAY) && createdAt < later(NOW, -DAY);
        expect(closed).toEqual(silent ? { since: null } : null);
      }),
    );
  });

  it('has nothing to do with what another account hears', () => {
    const others = windows([heard(later(NOW, -HOUR), { accountId: 'b', person: BUDI })]);
    expect(others.closed(account('a'), ANI, NOW)).toBeNull();
  });
});

it('the names of the persons are all by which they may have opted out', () => {
  const known = windows([heard(NOW, { recipientId: 'ID.77' }), heard(NOW, { person: BUDI })]);
  expect(known.names).toEqual([ANI, 'ID.77', BUDI]);
});
