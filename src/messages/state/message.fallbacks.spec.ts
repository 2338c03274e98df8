import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../common/clock.js';
import {
  ACCEPTED,
  failure,
  MessageStory,
  NOON,
  queuedMessage,
  REFUSED,
  UNCERTAIN,
} from '../../../test/support/messages.js';
import { type FallbackRule } from '../../providers/ports/messaging.js';
import { type Outcome } from '../../providers/ports/outcome.js';
import { type MessageState } from '../message-row.js';
import { type Fallback } from '../planning/send-input.js';
import { goingOn } from './message.fallbacks.js';

const instead = (rule: FallbackRule, afterMinutes: number | null = null, text: string = rule): Fallback => ({
  rule,
  afterMinutes,
  content: { kind: 'text', text },
  accountId: null,
});
const NOT_ON_WHATSAPP: Outcome = { outcome: 'refused', failure: failure('NOT_ON_WHATSAPP', '601') };

function story(
  fallbacks: readonly Fallback[],
  over: Partial<MessageState> & { inquires?: boolean } = {},
): MessageStory {
  return new MessageStory({ fallbacks, ...over });
}

/** Lets its timer ring as often as it is set within an hour; the fallbacks that were to be sent, at each time. */
function sentWithin(told: MessageStory, ms: number): [number, string[]][] {
  const end = told.now.getTime() + ms;
  const sent: [number, string[]][] = [];
  while (told.message.timerAt && told.message.timerAt.getTime() <= end) {
    const { standIns } = told.ring();
    if (standIns)
      sent.push([(told.now.getTime() - NOON.getTime()) / MINUTE, standIns.map(({ fallback }) => fallback.rule)]);
  }
  return sent;
}

describe('the rules of fallbacks', () => {
  it('FAILED holds as soon as the message has failed, for any reason', () => {
    const told = story([instead('FAILED')]);
    told.call(REFUSED);
    expect(sentWithin(told, 0)).toEqual([[0, ['FAILED']]]);
    expect(told.message.fallbacks).toEqual([]);
    expect(sentWithin(told, HOUR)).toEqual([]);
  });

  it('NOT_ON_WHATSAPP holds for that failure alone', () => {
    const elsewhere = story([instead('NOT_ON_WHATSAPP')]);
    elsewhere.call(NOT_ON_WHATSAPP);
    expect(sentWithin(elsewhere, 0)).toEqual([[0, ['NOT_ON_WHATSAPP']]]);

    const refused = story([instead('NOT_ON_WHATSAPP')]);
    refused.call(REFUSED);
    expect(sentWithin(refused, HOUR)).toEqual([]);
  });

  it('a failure that is reported later holds as well', () => {
    const told = story([instead('NOT_ON_WHATSAPP')]);
    told.call(ACCEPTED);
    told.pass(MINUTE).report('FAILED', { why: failure('NOT_ON_WHATSAPP', '30012') });
    expect(sentWithin(told, 0)).toEqual([[1, ['NOT_ON_WHATSAPP']]]);
  });

  it('NOT_DELIVERED holds so many minutes after it was submitted, unless it is delivered by then', () => {
    const silent = story([instead('NOT_DELIVERED', 5)]);
    silent.call(ACCEPTED);
    silent.report('SENT');
    expect(sentWithin(silent, HOUR)).toEqual([[5, ['NOT_DELIVERED']]]);

    const delivered = story([instead('NOT_DELIVERED', 5)]);
    delivered.call(ACCEPTED);
    delivered.pass(4 * MINUTE).report('DELIVERED');
    expect(sentWithin(delivered, HOUR)).toEqual([]);
  });

  it('NOT_READ holds also for a message that was delivered', () => {
    const told = story([instead('NOT_READ', 30)]);
    told.call(ACCEPTED);
    told.pass(MINUTE).report('DELIVERED');
    expect(sentWithin(told, HOUR)).toEqual([[30, ['NOT_READ']]]);

    const read = story([instead('NOT_READ', 30)]);
    read.call(ACCEPTED);
    read.pass(29 * MINUTE).report('READ');
    expect(sentWithin(read, HOUR)).toEqual([]);
  });

  it('what failed is neither delivered nor read any more: nobody waits for the minutes', () => {
    const told = story([instead('NOT_DELIVERED', 5)]);
    told.call(REFUSED);
    expect(sentWithin(told, 0)).toEqual([[0, ['NOT_DELIVERED']]]);
  });

  it('are looked at in order, and the first that holds takes those behind it with it', () => {
    const told = story([
      instead('NOT_ON_WHATSAPP'),
      instead('FAILED', null, 'second'),
      instead('FAILED', null, 'third'),
    ]);
    told.call(REFUSED);
    const { standIns } = told.ring();
    expect(standIns?.map(({ fallback, rest }) => [fallback.content, rest.length])).toEqual([
      [{ kind: 'text', text: 'second' }, 1],
      [{ kind: 'text', text: 'third' }, 0],
    ]);
  });

  it('none holds for a message that was canceled or given up', () => {
    const canceled = story([instead('FAILED'), instead('NOT_DELIVERED', 1)]);
    canceled.change({ kind: 'cancel' });
    expect(canceled.message).toMatchObject({ status: 'CANCELED', timerAt: null });

    const late = story([instead('FAILED'), instead('NOT_DELIVERED', 1)], {
      expiresAt: new Date(NOON.getTime() + MINUTE),
    });
    late.ring();
    expect(late.message).toMatchObject({ status: 'EXPIRED', timerAt: null });
  });

  it('none is sent once the message’s own time is over', () => {
    const told = story([instead('NOT_DELIVERED', 5)], { expiresAt: new Date(NOON.getTime() + 4 * MINUTE) });
    told.call(ACCEPTED);
    expect(sentWithin(told, HOUR)).toEqual([[5, []]]);
  });
});

