import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageRoom } from '../../../test/support/message-room.js';
import { HOUR, later, MINUTE } from '../../common/clock.js';
import { newId, publicId } from '../../common/ids.js';
import { type Caller } from '../../projects/caller.js';
import { Family } from '../../providers/callback-families.js';
import { type InboundContent, type InboundMessage } from '../../providers/ports/callbacks.js';

const ANI = '+6287823678023';

let room: MessageRoom;
beforeAll(async () => void (room = await MessageRoom.open()));
afterAll(() => room.close());

let count = 0;
/** Another one at each call, written a minute ago. */
const written = (over: Partial<InboundMessage> = {}): InboundMessage => ({
  kind: 'inbound',
  mailbox: null,
  reference: `wamid.${++count}`,
  occurredAt: later(room.clock.now(), -MINUTE),
  from: ANI,
  recipientId: null,
  fromName: 'Ani',
  inReplyTo: null,
  content: { kind: 'text', text: 'Halo' },
  ...over,
});
const saying = (text: string): InboundMessage => written({ content: { kind: 'text', text } });

const types = async (caller: Caller): Promise<string[]> => (await room.events(caller)).map(({ type }) => type);
const scopeOf = async ({ projectId }: Caller, person = ANI): Promise<string | undefined> =>
  (await room.optOuts.find(projectId, [person])).get(person);

describe('what a person writes', () => {
  it('is kept as it was said, with an event of it', async () => {
    const { caller, account } = await room.project();
    const observation = written();
    expect(await room.hear(account, observation)).toMatchObject({ unknown: [], withFiles: [], withReplies: [] });
    const [message] = await room.messages(caller);
    expect(message).toMatchObject({
      ...{ direction: 'INBOUND', status: 'RECEIVED', person: ANI, fromName: 'Ani', recipientId: null, inReplyTo: null },
      ...{ accountId: account.id, providerMessageId: observation.reference, content: { kind: 'text', text: 'Halo' } },
      ...{ sequence: 1, sentAt: observation.occurredAt, createdAt: room.clock.now(), dueAt: null, timerAt: null },
    });
    expect(await room.events(caller)).toMatchObject([
      {
        ...{ type: 'MESSAGE_RECEIVED', subjectId: message!.id, sequence: 1, occurredAt: observation.occurredAt },
        data: {
          message: {
            ...{ id: publicId('msg', message!.id), direction: 'INBOUND', status: 'RECEIVED', from: ANI, to: null },
            content: { type: 'text', text: 'Halo', replyId: null, mediaId: null },
          },
        },
      },
    ]);
  });

  it('changes nothing when it is told again, in another batch or in the same', async () => {
    const { caller, account } = await room.project();
    const observation = saying('STOP');
    await room.hear(account, observation, observation);
    const before = [await room.messages(caller), await room.events(caller)];
    expect(await room.hear(account, observation)).toMatchObject({ unknown: [], events: [] });
    expect([await room.messages(caller), await room.events(caller)]).toEqual(before);
    expect(await types(caller)).toEqual(['MESSAGE_RECEIVED', 'OPT_OUT_ADDED']);
  });

  it('is not taken for a repeat of what another account heard under the same id', async () => {
    const { caller, account } = await room.project();
    const other = await room.connect(caller);
    const observation = written();
    await room.hear(account, observation);
    await room.hear(other, observation);
    expect((await room.messages(caller)).map(({ accountId }) => accountId)).toEqual([account.id, other.id]);
  });

  it('without a number is known by the provider’s id of the person', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, written({ from: null, recipientId: 'ID.77' }));
    expect(await room.messages(caller)).toMatchObject([{ person: 'ID.77', recipientId: 'ID.77' }]);
    const [event] = await room.events(caller);
    expect(event?.data['message']).toMatchObject({ from: null, recipientId: 'ID.77' });
  });

  it('to an account that is not known, or by nobody, is unknown, and the others of the batch are kept', async () => {
    const { caller, account } = await room.project();
    const family = new Family(account, [{ account, mailbox: '1111', owner: null }], {
      sendsBatches: false,
      echoes: false,
    });
    const heard = await room.hearIn(family, [
      written({ mailbox: '9999' }),
      written({ mailbox: '1111' }),
      written({ mailbox: '1111', from: null }),
    ]);
    expect(heard.unknown).toEqual([0, 2]);
    expect(await room.messages(caller)).toHaveLength(1);
  });

  it('is of the account whose mailbox it names, whoever’s address it came to', async () => {
    const { caller, account } = await room.project();
    const other = await room.connect(caller);
    const members = [account, other].map((one, index) => ({ account: one, mailbox: `m${index}`, owner: null }));
    await room.hearIn(new Family(account, members, { sendsBatches: false, echoes: false }), [
      written({ mailbox: 'm1' }),
      written(),
    ]);
    expect((await room.messages(caller)).map(({ accountId }) => accountId)).toEqual([other.id, account.id]);
  });

  it('in answer to one of our messages names it; an answer to what we do not know names none', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, written({ reference: 'wamid.first' }));
    await room.hear(account, written({ inReplyTo: 'wamid.first' }), written({ inReplyTo: 'wamid.nobody' }));
    const [first, second, third] = await room.messages(caller);
    expect([second?.inReplyTo, third?.inReplyTo]).toEqual([first?.id, null]);
  });

  it.each<[string, InboundContent, object, object]>([
    [
      'a choice',
      { kind: 'interactive', text: 'Ya', replyId: 'yes' },
      { kind: 'interactive', text: 'Ya', replyId: 'yes', buttons: [], list: null },
      { type: 'interactive', text: 'Ya', replyId: 'yes', mediaId: null },
    ],
    [
      'something that we do not read',
      { kind: 'unknown', raw: { type: 'location' } },
      { kind: 'unknown', raw: { type: 'location' } },
      { type: 'unknown', text: null, replyId: null, mediaId: null },
    ],
  ])('may be %s', async (_what, content, kept, told) => {
    const { caller, account } = await room.project();
    await room.hear(account, written({ content }));
    expect(await room.messages(caller)).toMatchObject([{ content: kept }]);
    expect((await room.events(caller))[0]?.data['message']).toMatchObject({ content: told });
  });

  it('may be a file, which a job is to fetch', async () => {
    const { caller, account } = await room.project();
    const file = { reference: 'media-1', mimeType: 'image/jpeg', filename: null, caption: 'Ini' };
    const content = { kind: 'media', type: 'IMAGE', ...file } as const;
    const observation = written({ content });
    expect(await room.hear(account, observation, written())).toMatchObject({ withFiles: [account.id] });
    const [message] = await room.messages(caller);
    const { mediaId } = message!.content as { mediaId: string };
    expect(message?.content).toMatchObject({ kind: 'media', type: 'IMAGE', url: null, caption: 'Ini', size: null });
    expect(
      await room.database.rows('select account_id, reference, due_at is not null as due from media where id = $1', [
        mediaId,
      ]),
    ).toEqual([{ account_id: account.id, reference: 'media-1', due: true }]);
    expect((await room.events(caller))[0]?.data['message']).toMatchObject({
      content: { type: 'media', text: 'Ini', mediaId: publicId('med', mediaId) },
    });
    await room.hear(account, observation);
    expect(await room.database.rows('select 1 from media where project_id = $1', [caller.projectId])).toHaveLength(1);
  });
});

