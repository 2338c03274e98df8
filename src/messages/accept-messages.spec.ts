import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageRoom } from '../../test/support/message-room.js';
import { orderMessage, picture } from '../../test/support/orders.js';
import { send } from '../../test/support/surroundings.js';
import { publicId } from '../common/ids.js';
import { isProblem } from '../common/problem.js';
import { type Caller } from '../projects/caller.js';
import { type Send, type SendInput } from './planning/send-input.js';

let room: MessageRoom;
beforeAll(async () => void (room = await MessageRoom.open()));
afterAll(() => room.close());

const ANI = '+6287823678023';
const input = (over: Partial<SendInput> = {}): SendInput => ({
  to: ANI,
  content: { text: { text: 'Halo' } },
  resendUnconfirmed: false,
  ...over,
});
const media = (url: string): SendInput['content'] => ({ media: { type: 'IMAGE', url } });
const OURSELVES = 'http://127.0.0.1:3000/a.jpg';
/** By its address: no name is looked up. */
const PUBLIC = 'https://93.184.215.14/a.jpg';

describe('a link', () => {
  it('into our own network is UNSAFE_URL at its field, and nothing is stored', async () => {
    const { caller } = await room.project();
    expect(await room.accept.send(caller, input({ content: media(OURSELVES) }))).toMatchObject({
      code: 'UNSAFE_URL',
      field: 'content.media.url',
    });
    const template = {
      name: 'x',
      channel: 'WHATSAPP',
      params: [],
      headerMedia: { type: 'IMAGE', url: OURSELVES },
    } as const;
    expect(await room.accept.send(caller, input({ content: { template } }))).toMatchObject({
      code: 'UNSAFE_URL',
      field: 'content.template.headerMedia.url',
    });
    const fallback = { rule: 'FAILED', content: media(OURSELVES) } as const;
    const fallbacks = [{ ...fallback, content: media(PUBLIC) }, fallback];
    expect(await room.accept.send(caller, input({ fallbacks }))).toMatchObject({
      code: 'UNSAFE_URL',
      field: 'fallbacks.1.content.media.url',
    });
    expect(await room.messages(caller)).toEqual([]);
  });

  it('to the outside is taken', async () => {
    const { caller } = await room.project();
    const message = await room.accept.send(caller, input({ content: media(PUBLIC) }));
    expect(message).toMatchObject({ status: 'QUEUED', content: { kind: 'media', url: PUBLIC, mediaId: null } });
  });

  it('that is unsafe takes nothing from the others of its batch', async () => {
    const { caller } = await room.project();
    const answers = await room.accept.sendAll(caller, [input(), input({ content: media(OURSELVES) }), input()]);
    expect(answers.map((answer) => (isProblem(answer) ? answer.code : answer.status))).toEqual([
      ...['QUEUED', 'UNSAFE_URL', 'QUEUED'],
    ]);
  });
});

describe('what is accepted', () => {
  it('is stored as it is answered, with all that it says', async () => {
    const { caller, account } = await room.project();
    const content = { interactive: { text: 'Mana?', buttons: [{ title: 'Ya' }] } };
    const message = await room.accept.send(caller, input({ content, reference: 'r', metadata: { a: 1 } }));
    const stored = await room.messages(caller);
    expect(stored).toEqual([message]);
    expect(stored[0]).toMatchObject({
      ...{ direction: 'OUTBOUND', person: ANI, recipientId: null, accountId: account.id, accountFixed: false },
      content: {
        kind: 'interactive',
        text: 'Mana?',
        buttons: [{ id: 'button-1', title: 'Ya' }],
        list: null,
        replyId: null,
      },
    });
  });

  it('as an answer keeps which message it answers', async () => {
    const { caller } = await room.project();
    const first = await room.accept.send(caller, input());
    if (isProblem(first)) throw new Error(first.code);
    const second = await room.accept.send(caller, input({ replyTo: publicId('msg', first.id) }));
    expect(second).toMatchObject({ inReplyTo: first.id });
    const stranger = await room.project();
    const theirs = await room.accept.send(stranger.caller, input({ replyTo: publicId('msg', first.id) }));
    expect(theirs).toMatchObject({ code: 'NOT_FOUND', field: 'replyTo' });
  });
});

