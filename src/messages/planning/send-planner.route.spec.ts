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
  plan,
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
import { type ProviderAccount } from '../../providers/accounts.service.js';

describe('the account that is chosen', () => {
  const at = (...health: ProviderAccount['health'][]): Place => ({
    accounts: health.map((one, index) => account(11 + index, { health: one })),
    templates: [
      template(
        {},
        health.map((_one, index) => registration(11 + index)),
      ),
    ],
  });
  const chosen = (...health: ProviderAccount['health'][]): string => plan(send(), around(at(...health))).account.id;

  it.each([
    [['UNKNOWN', 'HEALTHY'], 11],
    [['DEGRADED', 'HEALTHY'], 12],
    [['FAILING', 'UNKNOWN'], 12],
    [['FAILING', 'DEGRADED'], 12],
    [['FAILING', 'DEGRADED', 'HEALTHY'], 13],
    [['FAILING', 'FAILING'], 11],
    [['DEGRADED', 'DEGRADED'], 11],
  ] as const)('is the first that works, else the first that pauses, else the first: %j', (health, number) => {
    expect(chosen(...health)).toBe(uuid(number));
  });

  it('that is named is taken as it is', () => {
    const where = around(at('FAILING', 'HEALTHY'));
    expect(plan(send({ accountId: uuid(11) }), where)).toMatchObject({ account: { id: uuid(11) }, route: null });
  });
});

describe('the route of a message', () => {
  it('is all accounts that can take it, in the order of the project’s, those that do not work too', () => {
    const accounts = [account(11), account(12, { health: 'FAILING' }), account(13), account(14, { enabled: false })];
    const registrations = [11, 12, 14].map((number) => registration(number));
    const where = around({ accounts, templates: [template({}, registrations)], route: [12, 13, 14, 11] });
    expect(plan(send(), where)).toMatchObject({ account: { id: uuid(11) }, route: [uuid(12), uuid(11)] });
  });

  it('is none where only one can take it', () => {
    const where = around({ templates: [template({}, [registration(12)])] });
    expect(plan(send(), where)).toMatchObject({ account: { id: uuid(12) }, route: null });
  });

  it('leaves out where the provider would refuse a value, the window is closed, or the category is not wanted', () => {
    const registrations = [registration(11), registration(21), registration(22, { category: 'MARKETING' })];
    const place: Place = {
      accounts: [account(11), toko, cabang],
      ...{ kinds: KINDS, templates: [template({}, registrations)] },
      conversations: [heard(toko, 1), heard(cabang, 25)],
    };
    const twoLines = send({ content: orderPaid({ params: ['Budi', 'A-1\nB-2'] }) });
    expect(plan(twoLines, around(place))).toMatchObject({ account: { id: uuid(11) }, route: null });
    const optOuts = new Map([[ANI, 'MARKETING' as const]]);
    expect(plan(send(), around({ ...place, optOuts })).route).toEqual([uuid(11), toko.id]);
    expect(plan(send({ content: TEXT }), around(place))).toMatchObject({ account: toko, route: null });
  });

  it('with nobody left answers what is in the way where the accounts came furthest', () => {
    const registrations = [registration(11, { status: 'PAUSED' }), registration(21)];
    const where = around({ accounts: [account(11), toko], kinds: KINDS, templates: [template({}, registrations)] });
    expect(refused(send({ content: orderPaid({ params: ['a', 'b\nc'] }) }), where)).toEqual({
      code: 'INVALID_INPUT',
      field: 'content.template.params.1',
    });
  });
});

describe('quiet hours', () => {
  /** 19:00 in Jakarta. */
  const now = NOON;
  const quiet = { from: '08:00', to: '18:00' };
  /** 08:00 there. */
  const morning = later(now, 13 * HOUR);
  const where = (category: 'MARKETING' | 'UTILITY', atAccount: 'MARKETING' | 'UTILITY' = category) =>
    around({ quiet, templates: [template({ category }, [registration(11, { category: atAccount })])] });

  it('hold a MARKETING template until the morning of the recipient', () => {
    expect(plan(send(), where('MARKETING')).notBefore).toEqual(morning);
  });

  it('go by the category that the template has at the account', () => {
    expect(plan(send(), where('UTILITY', 'MARKETING')).notBefore).toEqual(morning);
    expect(plan(send(), where('MARKETING', 'UTILITY')).notBefore).toBeNull();
  });

  it('look at the time for which it is scheduled', () => {
    expect(plan(send({ scheduledAt: later(now, 14 * HOUR) }), where('MARKETING')).notBefore).toBeNull();
    const nextNight = later(now, 24 * HOUR);
    expect(plan(send({ scheduledAt: nextNight }), where('MARKETING')).notBefore).toEqual(later(morning, 24 * HOUR));
    expect(plan(send({ scheduledAt: later(now, -24 * HOUR) }), where('MARKETING')).notBefore).toEqual(morning);
  });

  it('hold nothing else, and nothing where there are none', () => {
    expect(plan(send(), where('UTILITY')).notBefore).toBeNull();
    expect(plan(send(), { ...where('MARKETING'), quiet: null }).notBefore).toBeNull();
  });
});
