import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  DOKU_TEMPLATE,
  person,
  registerTemplate,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let world: World;
beforeAll(async () => {
  world = await startWorld({
    ...{ clock, doku: { requestsPerMinute: UNLIMITED }, exotel: {}, callbackPlan: { statuses: [] } },
  });
  const both = await addTemplate(world.call, { name: 'both', account: world.doku, externalId: 'TMP-240223-07652' });
  await registerTemplate(world.call, { id: both, accountId: world.wappin.id, externalId: 'templ_uat_2' });
  await addTemplate(world.call, { name: 'paused', body: 'Halo.', account: world.wappin, status: 'PAUSED' });
  await addTemplate(world.call, {
    ...{ name: 'lunas_sms', channel: 'SMS', body: 'Lunas.', account: world.wappin, externalId: 'sms_lunas' },
  });
});
afterAll(() => world.close());

let people = 0;
const somebody = (): string => person(++people);
const content = (name: string, params: readonly string[] = [], channel = 'WHATSAPP'): Record<string, unknown> => ({
  template: { name, params, channel },
});
const TEXT = { text: { text: 'Halo' } };
const SMS = content('lunas_sms', [], 'SMS');
const REMINDER = content(WAPPIN_TEMPLATE, ['Siti', '1 Maret']);
const inMinutes = (minutes: number): string => later(clock.now(), minutes * MINUTE).toISOString();
/** Refused, and nothing of it is stored: neither the message nor any other fallback. */
async function refused(input: Record<string, unknown>): Promise<any> {
  const before = await world.counts('messages');
  const answer = await world.send(input);
  expect(answer.__typename).toBe('Problem');
  expect(await world.counts('messages')).toEqual(before);
  return answer;
}

describe('a rule that needs receipts', () => {
  it.each(['NOT_DELIVERED', 'NOT_READ'])(
    'is refused through an account of DOKU PAYCHAT, which gives none: %s',
    async (rule) => {
      const problem = await refused(
        viaDoku(somebody(), { fallbacks: [{ rule, afterMinutes: 10, content: REMINDER }] }),
      );
      expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0.rule' });
      expect(problem.message).toMatch(/The account DOKU gives no receipts.*Wappin/);
    },
  );

  it('leads a message past that account where the route has another one', async () => {
    const input = { to: somebody(), content: content('both', ['a', 'b']) };
    expect(await world.send(input)).toMatchObject({ account: { id: world.doku.id } });
    const fallbacks = [{ rule: 'NOT_READ', afterMinutes: 10, content: TEXT }];
    expect(await world.send({ ...input, fallbacks })).toMatchObject({ account: { id: world.wappin.id } });
  });

  it('looks at the receipts of the message itself: its first fallback may go through that account', async () => {
    const viaPaychat = { rule: 'NOT_DELIVERED', afterMinutes: 5, content: content(DOKU_TEMPLATE, ['a', 'b', 'c']) };
    const fallbacks = [viaPaychat, { rule: 'NOT_READ', afterMinutes: 10, content: TEXT }];
    expect(await world.send(viaWappin(somebody(), { fallbacks }))).toMatchObject({ __typename: 'Message' });
  });

  it('says after how many minutes, and these end before the message does', async () => {
    const waits = (more: Record<string, unknown>, over: Record<string, unknown> = {}): Record<string, unknown> =>
      viaWappin(somebody(), { ...over, fallbacks: [{ rule: 'NOT_READ', content: TEXT, ...more }] });
    const wrong = { code: 'INVALID_INPUT', field: 'fallbacks.0.afterMinutes' };
    expect(await refused(waits({}))).toMatchObject(wrong);
    for (const afterMinutes of [0, 10_081]) expect(await refused(waits({ afterMinutes }))).toMatchObject(wrong);
    expect(await refused(waits({ afterMinutes: 30 }, { expiresAt: inMinutes(30) }))).toMatchObject(wrong);
    const scheduled = { scheduledAt: inMinutes(60), expiresAt: inMinutes(90) };
    expect(await refused(waits({ afterMinutes: 30 }, scheduled))).toMatchObject(wrong);
    expect(await world.send(waits({ afterMinutes: 29 }, scheduled))).toMatchObject({ __typename: 'Message' });
  });
});

describe('a fallback that could never be sent refuses the message, at its own place', () => {
  it.each([
    ['a template that nobody has', content('nothing'), 'TEMPLATE_NOT_FOUND', 'content.template.name'],
    ['a value too few', content(WAPPIN_TEMPLATE, ['a']), 'TEMPLATE_PARAMS_MISMATCH', 'content.template.params'],
    ['a template that is paused', content('paused'), 'TEMPLATE_NOT_APPROVED', 'content.template.name'],
    ['an SMS that rides nowhere', SMS, 'UNSUPPORTED_BY_PROVIDER', ''],
    [
      'an upload that does not exist',
      { media: { type: 'IMAGE', mediaId: 'med_x' } },
      'NOT_FOUND',
      'content.media.mediaId',
    ],
  ])('%s', async (_what, wrong, code, at) => {
    const second = { rule: 'ALWAYS', content: REMINDER };
    for (const rule of ['FAILED', 'ALWAYS']) {
      const fallbacks = [second, { rule, content: wrong }];
      const field = at === '' ? 'fallbacks.1' : `fallbacks.1.${at}`;
      expect(await refused(viaDoku(somebody(), { fallbacks }))).toMatchObject({ code, field });
    }
  });

  it('through an account that does not exist, or has not the template', async () => {
    for (const [accountId, code] of [
      ['acc_x', 'NOT_FOUND'],
      [world.doku.id, 'NO_ROUTE'],
    ]) {
      const fallbacks = [{ rule: 'FAILED', content: REMINDER, accountId }];
      expect(await refused(viaDoku(somebody(), { fallbacks }))).toMatchObject({
        ...{ code, field: 'fallbacks.0.accountId' },
      });
    }
  });

  it('more than five', async () => {
    const fallbacks = Array.from({ length: 6 }, () => ({ rule: 'FAILED', content: TEXT }));
    expect(await refused(viaDoku(somebody(), { fallbacks }))).toMatchObject({ field: 'fallbacks' });
  });
});

describe('a fallback that waits', () => {
  it('to another content, account or channel is taken, and nothing is sent of it yet', async () => {
    const before = await world.counts('messages');
    const fallbacks = [
      { rule: 'NOT_ON_WHATSAPP', content: TEXT, accountId: world.exotel.id },
      { rule: 'FAILED', content: REMINDER },
      { rule: 'NOT_ON_WHATSAPP', content: SMS },
    ];
    const message = await world.send(viaDoku(somebody(), { fallbacks, expiresAt: inMinutes(HOUR / MINUTE) }));
    expect(message).toMatchObject({ __typename: 'Message', account: { id: world.doku.id } });
    await world.quiet();
    expect(await world.counts('messages')).toEqual({ messages: before['messages']! + 1 });
  });
});