describe('a message that may have been sent', () => {
  it('is given the time in which a report may settle it before anything is sent in its place', () => {
    const told = story([instead('FAILED'), instead('NOT_DELIVERED', 2)]);
    told.call(UNCERTAIN);
    const [[minutes, rules] = []] = sentWithin(told, HOUR);
    expect(minutes).toBeCloseTo(10, 0);
    expect(rules).toEqual(['NOT_DELIVERED']);
    expect(told.status).toBe('UNCONFIRMED');
  });

  it('is repeated first, where that is safe', () => {
    const told = new MessageStory({ fallbacks: [instead('NOT_DELIVERED', 1)], repeatSafe: true });
    told.call(UNCERTAIN);
    expect(told.ring().standIns).toBeUndefined();
    expect(told.status).toBe('QUEUED');
  });

  it('falls back when a person says that it was not', () => {
    const told = story([instead('FAILED')]);
    told.call(UNCERTAIN);
    told.change({ kind: 'resolve', sent: false });
    expect(told.ring().standIns).toHaveLength(1);
  });
});

describe('a message that is asked after', () => {
  it('is asked at its times and falls back at its own', () => {
    const told = story([instead('NOT_DELIVERED', 20)], { inquires: true });
    told.call(ACCEPTED);
    expect(told.ring().inquire).toBe(true);
    expect(told.now.getTime() - NOON.getTime()).toBe(15 * MINUTE);
    expect(told.ring().standIns).toHaveLength(1);
    expect(told.now.getTime() - NOON.getTime()).toBe(20 * MINUTE);
    expect(told.ring().inquire).toBe(true);
    expect(told.now.getTime() - NOON.getTime()).toBe(HOUR);
  });
});

describe('a fallback of a fallback', () => {
  it('has its minutes counted from when the first message was taken', () => {
    const first = story([instead('NOT_DELIVERED', 5), instead('NOT_DELIVERED', 12)]);
    first.call(ACCEPTED);
    const [holding] = first.ring().standIns ?? [];
    const rest = holding?.rest.map((one) => goingOn(one, first.message)) ?? [];
    const second = story(rest);
    second.now = first.now;
    second.message.dueAt = first.now;
    second.pass(MINUTE).call(ACCEPTED);
    expect(sentWithin(second, HOUR)).toEqual([[12, ['NOT_DELIVERED']]]);
  });
});

describe('when the first is canceled', () => {
  it('so is what was to be sent beside it, and nothing that stands in for another', () => {
    const beside = story([], { fallbackOf: 'first', fallbackRule: 'ALWAYS' });
    beside.change({ kind: 'spared', arrived: queuedMessage({ id: 'first', status: 'CANCELED' }) });
    expect(beside.status).toBe('CANCELED');
    const other = story([instead('FAILED')], { fallbackOf: 'first', fallbackRule: 'FAILED' });
    other.change({ kind: 'spared', arrived: queuedMessage({ id: 'second', status: 'CANCELED', fallbackOf: 'first' }) });
    expect(other.message).toMatchObject({ status: 'QUEUED', fallbacks: [instead('FAILED')] });
  });
});

describe('when one of the family arrives', () => {
  const arrived = (status: 'DELIVERED' | 'READ', fallbackRule: FallbackRule | null = null): MessageState =>
    queuedMessage({ status, fallbackRule });
  const standIn = (rule: FallbackRule): MessageStory =>
    story([instead('FAILED'), instead('NOT_READ', 5)], { fallbackOf: 'first', fallbackRule: rule });

  it('one that has not left is canceled', () => {
    const told = standIn('NOT_DELIVERED');
    told.change({ kind: 'spared', arrived: arrived('DELIVERED') });
    expect(told.status).toBe('CANCELED');
    expect(told.events).toEqual(['MESSAGE_CANCELED']);
  });

  it('one that is being handed over goes on, but nothing more is sent in its place', () => {
    const told = standIn('NOT_DELIVERED');
    told.claim();
    told.change({ kind: 'spared', arrived: arrived('READ') });
    expect(told.status).toBe('QUEUED');
    expect(told.message.fallbacks).toEqual([]);
  });

  it('one that waits for the first to be read is canceled only when that is read', () => {
    const told = standIn('NOT_READ');
    told.change({ kind: 'spared', arrived: arrived('DELIVERED') });
    expect(told.status).toBe('QUEUED');
    told.change({ kind: 'spared', arrived: arrived('READ') });
    expect(told.status).toBe('CANCELED');
  });

  it('one that is sent always is sent', () => {
    const told = standIn('ALWAYS');
    told.change({ kind: 'spared', arrived: arrived('READ') });
    expect(told.status).toBe('QUEUED');
    const other = standIn('NOT_DELIVERED');
    other.change({ kind: 'spared', arrived: arrived('DELIVERED', 'ALWAYS') });
    expect(other.status).toBe('QUEUED');
  });
});
