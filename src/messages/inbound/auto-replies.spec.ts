import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageRoom } from '../../../test/support/message-room.js';
import { DAY, later } from '../../common/clock.js';
import { newId, publicId } from '../../common/ids.js';
import { isProblem } from '../../common/problem.js';
import { type Caller } from '../../projects/caller.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type InboundContent, type InboundMessage } from '../../providers/ports/callbacks.js';
import { type AutoReply, type AutoReplyInput } from './auto-replies.service.js';

const ANI = '+6287823678023';

let room: MessageRoom;
beforeAll(async () => void (room = await MessageRoom.open()));
afterAll(() => room.close());

const saying = (said: string | InboundContent, over: Partial<InboundMessage> = {}): InboundMessage => ({
  kind: 'inbound',
  mailbox: null,
  reference: newId(),
  occurredAt: room.clock.now(),
  from: ANI,
  recipientId: null,
  fromName: null,
  inReplyTo: null,
  content: typeof said === 'string' ? { kind: 'text', text: said } : said,
  ...over,
});

interface Shop {
  readonly caller: Caller;
  readonly account: ProviderAccount;
  readonly set: (keyword: string | null, text: string, over?: Partial<AutoReplyInput>) => Promise<AutoReply>;
  /** What was answered so far, oldest first. */
  readonly answers: () => Promise<string[]>;
}

async function shop(over: Partial<ProviderAccount> = {}): Promise<Shop> {
  const { caller, account } = await room.project(over);
  return {
    caller,
    account,
    set: async (keyword, text, more = {}) => {
      const reply = await room.replies.set(caller, input(account, keyword, text, more));
      if (isProblem(reply)) throw new Error(`${reply.code} at ${reply.field}: ${reply.message}`);
      return reply;
    },
    answers: async () =>
      (await room.messages(caller)).flatMap(({ direction, content }) =>
        direction === 'OUTBOUND' && 'text' in content ? [content.text] : [],
      ),
  };
}

function input(
  account: ProviderAccount,
  keyword: string | null,
  text: string,
  over: Partial<AutoReplyInput> = {},
): AutoReplyInput {
  return { accountId: publicId('acc', account.id), keyword, content: { text: { text } }, enabled: true, ...over };
}

