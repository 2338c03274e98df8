import { describe, expect, it } from 'vitest';
import { DAY, later } from '../common/clock.js';
import { orderMessage, orderState } from '../../test/support/orders.js';
import { type MessageContent } from './message-content.js';
import { type Since, stoppedSince } from './still-sendable.js';

const NOON = new Date('2026-03-01T12:00:00Z');
const TEXT: MessageContent = { kind: 'text', text: 'Siap' };
const TEMPLATE: MessageContent = {
  kind: 'template',
  templateId: '0190b5a0-0000-7000-8000-000000000001',
  name: 'promo',
  language: 'id',
  params: [],
  text: 'Promo',
};
const NOTHING: Since = { registrationStatus: 'APPROVED', category: 'MARKETING', optedOut: null, heardAt: null };

const stopped = (content: MessageContent, since: Partial<Since>): string | null => {
  const outcome = stoppedSince({ content, ...NOTHING, ...since }, NOON);
  return outcome?.outcome === 'refused' ? outcome.failure.code : null;
};

describe('a message whose turn comes', () => {
  it('leaves where nothing changed', () => {
    expect([stopped(TEMPLATE, {}), stopped(TEXT, {})]).toEqual([null, null]);
  });

  it.each(['PAUSED', 'REJECTED', 'DELETED', 'DISABLED', 'DRAFT'] as const)(
    'stays when its template is %s by now',
    (status) => {
      expect(stopped(TEMPLATE, { registrationStatus: status })).toBe('TEMPLATE_NOT_APPROVED');
    },
  );

  it('leaves the template that is registered nowhere to whoever names it', () => {
    expect(stopped(TEMPLATE, { registrationStatus: null })).toBeNull();
  });

  it('stays when it is marketing and the person said STOP meanwhile', () => {
    expect(stopped(TEMPLATE, { optedOut: 'MARKETING' })).toBe('RECIPIENT_OPTED_OUT');
    expect(stopped(TEMPLATE, { optedOut: 'MARKETING', category: 'UTILITY' })).toBeNull();
    expect(stopped(TEXT, { optedOut: 'MARKETING', category: null })).toBeNull();
  });

  it('stays, whatever it says, when the person wants nothing any more', () => {
    expect(stopped(TEMPLATE, { optedOut: 'ALL', category: 'AUTHENTICATION' })).toBe('RECIPIENT_OPTED_OUT');
    expect(stopped(TEXT, { optedOut: 'ALL', category: null })).toBe('RECIPIENT_OPTED_OUT');
  });

  it('stays when it is free and the window closed meanwhile, and not before', () => {
    expect(stopped(TEXT, { heardAt: later(NOON, -DAY - 1) })).toBe('SESSION_WINDOW_CLOSED');
    expect(stopped(TEXT, { heardAt: later(NOON, -DAY) })).toBeNull();
    expect(stopped(TEMPLATE, { heardAt: later(NOON, -DAY - 1) })).toBeNull();
  });

  it.each([orderMessage(), orderState()])('stays as anything free does when it is of the kind $kind', (content) => {
    expect(stopped(content, { heardAt: later(NOON, -DAY - 1) })).toBe('SESSION_WINDOW_CLOSED');
    expect(stopped(content, { heardAt: later(NOON, -DAY) })).toBeNull();
  });
});
