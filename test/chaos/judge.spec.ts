import { describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../../src/common/clock.js';
import { type AttemptFact, type EventFact, type Facts, type MessageFact, type SentFact } from './facts.js';
import { CHECKS, judge } from './judge.js';

const NOON = new Date('2026-03-02T12:00:00Z');
const at = (ms: number): Date => later(NOON, ms);

const DOKU = { id: 'acc_1', name: 'doku', kind: 'DOKU', key: 'BRN-1', limit: 100, repeatSafe: true } as const;
const META = { id: 'acc_2', name: 'meta', kind: 'META', key: '1065', limit: null, repeatSafe: false } as const;
const WAPPIN = { id: 'acc_3', name: 'wappin', kind: 'WAPPIN', key: '0009', limit: null, repeatSafe: false } as const;

const attempt = (over: Partial<AttemptFact> = {}): AttemptFact => ({
  ...{ id: 'att_1', number: 1, accountId: META.id, requestKey: 'key 1', outcome: 'ACCEPTED' },
  ...{ providerMessageId: 'wamid.1', startedAt: at(1_000), durationMs: 200 },
  ...over,
});
const log = (...statuses: string[]): EventFact[] =>
  statuses.map((status, index) => ({
    ...{ type: status === 'RETRIED' ? 'MESSAGE_RETRIED' : `MESSAGE_${status}`, sequence: index + 1 },
    ...{ status: status === 'RETRIED' ? 'QUEUED' : status, recordedAt: at(index * SECOND) },
  }));
const message = (over: Partial<MessageFact> = {}): MessageFact => ({
  ...{
    id: 'msg_1',
    mark: 'K00001',
    project: 'prj_1',
    status: 'READ',
    accountId: META.id,
    firstAccountId: META.id,
    priority: 1,
    person: '+62811',
  },
  ...{ marketing: false, createdAt: NOON, scheduled: false, resendUnconfirmed: false, fallbackOf: null },
  ...{ fallbackRule: null, dueAt: null, timerAt: null, attempts: [attempt()], retries: 0, resolved: false },
  events: log('QUEUED', 'SUBMITTED', 'SENT', 'DELIVERED', 'READ'),
  ...over,
});
const sent = (over: Partial<SentFact> = {}): SentFact => ({
  ...{ mark: 'K00001', account: META.key, messageId: 'wamid.1', requestId: null, at: at(1_000) },
  ...{ happened: ['sent', 'delivered', 'read'], told: ['read', 'sent', 'delivered', 'delivered'] },
  ...over,
});

/** An hour in which one message was sent, and all is well. */
const hour = (over: Partial<Facts> = {}): Facts => ({
  accounts: [
    { ...DOKU, reports: 'never', echoes: false },
    { ...META, reports: 'by callback', echoes: true },
    { ...WAPPIN, reports: 'by callback', echoes: false },
  ],
  messages: [message()],
  sent: [sent()],
  calls: [{ account: META.key, at: at(1_000), recipient: '62811' }],
  accepted: new Map([['K00001', 'msg_1']]),
  stops: [],
  marketingHours: { project: 'prj_1', from: '18:59', to: '19:30' },
  healthChanges: [],
  ...over,
});
/** The same with another message in its place. */
const of = (over: Partial<MessageFact>, ...ledger: SentFact[]): Facts =>
  hour({ messages: [message(over)], sent: ledger });
const failed = { status: 'FAILED', events: log('QUEUED', 'FAILED') };
const refused = { outcome: 'REFUSED', providerMessageId: null };
const uncertain = { outcome: 'UNCERTAIN', providerMessageId: null };
const unconfirmed = { status: 'UNCONFIRMED', events: log('QUEUED', 'UNCONFIRMED') };

/** By check, hours that it must find fault with. */
const BROKEN: Readonly<Record<keyof typeof CHECKS, Readonly<Record<string, Facts>>>> = {
  'what was accepted is there': {
    'a row is gone': hour({ messages: [], sent: [] }),
    'it is there twice': hour({ messages: [message(), message({ id: 'msg_2' })] }),
  },
  'every message is in an end state or UNCONFIRMED': {
    'one is still queued': of({ status: 'QUEUED', events: log('QUEUED'), attempts: [] }),
    'a try is open': of({ ...unconfirmed, attempts: [attempt({ ...uncertain, outcome: null })] }),
    'it is UNCONFIRMED without doubt': of({ ...unconfirmed, attempts: [attempt(refused)] }),
  },
  'nothing is lost': {
    'no provider has it': of({}),
    'another account has it': of({}, sent({ account: WAPPIN.key })),
    'it has the id of another message': of({ attempts: [attempt({ providerMessageId: 'wamid.9' })] }, sent()),
  },
  'what was not sent has not left': {
    'it failed and was sent': of({ ...failed, attempts: [attempt(refused)] }, sent()),
    'it was canceled after a try in doubt': of({
      ...{ status: 'CANCELED', events: log('QUEUED', 'CANCELED'), attempts: [attempt(uncertain)] },
    }),
  },
  'nothing is sent twice beyond what the rules allow': {
    'it is in the ledger twice': of({}, sent(), sent({ messageId: 'wamid.2' })),
    'a retry allows one more, not two': of({ retries: 1 }, sent(), sent(), sent()),
    'nobody knows of it': hour({ sent: [sent(), sent({ mark: 'K00009' })] }),
  },
  'no message is sent in another’s name': {
    'the id is of another one': hour({
      ...{ messages: [message(), message({ id: 'msg_2', mark: 'K00002', attempts: [attempt()] })] },
      sent: [sent(), sent({ mark: 'K00002', messageId: 'wamid.2' })],
    }),
  },
  'a state is what the provider told': {
    'a report was forgotten': of({ status: 'SENT', events: log('QUEUED', 'SENT') }, sent()),
    'more is said than happened': of({}, sent({ happened: ['sent'], told: ['sent'] })),
    'its failure was told': of(
      { status: 'SENT', events: log('QUEUED', 'SENT') },
      sent({ happened: ['sent', 'failed'], told: ['sent', 'failed'] }),
    ),
    'a report that echoes the try was not heeded': of({ ...unconfirmed, attempts: [attempt(uncertain)] }, sent()),
  },
  'the log is gapless, goes forward and equals the states': {
    'an event is missing': of(
      { events: log('QUEUED', 'SENT', 'READ').filter(({ sequence }) => sequence !== 2) },
      sent(),
    ),
    'it went back': of({ events: log('QUEUED', 'READ', 'DELIVERED') }, sent()),
    'it began in the middle': of({ events: log('SENT', 'READ') }, sent()),
    'the row says something else': of({ events: log('QUEUED', 'SENT') }, sent()),
    'one that was delivered was sent again': of({ events: log('QUEUED', 'DELIVERED', 'RETRIED', 'READ') }, sent()),
  },
  'the next try is made only where the rules allow one': {
    'after doubt': of({ attempts: [attempt(uncertain), attempt({ number: 2 })] }, sent()),
    'after doubt through another account': of(
      { resendUnconfirmed: true, attempts: [attempt({ ...uncertain, accountId: WAPPIN.id }), attempt({ number: 2 })] },
      sent(),
    ),
    'as another request': of({
      ...failed,
      attempts: [
        attempt({ ...uncertain, accountId: DOKU.id }),
        attempt({ ...refused, accountId: DOKU.id, number: 2, requestKey: 'key 2' }),
      ],
    }),
    'after a refusal of the same account': of({ attempts: [attempt(refused), attempt({ number: 2 })] }, sent()),
    'a number is missing': of({ attempts: [attempt({ number: 2 })] }, sent()),
  },
  'no minute holds more requests than the account’s limit': {
    '101 in a minute that begins anywhere': hour({
      calls: Array.from({ length: 101 }, (_, n) => ({ account: DOKU.key, at: at(30_123 + n * 590), recipient: null })),
    }),
  },
  'Meta’s messages to one person are six seconds apart': {
    'one came after 5.9 s': hour({
      calls: [0, 6_000, 11_900].map((ms) => ({ account: META.key, at: at(ms), recipient: '62811' })),
    }),
  },
  'messages of one priority to one person leave in their order': {
    'the second one left first': hour({
      messages: [
        message({ attempts: [attempt({ startedAt: at(5_000) })] }),
        message({ id: 'msg_2', mark: 'K00002', createdAt: at(500), attempts: [attempt({ startedAt: at(4_000) })] }),
      ],
    }),
  },
  'a fallback stands in for one that has not arrived': {
    'it left after the news': hour({
      messages: [
        message(),
        message({
          ...{ id: 'msg_2', mark: 'F00001-0', fallbackOf: 'msg_1', fallbackRule: 'NOT_DELIVERED' },
          attempts: [attempt({ startedAt: at(MINUTE) })],
        }),
      ],
    }),
    'there is no first one': of({ fallbackOf: 'msg_7', fallbackRule: 'ALWAYS' }, sent()),
  },
  'marketing messages leave in their hours': {
    'a minute too early': of({ marketing: true, attempts: [attempt({ startedAt: at(-2 * MINUTE) })] }, sent()),
    'when they are over': of({ marketing: true, attempts: [attempt({ startedAt: at(30 * MINUTE) })] }, sent()),
  },
  'who said STOP gets no marketing message': {
    'it left a minute later': hour({
      messages: [message({ marketing: true, attempts: [attempt({ startedAt: at(MINUTE) })] })],
      stops: [{ project: 'prj_1', person: '+62811', from: NOON, until: null }],
    }),
  },
};

/** Hours in which something happened, and that are well. */
const SOUND: Readonly<Record<string, Facts>> = {
  'an hour in which nothing happened': hour(),
  'one failed after its report of being sent': of(
    { status: 'FAILED', events: log('QUEUED', 'SUBMITTED', 'SENT', 'FAILED') },
    sent({ happened: ['sent', 'failed'], told: ['sent', 'failed'] }),
  ),
  'a repeat under the same Request-Id': of(
    {
      ...{ status: 'SUBMITTED', events: log('QUEUED', 'UNCONFIRMED', 'RETRIED', 'SUBMITTED'), accountId: DOKU.id },
      attempts: [
        attempt({ ...uncertain, accountId: DOKU.id }),
        attempt({ accountId: DOKU.id, number: 2, providerMessageId: 'd-1' }),
      ],
    },
    sent({ account: DOKU.key, messageId: 'd-1', happened: [], told: [] }),
  ),
  'the next account after a refusal': of(
    { attempts: [attempt({ ...refused, accountId: WAPPIN.id }), attempt({ number: 2 })] },
    sent(),
  ),
  'a person had one in doubt sent again': of(
    { retries: 1, attempts: [attempt(uncertain), attempt({ number: 2 })] },
    sent({ messageId: 'wamid.0' }),
    sent(),
  ),
  'in doubt, and nobody told of it': of(
    { ...unconfirmed, accountId: WAPPIN.id, attempts: [attempt({ ...uncertain, accountId: WAPPIN.id })] },
    sent({ account: WAPPIN.key }),
  ),
  'a hundred requests in every minute': hour({
    calls: Array.from({ length: 300 }, (_, n) => ({ account: DOKU.key, at: at(n * 600), recipient: '62811' })),
  }),
  'a marketing message before STOP': hour({
    messages: [message({ marketing: true })],
    stops: [{ project: 'prj_1', person: '+62811', from: at(MINUTE), until: null }],
  }),
};

describe('the judge of a simulated hour', () => {
  it.each(Object.entries(SOUND))('has nothing against: %s', (_what, facts) => {
    expect(judge(facts)).toEqual({});
  });

  const broken = Object.entries(BROKEN).flatMap(([check, cases]) =>
    Object.entries(cases).map(([what, facts]) => [check, what, facts] as const),
  );
  it.each(broken)('"%s" finds: %s', (check, _what, facts) => {
    expect(CHECKS[check]?.(facts).length).toBeGreaterThan(0);
  });

  it('has a broken hour for each of its checks', () => {
    expect(Object.keys(BROKEN)).toEqual(Object.keys(CHECKS));
  });
});