describe('a person who opted out under another of their names', () => {
  it('is not written to by number when they said so under the provider’s id, nor the other way round', async () => {
    const { caller, account } = await room.project();
    const { projectId } = caller;
    const heardAt = room.clock.now();
    await room.database.transaction(async (sql) => {
      await room.conversations.heard(sql, projectId, [
        { accountId: account.id, person: ANI, recipientId: 'ID.77', heardAt },
        { accountId: account.id, person: '+6281200000000', recipientId: 'ID.88', heardAt },
      ]);
      for (const person of ['ID.77', '+6281200000000'])
        await room.optOuts.keep(sql, { projectId, person, scope: 'ALL', reason: null });
    });
    const accountId = publicId('acc', account.id);
    for (const to of [ANI, 'ID.88']) {
      const answer = await room.accept.send(caller, input({ to, accountId }));
      expect(answer).toMatchObject({ code: 'RECIPIENT_OPTED_OUT', field: 'to' });
    }
  });
});

describe('what accepting would decide', () => {
  const text = ({ projectId }: Caller): Send => ({ ...send({ content: { kind: 'text', text: 'Halo' } }), projectId });

  it('is the account, and nothing is stored', async () => {
    const { caller, account } = await room.project();
    const one = text(caller);
    expect(await room.accept.plan(one)).toMatchObject({ account: { id: account.id }, person: ANI });
    expect([await room.messages(caller), await room.events(caller)]).toEqual([[], []]);
  });

  it('is what is so now, and not a moment ago', async () => {
    const { caller } = await room.project();
    const one = text(caller);
    expect(isProblem(await room.accept.plan(one))).toBe(false);
    // Said to nobody, so that whoever keeps what he read still believes it.
    await room.database.rows('update provider_accounts set enabled = false where project_id = $1', [caller.projectId]);
    expect(await room.accept.send(caller, input())).toMatchObject({ status: 'QUEUED' });
    expect(await room.accept.plan(one)).toMatchObject({ code: 'NO_ROUTE' });
  });

  it('is a problem for a time that has passed, and for a link into our own network', async () => {
    const { caller } = await room.project();
    const one = text(caller);
    const late = { ...one, expiresAt: room.clock.now() };
    expect(await room.accept.plan(late)).toMatchObject({ code: 'INVALID_INPUT', field: 'expiresAt' });
    const above = { ...one, content: orderMessage({ headerImage: picture({ url: OURSELVES }) }) };
    expect(await room.accept.plan(above)).toMatchObject({ code: 'UNSAFE_URL', field: 'content.order.headerImage' });
  });
});

describe('what is accepted inside another transaction', () => {
  it('is gone with it, and so are its events', async () => {
    const { caller } = await room.project();
    const one = { ...send({ content: { kind: 'text', text: 'Halo' } }), projectId: caller.projectId };
    const undone = room.database.transaction(async (sql) => {
      const { messages, events, problems } = await room.accept.acceptWithin(sql, caller.projectId, [
        one,
        {
          ...one,
          content: {
            kind: 'media',
            file: { type: 'VIDEO', url: PUBLIC, mediaId: null, filename: null },
            caption: null,
          },
        },
      ]);
      expect(messages).toMatchObject([{ status: 'QUEUED', sequence: 1 }]);
      expect(events).toMatchObject([{ type: 'MESSAGE_QUEUED', subjectId: messages[0]!.id }]);
      expect(problems).toMatchObject([{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.media.type' }]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect([await room.messages(caller), await room.events(caller)]).toEqual([[], []]);
  });
});