describe('the conversation', () => {
  const heardAt = async ({ projectId }: Caller): Promise<Date[]> =>
    (await room.conversations.of(projectId, [ANI])).map((one) => one.heardAt);

  it('opens at the provider’s time', async () => {
    const { caller, account } = await room.project();
    const observation = written();
    await room.hear(account, observation);
    expect(await heardAt(caller)).toEqual([observation.occurredAt]);
  });

  it('moves forward only, whatever order it is told in', async () => {
    const { caller, account } = await room.project();
    const now = room.clock.now();
    const at = (hours: number): InboundMessage => written({ occurredAt: later(now, -hours * HOUR) });
    await room.hear(account, at(3), at(2), at(5));
    expect(await heardAt(caller)).toEqual([later(now, -2 * HOUR)]);
    await room.hear(account, at(4));
    expect(await heardAt(caller)).toEqual([later(now, -2 * HOUR)]);
    await room.hear(account, at(1));
    expect(await heardAt(caller)).toEqual([later(now, -HOUR)]);
  });

  it('is of now where the provider gives no time, and where its clock runs ahead', async () => {
    for (const occurredAt of [null, later(room.clock.now(), HOUR)]) {
      const { caller, account } = await room.project();
      await room.hear(account, written({ occurredAt }));
      expect(await heardAt(caller)).toEqual([room.clock.now()]);
    }
  });

  it('learns the provider’s id of the person, and keeps it when a later message does not say it', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, written());
    await room.hear(account, written({ recipientId: 'ID.77' }));
    await room.hear(account, written());
    const byId = await room.conversations.of(caller.projectId, ['ID.77']);
    expect(byId).toMatchObject([{ person: ANI, recipientId: 'ID.77', accountId: account.id }]);
  });

  it('is what the windows are judged by: of the person, and of whether anybody is heard', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, written());
    const windows = await room.conversations.windows(caller.projectId, [ANI, '+6281200000000']);
    expect(windows.closed(account, ANI, room.clock.now())).toBeNull();
    expect(windows.closed(account, '+6281200000000', room.clock.now())).toEqual({ since: null });
  });
});

