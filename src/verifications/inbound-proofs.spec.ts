import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANI } from '../../test/support/surroundings.js';
import { type Started, VerificationRoom } from '../../test/support/verification-room.js';
import { HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { newId, publicId } from '../common/ids.js';
import { type Caller } from '../projects/caller.js';
import { type InboundContent, type InboundMessage } from '../providers/ports/callbacks.js';
import { answerText } from './verification-texts.js';

const BUDI = '+6281234567890';

let room: VerificationRoom;
beforeAll(async () => void (room = await VerificationRoom.open()));
afterAll(() => room.close());

/** Sent now, by ANI. */
const saying = (said: string | InboundContent, over: Partial<InboundMessage> = {}): InboundMessage => ({
  ...{ kind: 'inbound', mailbox: null, reference: newId(), occurredAt: room.now, from: ANI, recipientId: null },
  ...{ fromName: null, inReplyTo: null, ...over },
  content: typeof said === 'string' ? { kind: 'text', text: said } : said,
});

const picture = (caption: string): InboundContent => ({
  ...{ kind: 'media', type: 'IMAGE', reference: 'media-1', mimeType: 'image/jpeg', filename: null, caption },
});

/** What persons were answered, oldest first. */
const answers = async (caller: Caller): Promise<string[]> =>
  (await room.messages.messages(caller)).flatMap(({ direction, content }) =>
    direction === 'OUTBOUND' && 'text' in content ? [content.text] : [],
  );
const TO_ANI = { language: 'id', appUrl: null } as const;

describe('a person who sends the message that they were given', () => {
  it('has proved their number, at the time at which they sent it', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller, { reference: 'login-7' });
    const at = later(room.now, -2 * SECOND);
    await room.hear(account, saying(text, { occurredAt: at }));
    expect(await room.find(caller, id)).toMatchObject({
      ...{ status: 'VERIFIED', verifiedAt: at, refusals: 0, sequence: 2 },
    });
    const event = (await room.messages.events(caller)).find(({ subjectId }) => subjectId === id);
    expect(event).toMatchObject({
      ...{ type: 'VERIFICATION_VERIFIED', subjectKind: 'verification', sequence: 2, occurredAt: at },
      data: {
        verification: {
          ...{ id: publicId('ver', id), method: 'INBOUND', phone: ANI, status: 'VERIFIED', reference: 'login-7' },
        },
      },
    });
  });

  it('is answered at once and for ten minutes, on the account to which they wrote, in the language of the verification', async () => {
    const { caller } = await room.messages.project();
    const other = await room.messages.connect(caller);
    const appUrl = 'https://toko.example/masuk';
    const { text } = await room.start(caller, { language: 'en', appUrl });
    expect(await room.hear(other, saying(text))).toMatchObject({ withReplies: [other.id] });
    const [, answer] = await room.messages.messages(caller);
    expect(answer).toMatchObject({
      ...{ direction: 'OUTBOUND', status: 'QUEUED', person: ANI, accountId: other.id, priority: 0 },
      ...{ content: { kind: 'text', text: answerText('VERIFIED', { language: 'en', appUrl }) } },
      expiresAt: later(room.now, 10 * MINUTE),
    });
  });

  it('has sent it when the provider says, also by a clock that runs ahead', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller);
    const at = later(room.now, MINUTE);
    await room.hear(account, saying(text, { occurredAt: at }));
    expect((await room.find(caller, id)).verifiedAt).toEqual(at);
  });

  it.each<[string, (started: Started) => string | InboundContent]>([
    ['changed the words around the code', ({ code }) => `halo kak, ini kodenya ${code} ya, makasih`],
    ['glued it to other words', ({ code }) => `Kode${code}Berlaku123`],
    ['made a caption of it', ({ code }) => picture(`ini ${code}`)],
    ['chose it', ({ code }) => ({ kind: 'interactive', text: code, replyId: null })],
  ])('has proved it too when they %s', async (_what, said) => {
    const { caller, account } = await room.messages.project();
    const started = await room.start(caller);
    await room.hear(account, saying(said(started)));
    expect(await room.find(caller, started.id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('is known by a number that the provider keeps back now and told before', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller);
    await room.hear(account, saying('Halo', { recipientId: 'ID.77' }));
    await room.hear(account, saying(text, { from: null, recipientId: 'ID.77' }));
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('may send that of an earlier step', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller, { method: 'CODE', steps: 2 });
    await room.hear(account, saying(text));
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('gets no auto reply beside, and the others do', async () => {
    const { caller, account } = await room.messages.project();
    const { code } = await room.start(caller);
    const reply = { accountId: publicId('acc', account.id), enabled: true };
    await room.messages.replies.set(caller, { ...reply, content: { text: { text: 'Kami buka jam 9.' } } });
    await room.messages.replies.set(caller, { ...reply, keyword: code, content: { text: { text: 'Kata kunci' } } });
    await room.hear(account, saying(code), saying('Halo', { from: BUDI }));
    expect((await answers(caller)).toSorted()).toEqual(['Kami buka jam 9.', answerText('VERIFIED', TO_ANI)]);
  });
});

describe('what a person sends that proves nothing', () => {
  it.each([
    ['EXPIRED', 'six seconds too late', { expiresAt: -6 * SECOND }, {}],
    ['EXPIRED', 'too late, when that was said already', { expiresAt: -6 * SECOND, status: 'EXPIRED' }, {}],
    ['ANOTHER_NUMBER', 'from another number', {}, { from: BUDI }],
    ['ANOTHER_NUMBER', 'from a number that is not told', {}, { from: null, recipientId: 'ID.78' }],
    ['USED', 'once more', { status: 'VERIFIED' }, {}],
    ['CLOSED', 'after it was canceled', { status: 'CANCELED' }, {}],
    ['CLOSED', 'after it failed', { status: 'FAILED' }, {}],
  ] as const)('is refused as %s when it comes %s', async (reason, _when, over, sent) => {
    const { caller, account } = await room.messages.project();
    const { expiresAt = MINUTE, ...state } = over as { readonly expiresAt?: number };
    const { id, text } = await room.start(caller, { ...state, expiresAt: later(room.now, expiresAt) });
    const before = await room.find(caller, id);
    await room.hear(account, saying(text, sent));
    expect(await room.find(caller, id)).toEqual({ ...before, refusals: 1, sequence: before.sequence + 1 });
    expect(await room.news(caller)).toEqual([`REFUSED ${reason}`]);
    expect(await answers(caller)).toEqual([answerText(reason, TO_ANI)]);
  });

  it.each([
    ['within the 5 s by which clocks differ', 'PENDING', -5 * SECOND, 0],
    ['before the expiry, and is told of after it', 'EXPIRED', -MINUTE, -MINUTE],
  ] as const)('is a proof all the same when it was sent %s', async (_when, status, expiry, sent) => {
    const { caller, account } = await room.messages.project();
    const times = { expiresAt: later(room.now, expiry), createdAt: later(room.now, -HOUR) };
    const { id, text } = await room.start(caller, { status, ...times });
    await room.hear(account, saying(text, { occurredAt: later(room.now, sent) }));
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED' });
  });

  it('is answered twenty times, and counted and told always', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller);
    for (let time = 0; time < 3; time++)
      await room.hear(account, ...Array.from({ length: 7 }, () => saying(text, { from: BUDI })));
    expect(await answers(caller)).toHaveLength(20);
    expect(await room.find(caller, id)).toMatchObject({ status: 'PENDING', refusals: 21 });
    await room.hear(account, saying(text));
    expect((await answers(caller)).at(-1)).toBe(answerText('VERIFIED', TO_ANI));
  });

  it('is refused also when its answer cannot be sent', async () => {
    const { caller, account } = await room.messages.project();
    const { text } = await room.start(caller);
    await room.messages.optOuts.optOut(caller, BUDI, 'ALL', null);
    expect(await room.hear(account, saying(text, { from: BUDI }))).toMatchObject({ withReplies: [] });
    expect(await room.news(caller)).toEqual(['REFUSED ANOTHER_NUMBER']);
    expect(await answers(caller)).toEqual([]);
  });

  it('twice at once proves it once', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller);
    await room.hear(account, saying(text), saying(text));
    expect(await room.find(caller, id)).toMatchObject({ status: 'VERIFIED', refusals: 1, sequence: 3 });
    expect(await room.news(caller)).toEqual(['VERIFIED', 'REFUSED USED']);
    expect(await answers(caller)).toEqual([answerText('VERIFIED', TO_ANI), answerText('USED', TO_ANI)]);
  });

  it('in two transactions at once proves it once', async () => {
    const { caller, account } = await room.messages.project();
    const { text } = await room.start(caller);
    await Promise.all([1, 2, 3].map(() => room.hear(account, saying(text))));
    expect(await room.news(caller)).toEqual(['VERIFIED', 'REFUSED USED', 'REFUSED USED']);
  });
});

