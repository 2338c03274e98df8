import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  connectDoku,
  DOKU_TEMPLATE,
  magic,
  person,
  PROBLEM,
  registerTemplate,
  startWorld,
  UNLIMITED,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

const clock = new ManualClock();
let world: World;
/** A second DOKU account, that says of itself that it takes a repeated Request-Id as the same request. */
let repeatSafe: string;
let counter = 0;

beforeAll(async () => {
  const doku = { requestsPerMinute: UNLIMITED };
  world = await startWorld({ clock, doku, callbackPlan: { statuses: [] } });
  const credentials = { repeatSafe: 'true' };
  ({ id: repeatSafe } = await connectDoku(world.call, world.simulator.url, { ...doku, credentials }));
  const { templates } = await world.ask('query ($name: String) { templates(name: $name) { edges { node { id } } } }', {
    name: DOKU_TEMPLATE,
  });
  const { id } = templates.edges[0].node;
  await registerTemplate(world.call, { id, accountId: repeatSafe, externalId: 'TMP-240223-07652' });
});
afterEach(() => world.simulator.clearFaults());
afterAll(() => world.close());

/** Values of their own: for the simulator the same recipient with the same values is the same message again. */
const doku = (to: string, more: object = {}): Record<string, unknown> => ({
  to,
  content: { template: { name: DOKU_TEMPLATE, params: ['Budi', `A-${++counter}`, 'JNE'] } },
  ...more,
});
const wappin = (to: string, more: object = {}): Record<string, unknown> => ({
  to,
  content: { template: { name: WAPPIN_TEMPLATE, params: ['Siti', `${++counter}`] } },
  ...more,
});
const types = (message: any): string[] => message.events.map(({ type }: any) => type.replace('MESSAGE_', ''));
const outcomes = (message: any): string[] => message.attempts.map(({ outcome }: any) => outcome);
const requestIds = (message: any): Set<string> =>
  new Set(message.attempts.map(({ request }: any) => request.headers['Request-Id']));
const sendAndWait = async (send: Record<string, unknown>, ms = MINUTE): Promise<any> => {
  const { id } = await world.send(send);
  await world.pass(ms);
  return world.message(id);
};
const wentOut = (message: any): number =>
  world.simulator.ledger
    .messages({ recipient: message.to.slice(1) })
    .filter(({ params }) => params[1] === message.content.params[1]).length;
const wish = async (name: string, id: string, more = ''): Promise<any> => {
  const data = await world.ask(
    `mutation ($id: ID!) { answer: ${name}(id: $id${more}) { __typename ... on Message { id status } ${PROBLEM} } }`,
    { id },
  );
  return data.answer;
};
const retry = (id: string): Promise<any> => wish('retryMessage', id);
const resolve = (id: string, sent: boolean): Promise<any> => wish('resolveMessage', id, `, sent: ${sent}`);

describe('an account that is repeatSafe', () => {
  const send = (to: string): Record<string, unknown> => doku(to, { accountId: repeatSafe });

  it.each([
    ['500', 'nothing was sent'],
    ['503', 'nothing was sent, and surely'],
    ['504', 'nothing was sent'],
    ['902', 'it was sent'],
    ['904', 'it was sent'],
    ['905', 'it was sent'],
    ['906', 'it was sent'],
    ['514', 'it was sent'],
    ['520', 'it was sent'],
    ['903', 'nothing was sent'],
  ])('repeats after %s (%s) under the same Request-Id, and one message goes out', async (outcome) => {
    const message = await sendAndWait(send(magic(outcome, 'once')));
    expect(message.status).toBe('SUBMITTED');
    expect(wentOut(message)).toBe(1);
    expect(requestIds(message).size).toBe(1);
    const [first, second] = message.attempts;
    expect(second.request.body).toBe(first.request.body);
    expect(second.request.headers['Signature']).not.toBe(first.request.headers['Signature']);
    expect(second.request.headers['Request-Timestamp']).not.toBe(first.request.headers['Request-Timestamp']);
  });

  it('shows each step of it: UNCONFIRMED, RETRIED, SUBMITTED with the id of the first answer', async () => {
    const message = await sendAndWait(send(magic('902', 'once')));
    expect(types(message)).toEqual(['QUEUED', 'UNCONFIRMED', 'RETRIED', 'SUBMITTED']);
    expect(outcomes(message)).toEqual(['UNCERTAIN', 'ACCEPTED']);
    expect(message.attempts[1].httpStatus).toBe(409);
    const [sent] = world.simulator.ledger.messages({ messageId: message.providerMessageId });
    expect(sent?.repeats).toBe(1);
  });

  it('takes another Request-Id where the repeat is answered with the refusal of the first', async () => {
    const message = await sendAndWait(send(magic('510', 'once')));
    expect(outcomes(message)).toEqual(['UNCERTAIN', 'DEFERRED', 'ACCEPTED']);
    expect(requestIds(message).size).toBe(2);
    expect(wentOut(message)).toBe(1);
  });

  it('repeats 5 times in 10 minutes, and then leaves it to a person', async () => {
    const message = await sendAndWait(send(magic('908')), 12 * MINUTE);
    expect(message.status).toBe('UNCONFIRMED');
    expect(outcomes(message)).toEqual(Array(6).fill('UNCERTAIN'));
    expect(requestIds(message).size).toBe(1);
    expect(wentOut(message)).toBe(1);
    const starts = message.attempts.map(({ startedAt }: any) => Date.parse(startedAt));
    expect(starts.at(-1) - starts[0]).toBeLessThan(10 * MINUTE);
    await world.pass(20 * MINUTE, 10 * SECOND);
    expect((await world.message(message.id)).attempts).toHaveLength(6);
  });
});