describe('a word about consent', () => {
  it.each(['STOP', 'stop', ' Berhenti\n', 'henti', 'UnSubscribe'])('%j stops marketing', async (text) => {
    const { caller, account } = await room.project();
    await room.hear(account, saying(text));
    expect(await scopeOf(caller)).toBe('MARKETING');
    expect(await types(caller)).toEqual(['MESSAGE_RECEIVED', 'OPT_OUT_ADDED']);
  });

  it.each(['START', 'mulai', '\tMulai '])('%j takes it back', async (text) => {
    const { caller, account } = await room.project();
    await room.hear(account, saying('STOP'));
    await room.hear(account, saying(text));
    expect(await scopeOf(caller)).toBeUndefined();
    expect(await types(caller)).toEqual(['MESSAGE_RECEIVED', 'OPT_OUT_ADDED', 'MESSAGE_RECEIVED', 'OPT_OUT_REMOVED']);
  });

  it('counts by the last one of a batch', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, saying('STOP'), saying('START'), saying('STOP'));
    expect(await scopeOf(caller)).toBe('MARKETING');
    await room.hear(account, saying('STOP'), saying('START'));
    expect(await scopeOf(caller)).toBeUndefined();
  });

  it.each(['STOP dong', 'please stop', 'STOPP', 'S T O P', 'stop.', ''])(
    'is not %j: a sentence is none',
    async (text) => {
      const { caller, account } = await room.project();
      await room.hear(account, saying(text));
      expect(await scopeOf(caller)).toBeUndefined();
      expect(await types(caller)).toEqual(['MESSAGE_RECEIVED']);
    },
  );

  it('may be a button that the person chose', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, written({ content: { kind: 'interactive', text: 'Stop', replyId: null } }));
    expect(await scopeOf(caller)).toBe('MARKETING');
  });

  it('is no caption of a picture', async () => {
    const { caller, account } = await room.project();
    const file = { reference: newId(), mimeType: null, filename: null } as const;
    await room.hear(account, written({ content: { kind: 'media', type: 'IMAGE', caption: 'STOP', ...file } }));
    expect(await scopeOf(caller)).toBeUndefined();
  });

  it('does not shrink what was said before, and tells nothing twice', async () => {
    const { caller, account } = await room.project();
    await room.optOuts.optOut(caller, ANI, 'ALL', 'asked by phone');
    await room.hear(account, saying('STOP'), saying('STOP'));
    expect(await scopeOf(caller)).toBe('ALL');
    expect(await types(caller)).toEqual(['OPT_OUT_ADDED', 'MESSAGE_RECEIVED', 'MESSAGE_RECEIVED']);
  });

  it('of somebody who never said one before takes nothing back, and tells nothing', async () => {
    const { caller, account } = await room.project();
    await room.hear(account, saying('START'));
    expect(await types(caller)).toEqual(['MESSAGE_RECEIVED']);
  });

  it('of a person without a number is kept under the provider’s id', async () => {
    const { caller, account } = await room.project();
    const content = { kind: 'text', text: 'STOP' } as const;
    await room.hear(account, written({ from: null, recipientId: 'ID.77', content }));
    expect(await scopeOf(caller, 'ID.77')).toBe('MARKETING');
  });

  it('said without a number holds for the number as soon as that is known', async () => {
    const { caller, account } = await room.project();
    const content = { kind: 'text', text: 'STOP' } as const;
    await room.hear(account, written({ from: null, recipientId: 'ID.77', content }));
    await room.hear(account, written({ recipientId: 'ID.77' }));
    expect([await scopeOf(caller), await scopeOf(caller, 'ID.77')]).toEqual(['MARKETING', 'MARKETING']);
    await room.hear(account, written({ recipientId: 'ID.77', content: { kind: 'text', text: 'START' } }));
    expect([await scopeOf(caller), await scopeOf(caller, 'ID.77')]).toEqual([undefined, undefined]);
  });

  it('said under the number is not touched by an older one that was said without it', async () => {
    const { caller, account } = await room.project();
    const content = { kind: 'text', text: 'STOP' } as const;
    await room.hear(account, written({ from: null, recipientId: 'ID.77', content }));
    await room.optOuts.optOut(caller, ANI, 'ALL', null);
    await room.hear(account, written({ recipientId: 'ID.77' }));
    expect([await scopeOf(caller), await scopeOf(caller, 'ID.77')]).toEqual(['ALL', 'MARKETING']);
  });
});
