import { describe, expect, it } from 'vitest';
import { Ledger, type LedgerMessage } from './ledger.js';
import { SlidingWindow } from './sliding-window.js';

const message = (messageId: string, params: string[], account = '0009'): LedgerMessage => ({
  kind: 'WAPPIN',
  account,
  recipient: '6289600010002',
  type: 'template',
  template: 'templ_uat_2',
  params,
  requestId: null,
  at: new Date(0),
  messageId,
  repeats: 0,
  events: [],
});
const accept = (ledger: Ledger, one: LedgerMessage): void =>
  ledger.accept(one, Ledger.keyOf(one.recipient, one.template ?? '', one.params));

describe('the ledger', () => {
  it('counts a message that went out three times as two doubles, and those of another client not at all', () => {
    const ledger = new Ledger(10);
    for (const id of ['a', 'b', 'c']) accept(ledger, message(id, ['1', '2']));
    accept(ledger, message('d', ['1', '3']));
    accept(ledger, message('e', ['1', '2'], '0015'));
    expect(ledger.counts().doubles).toBe(2);
    expect(ledger.counts({ clientId: '0015' }).doubles).toBe(0);
  });

  it('does not take ["a,b"] for ["a", "b"]', () => {
    expect(Ledger.keyOf('1', 't', ['a,b'])).not.toBe(Ledger.keyOf('1', 't', ['a', 'b']));
  });

  it('keeps the newest messages, and forgets the others altogether', () => {
    const ledger = new Ledger(2);
    for (const id of ['a', 'b', 'c']) accept(ledger, message(id, [id]));
    expect(ledger.messages().map(({ messageId }) => messageId)).toEqual(['c', 'b']);
    expect(ledger.message('a')).toBeUndefined();
    accept(ledger, message('d', ['a']));
    expect(ledger.counts().doubles).toBe(0);
  });

  it('counts each message of a request, those that went out and those that were refused', () => {
    const ledger = new Ledger(10);
    for (const id of ['a', 'b']) accept(ledger, message(id, [id]));
    const call = { at: new Date(0), kind: 'WAPPIN', account: '0009', path: '/', httpStatus: 202 } as const;
    ledger.record({ ...call, outcome: 'accepted', refused: ['400', '429', '400'] });
    ledger.record({ ...call, outcome: '401' });
    expect(ledger.counts()).toMatchObject({
      ...{ requests: 2, accepted: 2, refused: { '400': 2, '401': 1, '429': 1 }, maxPerMinute: 2 },
    });
  });

  it('finds messages by recipient and id', () => {
    const ledger = new Ledger(10);
    accept(ledger, message('a', ['1']));
    expect(ledger.messages({ recipient: '6289600010002', messageId: 'a' })).toHaveLength(1);
    expect(ledger.messages({ recipient: '6289600010003' })).toHaveLength(0);
  });

  it('starts from nothing after a reset', () => {
    const ledger = new Ledger(10);
    accept(ledger, message('a', ['1']));
    ledger.reset();
    accept(ledger, message('b', ['1']));
    expect(ledger.counts().doubles).toBe(0);
    expect(ledger.messages()).toHaveLength(1);
  });
});

describe('a sliding window', () => {
  it('leaves out what is exactly as old as it is long', () => {
    const window = new SlidingWindow(60_000);
    window.add(0);
    expect(window.count(59_999)).toBe(1);
    expect(window.count(60_000)).toBe(0);
  });

  it('finds the fullest minute wherever it begins', () => {
    const window = new SlidingWindow(60_000);
    for (const at of [0, 50_000, 59_000, 61_000, 70_000, 109_999, 200_000]) window.add(at);
    expect(window.max).toBe(5);
  });

  it('stays right over many thousands', () => {
    const window = new SlidingWindow(60_000);
    for (let at = 0; at < 600_000; at += 10) window.add(at);
    expect(window.max).toBe(6_000);
    expect(window.count(600_000)).toBe(5_999);
  });
});
