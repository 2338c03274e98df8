import { describe, expect, it } from 'vitest';
import { NOON } from '../../../test/support/messages.js';
import {
  ANI,
  around,
  cabang,
  heard,
  type Kinds,
  KINDS,
  orderPaid,
  plan,
  problemOf,
  refused,
  registration,
  send,
  template,
  TEXT,
  toko,
  uuid,
} from '../../../test/support/surroundings.js';
import { DAY, HOUR, later } from '../../common/clock.js';
import { type Conversation } from '../inbound/conversations.service.js';
import { type Send } from './send-input.js';
import { type Surroundings } from './send-planner.js';

describe('the 24-hour window', () => {
  const text = send({ content: TEXT });
  const where = (...conversations: Conversation[]): Surroundings =>
    around({ accounts: [toko, cabang], kinds: KINDS, conversations });

  it('that is open lets a text go', () => {
    expect(plan(text, where(heard(toko, 23), heard(cabang, 1))).account.id).toBe(toko.id);
  });

  it('that is closed at the first account of the route sends it through the second, where it is open', () => {
    expect(plan(text, where(heard(toko, 25), heard(cabang, 23))).account.id).toBe(cabang.id);
  });

  it('that is closed everywhere is SESSION_WINDOW_CLOSED, with the time at which the last one closed', () => {
    expect(problemOf(text, where(heard(toko, 30), heard(cabang, 26)))).toMatchObject({
      code: 'SESSION_WINDOW_CLOSED',
      field: 'content.text',
      retryAt: later(NOON, -2 * HOUR),
    });
  });

  it('is closed where the person was never heard and others are', () => {
    const others = { person: '+6281200000000' };
    expect(problemOf(text, where(heard(toko, 1, others), heard(cabang, 1, others)))).toMatchObject({
      code: 'SESSION_WINDOW_CLOSED',
      retryAt: null,
    });
  });

  it('is not known to be closed where nobody was heard', () => {
    expect(plan(text, where())).toBeDefined();
  });

  it('is not judged at an account that passes nothing on', () => {
    const deaf: Kinds = (one) => ({ ...KINDS(one), hears: false });
    const place = { accounts: [toko], kinds: deaf, conversations: [heard(toko, 100)] };
    expect(plan(text, around(place))).toBeDefined();
  });

  it('stops no template', () => {
    const templates = [template({}, [registration(21)])];
    expect(plan(send(), { ...where(heard(toko, 100)), templates })).toBeDefined();
  });

  it('stops media and questions as well', () => {
    const file = { type: 'IMAGE', url: 'https://shop.example/a.jpg', mediaId: null, filename: null } as const;
    const contents: Send['content'][] = [
      { kind: 'media', file, caption: null },
      { kind: 'interactive', text: 'Mana?', buttons: [{ id: 'a', title: 'Ya' }], list: null },
    ];
    for (const content of contents) {
      expect(refused(send({ content }), where(heard(toko, 25), heard(cabang, 25)))).toEqual({
        code: 'SESSION_WINDOW_CLOSED',
        field: `content.${content.kind}`,
      });
    }
  });
});

describe('a person without a number', () => {
  const known = heard(toko, 1, { person: 'ID.77', recipientId: 'ID.77' });
  const where = (...conversations: Conversation[]): Surroundings =>
    around({
      accounts: [toko, cabang],
      kinds: KINDS,
      conversations,
      templates: [template({}, [registration(21), registration(22)])],
    });
  const toId = (over: Partial<Send> = {}): Send => send({ to: 'ID.77', accountId: toko.id, content: TEXT, ...over });

  it('who wrote is answered by the provider’s id', () => {
    expect(plan(toId(), where(known))).toMatchObject({ person: 'ID.77', recipientId: 'ID.77' });
    expect(plan(send({ to: 'ID.77', accountId: toko.id }), where(known))).toMatchObject({ person: 'ID.77' });
  });

  it('whose number is known by now is written to by number', () => {
    expect(plan(toId(), where(heard(toko, 1, { recipientId: 'ID.77' })))).toMatchObject({
      person: ANI,
      recipientId: 'ID.77',
    });
  });

  it.each([
    ['a text', TEXT],
    ['a template', orderPaid()],
  ])('who never wrote to that account is nobody to send %s to, though others wrote', (_what, content) => {
    const unknown = { code: 'INVALID_PHONE_NUMBER', field: 'to' };
    const others = heard(toko, 1, { person: '+6281200000000' });
    expect(refused(toId({ content }), where(others))).toEqual(unknown);
    expect(refused(toId({ content, accountId: cabang.id }), where(known, others))).toEqual(unknown);
  });

  it('has a window like anybody', () => {
    expect(refused(toId(), where({ ...known, heardAt: later(NOON, -DAY - 1) }))).toEqual({
      code: 'SESSION_WINDOW_CLOSED',
      field: 'content.text',
    });
  });

  it('who opted out is not written to, by whichever name they did', () => {
    const optedOut = { code: 'RECIPIENT_OPTED_OUT', field: 'to' };
    const both = where(heard(toko, 1, { recipientId: 'ID.77' }));
    for (const name of [ANI, 'ID.77']) {
      const optOuts = new Map([[name, 'ALL' as const]]);
      expect(refused(toId(), { ...both, optOuts })).toEqual(optedOut);
      expect(refused(toId({ to: ANI }), { ...both, optOuts })).toEqual(optedOut);
    }
    expect(refused(toId(), { ...where(known), optOuts: new Map([['ID.77', 'ALL']]) })).toEqual(optedOut);
  });
});

describe('an answer', () => {
  const where = around({
    accounts: [toko, cabang],
    kinds: KINDS,
    conversations: [heard(toko, 2), heard(cabang, 1)],
    quoted: new Map([[uuid(5), { accountId: cabang.id }]]),
  });

  it('goes through the account that heard what it answers', () => {
    expect(plan(send({ content: TEXT, replyTo: uuid(5) }), where).account.id).toBe(cabang.id);
  });

  it('goes through the account that is named all the same', () => {
    const one = send({ content: TEXT, replyTo: uuid(5), accountId: toko.id });
    expect(plan(one, where).account.id).toBe(toko.id);
  });

  it('to a message that does not exist is NOT_FOUND', () => {
    for (const replyTo of [uuid(6), ''])
      expect(refused(send({ content: TEXT, replyTo }), where)).toEqual({ code: 'NOT_FOUND', field: 'replyTo' });
  });
});
