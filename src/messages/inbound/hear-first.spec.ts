import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageRoom } from '../../../test/support/message-room.js';
import { later, MINUTE } from '../../common/clock.js';
import { newId, publicId } from '../../common/ids.js';
import { type Caller } from '../../projects/caller.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { Family } from '../../providers/callback-families.js';
import { type InboundContent, type InboundMessage } from '../../providers/ports/callbacks.js';
import { type Heard, type Written } from './inbound-messages.js';

const ANI = '+6287823678023';
const BUDI = '+6281234567890';

let room: MessageRoom;
beforeAll(async () => void (room = await MessageRoom.open()));
afterAll(() => room.close());

const saying = (said: string | InboundContent, over: Partial<InboundMessage> = {}): InboundMessage => ({
  ...{ kind: 'inbound', mailbox: null, reference: newId(), occurredAt: room.clock.now(), from: ANI, recipientId: null },
  ...{ fromName: null, inReplyTo: null, ...over },
  content: typeof said === 'string' ? { kind: 'text', text: said } : said,
});

/** Hears with a room that is asked first, notes what that is asked, and answers what came of it. */
async function hear(
  account: ProviderAccount,
  written: readonly InboundMessage[],
  takes: (one: Written) => boolean = () => false,
  accountIds: readonly string[] = [],
): Promise<{ readonly heard: Heard; readonly asked: readonly Written[] }> {
  const asked: Written[] = [];
  const family = new Family(account, [{ account, mailbox: null, owner: null }], { sendsBatches: false, echoes: false });
  const heard = await room.hearIn(family, written, async (_sql, projectId, words) => {
    expect(projectId).toBe(account.projectId);
    asked.push(...words);
    const answered = new Set(words.filter(takes).map(({ message }) => message.id));
    return { answered, events: [], accountIds };
  });
  return { heard, asked };
}

async function replying(caller: Caller, account: ProviderAccount): Promise<void> {
  const content = { text: { text: 'Terima kasih.' } };
  await room.replies.set(caller, { accountId: publicId('acc', account.id), content, enabled: true });
}

/** To whom something was written, and not by them. */
const answered = async (caller: Caller): Promise<string[]> =>
  (await room.messages(caller)).flatMap(({ direction, person }) => (direction === 'OUTBOUND' ? [person] : []));

describe('who is asked first about what a person wrote', () => {
  it('hears who wrote what to which account, and when', async () => {
    const { account } = await room.project();
    const at = later(room.clock.now(), -MINUTE);
    const { asked } = await hear(account, [saying('Halo', { occurredAt: at })]);
    expect(asked).toMatchObject([
      { account: { id: account.id }, message: { person: ANI }, phone: ANI, text: 'Halo', at },
    ]);
  });

  it.each<[string, InboundContent, string | null]>([
    ['of a choice', { kind: 'interactive', text: 'Ya', replyId: 'yes' }, 'Ya'],
    [
      'beside a file',
      { ...{ kind: 'media', type: 'IMAGE', reference: 'm', mimeType: null }, filename: null, caption: 'Ini' },
      'Ini',
    ],
    ['of nothing that we read', { kind: 'unknown', raw: { text: 'Halo' } }, null],
  ])('hears the words %s', async (_what, content, text) => {
    const { account } = await room.project();
    expect((await hear(account, [saying(content)])).asked).toMatchObject([{ text }]);
  });

  it('hears the time that the provider says, and now where it says none', async () => {
    const { account } = await room.project();
    const times = [later(room.clock.now(), MINUTE), null].map((occurredAt) => saying('Halo', { occurredAt }));
    expect((await hear(account, times)).asked.map(({ at }) => at)).toEqual([
      later(room.clock.now(), MINUTE),
      room.clock.now(),
    ]);
  });

  it('hears the number that a person keeps back where it was told before, and else none', async () => {
    const { account } = await room.project();
    const alone = { from: null, recipientId: 'ID.77' };
    expect((await hear(account, [saying('Halo', alone)])).asked).toMatchObject([{ phone: null }]);
    await hear(account, [saying('Halo', { recipientId: 'ID.77' })]);
    expect((await hear(account, [saying('Halo', alone)])).asked).toMatchObject([{ phone: ANI }]);
  });

  it('hears nothing twice', async () => {
    const { account } = await room.project();
    const one = saying('Halo');
    await hear(account, [one]);
    expect((await hear(account, [one])).asked).toEqual([]);
  });

  it('answers what it takes in the place of the auto replies, which answer the rest', async () => {
    const { caller, account } = await room.project();
    await replying(caller, account);
    await hear(account, [saying('Halo'), saying('Halo', { from: BUDI })], ({ phone }) => phone === ANI);
    expect(await answered(caller)).toEqual([BUDI]);
  });

  it('has its answers sent with theirs', async () => {
    const { caller, account } = await room.project();
    await replying(caller, account);
    const other = newId();
    const { heard } = await hear(account, [saying('Halo')], () => false, [other, account.id]);
    expect(heard.withReplies).toEqual([other, account.id]);
  });

  it('does not come before a word about consent', async () => {
    const { caller, account } = await room.project();
    await hear(account, [saying('STOP')], () => true);
    expect((await room.optOuts.find(caller.projectId, [ANI])).get(ANI)).toBe('MARKETING');
  });
});
