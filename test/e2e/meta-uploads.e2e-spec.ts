import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../src/common/clock.js';
import { type Behaviour } from '../../src/simulator/behaviour.js';
import { PDF, PNG, upload } from '../support/files.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { ignoreWindowsAtMeta, person, PROBLEM, startWorld, type World } from '../support/world.js';

const clock = new ManualClock();
let world: World;
beforeAll(async () => {
  world = await startWorld({ doku: false, wappin: false, meta: {}, clock, callbackPlan: { statuses: [] } });
  ignoreWindowsAtMeta(world.simulator);
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

let people = 0;
/** A file that Meta has not seen yet. */
const newFile = async (): Promise<string> =>
  (await upload(world.gateway, Buffer.concat([PNG, Buffer.from(`${++people}`)]), 'tas.png')).body.id;
const send = async (mediaId: string): Promise<string> =>
  (await world.send({ to: person(++people), content: { media: { type: 'IMAGE', mediaId } } })).id;
const fault = (behaviour: Behaviour, next = 1): void =>
  world.simulator.configure({ faults: [{ kind: 'META', on: 'media', next, behaviour }] });
const refuse = (code: number | null, http = 400): Behaviour => ({
  refuse: { http, code: code === null ? null : `${code}`, message: 'no' },
});
/** Lets time pass until it is in this state. A file that is read from the disc is nothing that `quiet` waits for. */
const inTime = (id: string, status: string): Promise<any> =>
  until(async () => {
    await world.pass(SECOND);
    const message = await world.message(id);
    return message.status === status && message.attempts.at(-1)?.outcome && message;
  }, `it is ${status}`);
/** How often Meta was asked to take a file, and how often to take a message. */
const calls = (): { files: number; messages: number } => {
  const paths = world.simulator.ledger.calls({ kind: 'META' }).map(({ path }) => path);
  const ending = (end: string): number => paths.filter((path) => path.endsWith(end)).length;
  return { files: ending('/media'), messages: ending('/messages') };
};

describe('an upload on to Meta', () => {
  it('that is refused fails the message, which never leaves', async () => {
    for (const [code, problem] of [
      [131053, 'MEDIA_REJECTED'],
      [100, 'PROVIDER_REJECTED'],
    ] as const) {
      fault(refuse(code));
      const before = calls();
      const message = await inTime(await send(await newFile()), 'FAILED');
      expect(message).toMatchObject({ problem: { code: problem, provider: { code: `${code}` } } });
      expect(message.attempts).toMatchObject([{ outcome: 'REFUSED' }]);
      expect(new URL(message.attempts[0].request.url).pathname).toMatch(/\/media$/);
      expect(calls()).toEqual({ files: before.files + 1, messages: before.messages });
    }
  });

  it.each([
    ['its line drops', { line: 'dropped' }],
    ['its answer is cut', { line: 'cut' }],
    ['a proxy answers 502', refuse(null, 502)],
    ['Meta says that it is too much', refuse(130429)],
  ] as [string, Behaviour][])('is surely no message, so it is made again when %s', async (_name, behaviour) => {
    fault(behaviour);
    const before = calls();
    const message = await inTime(await send(await newFile()), 'SUBMITTED');
    expect(message.problem).toBeNull();
    expect(message.attempts.map(({ outcome }: any) => outcome)).toEqual(['DEFERRED', 'ACCEPTED']);
    expect(calls()).toEqual({ files: before.files + 2, messages: before.messages + 1 });
  });

  it('is one for all messages that leave together', async () => {
    const mediaId = await newFile();
    const before = calls();
    const content = { media: { type: 'IMAGE', mediaId } };
    const answers = await world.sendAll(Array.from({ length: 60 }, () => ({ to: person(++people), content })));
    for (const { id } of answers) await inTime(id, 'SUBMITTED');
    expect(calls()).toEqual({ files: before.files + 1, messages: before.messages + 60 });
  });

  it('is made anew when Meta’s 30 days with it are over', async () => {
    const mediaId = await newFile();
    await inTime(await send(mediaId), 'SUBMITTED');
    const before = calls().files;
    await inTime(await send(mediaId), 'SUBMITTED');
    expect(calls().files).toBe(before);
    clock.advance(30 * DAY);
    await inTime(await send(mediaId), 'SUBMITTED');
    expect(calls().files).toBe(before + 1);
  });

  it('says of the file in the attempt what it is, and not its bytes', async () => {
    fault(refuse(131053));
    const bytes = Buffer.concat([PDF, Buffer.from('rahasia dagang')]);
    const { body } = await upload(world.gateway, bytes, 'faktur.pdf');
    const content = { media: { type: 'DOCUMENT', mediaId: body.id } };
    const { id } = await world.send({ to: person(++people), content });
    const { attempts } = await inTime(id, 'FAILED');
    expect(attempts[0].request.body).toContain('application/pdf');
    expect(JSON.stringify(attempts)).not.toContain('rahasia dagang');
  });

  // The last of them: it stops the account.
  it('for which the token is refused stops the account', async () => {
    fault(refuse(190, 401));
    expect(await inTime(await send(await newFile()), 'FAILED')).toMatchObject({
      problem: { code: 'PROVIDER_AUTH_FAILED', provider: { code: '190' } },
    });
    const before = calls();
    const waiting = await send(await newFile());
    await world.pass(5 * MINUTE, MINUTE);
    expect(await world.message(waiting)).toMatchObject({ status: 'QUEUED', attempts: [] });
    expect(calls()).toEqual(before);
    const { testProviderAccount } = await world.ask(
      `mutation ($id: ID!) { testProviderAccount(id: $id) { __typename ... on ProviderAccount { health } ${PROBLEM} } }`,
      { id: world.meta.id },
    );
    expect(testProviderAccount).toMatchObject({ health: 'HEALTHY' });
    await inTime(waiting, 'SUBMITTED');
  });
});
