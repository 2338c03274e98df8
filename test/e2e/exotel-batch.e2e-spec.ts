import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidOf } from '../../src/common/ids.js';
import { until } from '../support/until.js';
import { magic, person, startWorld, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, exotel: {} });
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let people = 0;
const text = (to: string, words = 'Halo'): Record<string, unknown> => ({ to, content: { text: { text: words } } });
const crowd = (count: number): Record<string, unknown>[] => Array.from({ length: count }, () => text(person(++people)));
const requests = (): number => world.simulator.ledger.counts({ kind: 'EXOTEL' }).requests;
const hold = (enabled: boolean): Promise<unknown> =>
  world.ask(
    'mutation ($id: ID!, $enabled: Boolean!) { updateProviderAccount(id: $id, input: {enabled: $enabled}) { __typename } }',
    { id: world.exotel.id, enabled },
  );
const health = async (): Promise<string> =>
  (await world.ask('query ($id: ID!) { providerAccount(id: $id) { health } }', { id: world.exotel.id })).providerAccount
    .health;
/** Sends them as one piece: accepted while the account is held, and then let go. */
async function together(sends: readonly Record<string, unknown>[]): Promise<any[]> {
  await hold(false);
  const answers = await world.sendAll(sends.map((send) => ({ accountId: world.exotel.id, ...send })));
  await hold(true);
  return answers;
}
/** How many of them stand where, and how many have a call under way. */
async function standing(answers: readonly { id: string }[]): Promise<Record<string, number>> {
  const rows = await world.rows(
    `select case when open_attempt is null then status else 'open' end as status, count(*)::int as count
       from messages where id = any($1) group by 1`,
    [answers.map(({ id }) => uuidOf('msg', id))],
  );
  return { open: 0, ...Object.fromEntries(rows.map(({ status, count }) => [status, count])) };
}
/** Waits until all are read, and answers them whole. */
async function allRead(answers: readonly { id: string }[]): Promise<any[]> {
  await until(async () => (await standing(answers))['READ'] === answers.length, 'all are read');
  const messages: any[] = [];
  for (const { id } of answers) messages.push(await world.answeredIn(id, 'READ'));
  return messages;
}
const bodyOf = (message: any): any => JSON.parse(message.attempts[0].request.body);

describe('101 messages in one sendMessages', () => {
  it('leave in two requests, each with a sid of its own, and each is reported on', async () => {
    const before = requests();
    const answers = await world.sendAll(crowd(101));
    expect(answers.map(({ __typename }) => __typename)).toEqual(Array(101).fill('Message'));
    const messages = await allRead(answers);
    expect(requests()).toBe(before + 2);
    expect(world.simulator.ledger.counts({ kind: 'EXOTEL' })).toMatchObject({ refused: {}, doubles: 0 });
    expect(new Set(messages.map(({ providerMessageId }) => providerMessageId)).size).toBe(101);
    for (const { to, providerMessageId } of messages) {
      const sent = world.simulator.ledger.messages({ messageId: providerMessageId });
      expect(sent.map(({ recipient }) => `+${recipient}`)).toEqual([to]);
    }
    const sizes = Map.groupBy(
      world.simulator.ledger.messages({ kind: 'EXOTEL' }),
      ({ requestId }) => requestId,
    ).values();
    expect([...sizes].map(({ length }) => length).sort()).toEqual([1, 100]);
  });

  it('keep of their request what is their own: one message, its attempt, its answer', async () => {
    const answers = await together(crowd(30));
    for (const message of await allRead(answers)) {
      const { to } = message;
      const { whatsapp } = bodyOf(message);
      expect(whatsapp.messages).toMatchObject([{ to, custom_data: uuidOf('att', message.attempts[0].id) }]);
      const { response } = message.attempts[0];
      expect(JSON.parse(response.body).response.whatsapp.messages).toMatchObject([
        { data: { sid: message.providerMessageId } },
      ]);
    }
  });
});