describe('an auto reply', () => {
  it('answers its keyword through the account that heard it, and what is no keyword gets the default', async () => {
    const { caller, account, set, answers } = await shop();
    await set('Jam Buka', 'Buka 9 sampai 5.');
    await set(null, 'Kami balas besok.');
    expect((await room.hear(account, saying('  jam buka\n'))).withReplies).toEqual([account.id]);
    await room.hear(account, saying('jam buka?'));
    expect(await answers()).toEqual(['Buka 9 sampai 5.', 'Kami balas besok.']);
    const [, reply] = await room.messages(caller);
    expect(reply).toMatchObject({
      ...{ direction: 'OUTBOUND', status: 'QUEUED', person: ANI, accountId: account.id, accountFixed: true },
      ...{ sequence: 1, dueAt: room.clock.now() },
    });
    expect((await room.events(caller)).map(({ type }) => type)).toEqual([
      ...['MESSAGE_RECEIVED', 'MESSAGE_QUEUED', 'MESSAGE_RECEIVED', 'MESSAGE_QUEUED'],
    ]);
  });

  it('answers the title that a person chose like a text', async () => {
    const { account, set, answers } = await shop();
    await set('ya', 'Terima kasih.');
    await room.hear(account, saying({ kind: 'interactive', text: 'Ya', replyId: 'y' }));
    expect(await answers()).toEqual(['Terima kasih.']);
  });

  it('answers a person without a number by the provider’s id', async () => {
    const { caller, account, set } = await shop();
    await set(null, 'Halo.');
    await room.hear(account, saying('x', { from: null, recipientId: 'ID.77' }));
    expect(await room.messages(caller)).toMatchObject([
      {},
      { direction: 'OUTBOUND', person: 'ID.77', recipientId: 'ID.77' },
    ]);
  });

  it('answers each message of a batch once, and a repeat not at all', async () => {
    const { account, set, answers } = await shop();
    await set('a', 'A');
    await set('b', 'B');
    const [a, b] = [saying('a'), saying('b', { from: '+6281200000000' })];
    await room.hear(account, a, b, a);
    await room.hear(account, b);
    expect((await answers()).sort()).toEqual(['A', 'B']);
  });

  it('without a default answers its keyword alone', async () => {
    const { account, set, answers } = await shop();
    await set('a', 'A');
    expect((await room.hear(account, saying('b'))).withReplies).toEqual([]);
    expect(await answers()).toEqual([]);
  });

  it('that is held answers nothing; the default takes its place', async () => {
    const { account, set, answers } = await shop();
    await set('a', 'A', { enabled: false });
    await room.hear(account, saying('a'));
    await set(null, 'Default');
    await room.hear(account, saying('a'));
    expect(await answers()).toEqual(['Default']);
  });

  it('that is deleted answers nothing, and may be set anew', async () => {
    const { caller, account, set, answers } = await shop();
    const { id } = await set('a', 'A');
    expect(await room.replies.delete(caller, id)).toEqual({ id: publicId('arp', id) });
    expect(await room.replies.delete(caller, id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    await room.hear(account, saying('a'));
    expect((await set('a', 'B')).id).not.toBe(id);
    await room.hear(account, saying('a'));
    expect(await answers()).toEqual(['B']);
  });

  it('of another account answers nothing', async () => {
    const { caller, set, answers } = await shop();
    const other = await room.connect(caller);
    await set(null, 'Halo.');
    await room.hear(other, saying('x'));
    expect(await answers()).toEqual([]);
  });

  it.each(['STOP', 'mulai'])('does not answer %s: who wants to be left alone is', async (word) => {
    const { account, set, answers } = await shop();
    await set(null, 'Halo.');
    await room.hear(account, saying(word));
    expect(await answers()).toEqual([]);
  });

  it('answers such a word where an answer to that very word is set', async () => {
    const { account, set, answers } = await shop();
    await set(null, 'Halo.');
    await set('Stop', 'Kami tidak kirim promo lagi.');
    await room.hear(account, saying('STOP'));
    expect(await answers()).toEqual(['Kami tidak kirim promo lagi.']);
  });

  it('does not answer what we do not read, and answers a picture with the default', async () => {
    const { account, set, answers } = await shop();
    await set(null, 'Halo.');
    await room.hear(account, saying({ kind: 'unknown', raw: {} }));
    expect(await answers()).toEqual([]);
    const file = { reference: newId(), mimeType: null, filename: null, caption: 'a' } as const;
    await set('a', 'A');
    await room.hear(account, saying({ kind: 'media', type: 'IMAGE', ...file }));
    expect(await answers()).toEqual(['Halo.']);
  });

  it('that cannot be sent leaves what the person wrote where it is', async () => {
    const { caller, account, set, answers } = await shop();
    await set(null, 'Halo.');
    await room.optOuts.optOut(caller, ANI, 'ALL', null);
    expect(await room.hear(account, saying('x'))).toMatchObject({ withReplies: [] });
    expect(await answers()).toEqual([]);
    expect(await room.messages(caller)).toMatchObject([{ direction: 'INBOUND', content: { text: 'x' } }]);
  });

  it('is not sent to a message that comes a day late: the window is closed', async () => {
    const { account, set, answers } = await shop();
    await set(null, 'Halo.');
    await room.hear(account, saying('x', { occurredAt: later(room.clock.now(), -DAY - 1) }));
    expect(await answers()).toEqual([]);
  });
});

describe('what is set', () => {
  it('replaces what was set for the same keyword, however it is written, and keeps its id', async () => {
    const { caller, account, set, answers } = await shop();
    const first = await set('Jam', 'A');
    const second = await set(' jAM ', 'B', { enabled: true });
    expect(second.id).toBe(first.id);
    expect(await room.replies.list(caller.projectId, null)).toMatchObject([{ written: 'jAM', content: { text: 'B' } }]);
    await room.hear(account, saying('jam'));
    expect(await answers()).toEqual(['B']);
  });

  it('is listed with the defaults first, of one account or of all', async () => {
    const { caller, account, set } = await shop();
    const other = await room.connect(caller);
    await set('b', 'B');
    await set(null, 'Default');
    await set('a', 'A', { accountId: publicId('acc', other.id) });
    const listed = async (accountId: string | null): Promise<(string | null)[]> =>
      (await room.replies.list(caller.projectId, accountId)).map(({ written }) => written);
    expect(await listed(null)).toEqual([null, 'a', 'b']);
    expect(await listed(account.id)).toEqual([null, 'b']);
  });

  it.each<[string, Partial<AutoReplyInput>, string, string]>([
    ['an empty keyword', { keyword: ' ' }, 'INVALID_INPUT', 'keyword'],
    ['a keyword of 129 characters', { keyword: 'x'.repeat(129) }, 'INVALID_INPUT', 'keyword'],
    ['a NUL in the keyword', { keyword: 'a\0' }, 'INVALID_INPUT', 'keyword'],
    ['an empty text', { content: { text: { text: '' } } }, 'INVALID_INPUT', 'content.text.text'],
    ['an unknown account', { accountId: publicId('acc', newId()) }, 'NOT_FOUND', 'accountId'],
    ['an id that is no account’s', { accountId: 'x' }, 'NOT_FOUND', 'accountId'],
    [
      'a link into our own network',
      { content: { media: { type: 'IMAGE', url: 'http://127.0.0.1/a.jpg' } } },
      'UNSAFE_URL',
      'content.media.url',
    ],
    [
      'an upload that is not there',
      { content: { media: { type: 'IMAGE', mediaId: publicId('med', newId()) } } },
      'NOT_FOUND',
      'content.media.mediaId',
    ],
    [
      'a template that is not there',
      { content: { template: { name: 'x', channel: 'WHATSAPP', params: [] } } },
      'TEMPLATE_NOT_FOUND',
      'content.template.name',
    ],
  ])('is refused with %s', async (_what, over, code, field) => {
    const { caller, account } = await room.project();
    expect(await room.replies.set(caller, input(account, 'a', 'A', over))).toMatchObject({ code, field });
    expect(await room.replies.list(caller.projectId, null)).toEqual([]);
  });

  it('is refused at an account that passes nothing on', async () => {
    const { caller, account } = await room.project({ kind: 'DOKU' });
    expect(await room.replies.set(caller, input(account, 'a', 'A'))).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'accountId',
    });
  });
});