describe('resendUnconfirmed', () => {
  it('sends again through a provider that knows no repeats: better twice than not at all', async () => {
    const message = await sendAndWait(wappin(magic('902', 'once'), { resendUnconfirmed: true }));
    expect(types(message)).toEqual(['QUEUED', 'UNCONFIRMED', 'RETRIED', 'SUBMITTED']);
    expect(wentOut(message)).toBe(2);
  });

  it('gives up after the same 5 repeats', async () => {
    const message = await sendAndWait(wappin(magic('903'), { resendUnconfirmed: true }), 12 * MINUTE);
    expect(message).toMatchObject({ status: 'UNCONFIRMED' });
    expect(outcomes(message)).toEqual(Array(6).fill('UNCERTAIN'));
  });

  it('sends nothing after expiresAt: a code that is late is of no use', async () => {
    const expiresAt = new Date(clock.now().getTime() + 2 * SECOND).toISOString();
    const message = await sendAndWait(wappin(magic('903'), { resendUnconfirmed: true, expiresAt }), 10 * MINUTE);
    expect(message.status).toBe('UNCONFIRMED');
    expect(message.attempts.length).toBeLessThanOrEqual(3);
  });
});

describe('an UNCONFIRMED message', () => {
  const unconfirmed = async (to = magic('902', 'once')): Promise<string> => {
    const message = await sendAndWait(wappin(to), SECOND);
    expect(message.status).toBe('UNCONFIRMED');
    return message.id;
  };

  it('is SUBMITTED when a person says that it was sent', async () => {
    const id = await unconfirmed();
    expect(await resolve(id, true)).toMatchObject({ status: 'SUBMITTED' });
    expect(await world.message(id)).toMatchObject({ problem: null, submittedAt: clock.now().toISOString() });
    expect(types(await world.message(id))).toEqual(['QUEUED', 'UNCONFIRMED', 'SUBMITTED']);
  });

  it('is FAILED when a person says that it was not', async () => {
    const id = await unconfirmed();
    expect(await resolve(id, false)).toMatchObject({ status: 'FAILED' });
    const message = await world.message(id);
    expect(message.problem).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(types(message)).toEqual(['QUEUED', 'UNCONFIRMED', 'FAILED']);
    expect(wentOut(message)).toBe(1);
  });

  it('is sent again when a person wants that', async () => {
    const id = await unconfirmed();
    expect(await retry(id)).toMatchObject({ status: 'QUEUED' });
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'SUBMITTED', problem: null });
    expect(types(message)).toEqual(['QUEUED', 'UNCONFIRMED', 'RETRIED', 'SUBMITTED']);
    expect(wentOut(message)).toBe(2);
  });

  it('keeps its Request-Id when it is sent again, so that DOKU may know it', async () => {
    const { id } = await sendAndWait(doku(magic('902', 'once'), { accountId: world.doku.id }));
    await retry(id);
    await world.quiet();
    const message = await world.message(id);
    expect(message.status).toBe('SUBMITTED');
    expect(requestIds(message).size).toBe(1);
    expect(wentOut(message)).toBe(1);
  });

  it('cannot be canceled, for it may have been sent', async () => {
    expect(await wish('cancelMessage', await unconfirmed())).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
  });
});

describe('a message that failed', () => {
  it('is sent again when a person wants that, as a new request', async () => {
    const { id } = await sendAndWait(doku(magic('400', 'once'), { accountId: world.doku.id }));
    expect(await world.message(id)).toMatchObject({ status: 'FAILED' });
    expect(await retry(id)).toMatchObject({ status: 'QUEUED' });
    await world.quiet();
    const message = await world.message(id);
    expect(message).toMatchObject({ status: 'SUBMITTED', problem: null, failedAt: null });
    expect(outcomes(message)).toEqual(['REFUSED', 'ACCEPTED']);
    expect(requestIds(message).size).toBe(2);
    expect(types(message)).toEqual(['QUEUED', 'FAILED', 'RETRIED', 'SUBMITTED']);
  });

  it('is not sent again after its end', async () => {
    const expiresAt = new Date(clock.now().getTime() + MINUTE).toISOString();
    const { id } = await sendAndWait(wappin(magic('601'), { expiresAt }), 2 * MINUTE);
    expect(await retry(id)).toMatchObject({ code: 'EXPIRED' });
    expect(await world.message(id)).toMatchObject({ status: 'FAILED' });
  });
});

describe('what is wished of a message in another state', () => {
  it('is INVALID_TRANSITION and changes nothing', async () => {
    const { id } = await sendAndWait(wappin(person(1)), SECOND);
    const before = await world.message(id);
    expect(before.status).toBe('SUBMITTED');
    for (const answer of [await retry(id), await resolve(id, true), await resolve(id, false)])
      expect(answer).toMatchObject({
        code: 'INVALID_TRANSITION',
        field: 'id',
        message: expect.stringContaining('SUBMITTED'),
      });
    expect(await world.message(id)).toEqual(before);
  });

  it.each(['msg_00000000000000000000000000000000', 'msg_1', 'acc_00000000000000000000000000000000', ''])(
    'is NOT_FOUND for the id %j',
    async (id) => {
      for (const answer of [await retry(id), await resolve(id, true), await wish('cancelMessage', id)])
        expect(answer).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    },
  );
});