describe('a 202 that hides refusals', () => {
  it('fails those that it refuses, defers those that may go later, and nobody else', async () => {
    const [bad, busy] = [magic('400'), magic('430', 'once')];
    const sends = crowd(20);
    sends.splice(5, 0, text(bad), text(busy));
    const before = requests();
    const answers = await together(sends);
    for (const { id, to } of answers) {
      const message = await world.answeredIn(id, ...(to === bad ? ['FAILED'] : ['READ']));
      if (to === bad) {
        expect(message.problem).toMatchObject({
          ...{ code: 'PROVIDER_REJECTED', provider: { provider: 'EXOTEL', code: '400', retryable: false } },
        });
      } else expect(message.problem).toBeNull();
      expect(message.attempts.map(({ outcome }: any) => outcome)).toEqual(
        to === bad ? ['REFUSED'] : to === busy ? ['DEFERRED', 'ACCEPTED'] : ['ACCEPTED'],
      );
      expect(message.attempts[0].httpStatus).toBe(202);
    }
    expect(requests()).toBe(before + 2);
    expect(await health()).toBe('HEALTHY');
  });
});

describe('messages to one person', () => {
  it('are never in one request, and leave in their order', async () => {
    const to = person(++people);
    const words = Array.from({ length: 6 }, (_, n) => `${n}`);
    const others = crowd(40);
    const sends = words.flatMap((word, n) => [text(to, word), ...others.slice(n * 6, n * 6 + 6)]);
    const answers = await together(sends);
    await allRead(answers);
    const sent = world.simulator.ledger.messages({ recipient: to.slice(1) }).reverse();
    expect(sent.map(({ content }: any) => content.text.body)).toEqual(words);
    expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(words.length);
  });

  it('keep their order among those to others, however many gateways send them', async () => {
    // Where the reports come to, whichever of them sent the message.
    const env = { PUBLIC_URL: world.gateway.url };
    await Promise.all([world.gateway.beside({ env }), world.gateway.beside({ env: { ...env, ROLE: 'worker' } })]);
    const persons = Array.from({ length: 12 }, () => person(++people));
    const sends = Array.from({ length: 10 }, (_, n) => persons.map((to) => text(to, `${n}`))).flat();
    await allRead(await together(sends));
    for (const to of persons) {
      const sent = world.simulator.ledger.messages({ recipient: to.slice(1) }).reverse();
      expect(sent.map(({ content }: any) => Number(content.text.body))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(10);
    }
  }, 30_000);

  it('are not in one request when one of them is urgent; that one is first', async () => {
    const to = person(++people);
    const answers = await together([
      { ...text(to, 'later'), priority: 'LOW' },
      { ...text(to, 'now'), priority: 'HIGH' },
    ]);
    await allRead(answers);
    const sent = world.simulator.ledger.messages({ recipient: to.slice(1) }).reverse();
    expect(sent.map(({ content }: any) => content.text.body)).toEqual(['now', 'later']);
    expect(new Set(sent.map(({ requestId }) => requestId)).size).toBe(2);
  });
});

describe('what Exotel reports later', () => {
  it.each([
    ['30005', 'INVALID_PHONE_NUMBER'],
    ['30012', 'NOT_ON_WHATSAPP'],
    ['30013', 'NOT_ON_WHATSAPP'],
    ['30016', 'MEDIA_REJECTED'],
    ['30018', 'SESSION_WINDOW_CLOSED'],
    ['30022', 'TEMPLATE_NOT_FOUND'],
    ['30023', 'TEMPLATE_PARAMS_MISMATCH'],
    ['30027', 'EXPIRED'],
    ['30004', 'PROVIDER_REJECTED'],
  ])('fails that message with what it means: %s is %s', async (code, problem) => {
    const answers = await together([...crowd(3), text(`+6281200${code.padStart(6, '0')}`), ...crowd(3)]);
    const failed = await world.messageIn(answers[3].id, 'FAILED', 'READ');
    expect(failed).toMatchObject({ status: 'FAILED', problem: { code: problem, provider: { code } } });
    expect(failed.submittedAt).not.toBeNull();
    await allRead(answers.toSpliced(3, 1));
  });
});