describe('what is no code of the project', () => {
  const ordinary = async (caller: Caller, said: (started: Started) => string, of = caller): Promise<void> => {
    const account = await room.messages.connect(caller);
    const started = await room.start(of);
    await room.hear(account, saying(said(started)));
    expect(await room.find(of, started.id)).toMatchObject({ status: 'PENDING', refusals: 0 });
    expect(await room.news(caller)).toEqual([]);
    expect(await answers(caller)).toEqual([]);
    expect(await room.messages.messages(caller)).toMatchObject([{ direction: 'INBOUND', status: 'RECEIVED' }]);
  };

  it('is an ordinary message: one that nobody has made', async () => {
    await ordinary((await room.messages.project()).caller, () => 'z'.repeat(30));
  });

  it('is an ordinary message: one of which a letter was changed', async () => {
    const last = (code: string): string => (code.endsWith('x') ? 'y' : 'x');
    await ordinary((await room.messages.project()).caller, ({ code }) => code.slice(0, -1) + last(code));
  });

  it('is an ordinary message: one in other cases', async () => {
    await ordinary((await room.messages.project()).caller, ({ code }) =>
      code.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase())),
    );
  });

  it('is an ordinary message: one of another project', async () => {
    const { caller } = await room.messages.project();
    await ordinary(caller, ({ text }) => text, (await room.messages.project()).caller);
  });

  it('is an ordinary message: one of which nobody was told yet', async () => {
    const { caller, account } = await room.messages.project();
    const { id, text } = await room.start(caller, { told: false });
    await room.hear(account, saying(text));
    expect(await room.find(caller, id)).toMatchObject({ status: 'PENDING', refusals: 0 });
    expect(await answers(caller)).toEqual([]);
  });
});
