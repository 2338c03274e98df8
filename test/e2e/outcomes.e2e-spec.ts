import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { DOKU_TEMPLATE, magic, person, startWorld, UNLIMITED, WAPPIN_TEMPLATE, type World } from '../support/world.js';

let counter = 0;
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
const header = (message: any, name: string): string[] =>
  message.attempts.map(({ request }: any) => request.headers[name]);

describe('what a provider answers', () => {
  const clock = new ManualClock();
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ clock, doku: { requestsPerMinute: UNLIMITED }, callbackPlan: { statuses: [] } });
  });
  afterEach(() => world.simulator.clearFaults());
  afterAll(() => world.close());
  /** Sends it, and lets the time pass that further tries would need. */
  const sendAndWait = async (send: Record<string, unknown>, ms = 10 * MINUTE): Promise<any> => {
    const { id } = await world.send(send);
    await world.pass(ms, 5 * SECOND);
    return world.message(id);
  };
  /** What went out, by the message's own value. */
  const wentOut = (message: any): number =>
    world.simulator.ledger
      .messages({ recipient: message.to.slice(1) })
      .filter(({ params }) => params[1] === message.content.params[1]).length;

  it.each([
    ['DOKU', '400', 'PROVIDER_REJECTED', 'invalid_parameter'],
    ['DOKU', '404', 'PROVIDER_REJECTED', 'template_not_found'],
    ['DOKU', '422', 'PROVIDER_REJECTED', 'invalid_params'],
    ['Wappin', '400', 'PROVIDER_REJECTED', '400'],
    ['Wappin', '404', 'TEMPLATE_NOT_FOUND', '404'],
    ['Wappin', '410', 'PROVIDER_REJECTED', '400'],
    ['Wappin', '412', 'TEMPLATE_PARAMS_MISMATCH', '400'],
    ['Wappin', '419', 'PROVIDER_REJECTED', '419'],
    ['Wappin', '422', 'TEMPLATE_PARAMS_MISMATCH', '400'],
    ['Wappin', '601', 'NOT_ON_WHATSAPP', '601'],
    ['Wappin', '605', 'MEDIA_REJECTED', '605'],
  ])('refuses for good: %s %s is FAILED with %s, and is not tried again', async (provider, outcome, code, theirs) => {
    const message = await sendAndWait((provider === 'DOKU' ? doku : wappin)(magic(outcome)));
    expect(message).toMatchObject({
      status: 'FAILED',
      problem: {
        code,
        provider: {
          provider: provider.toUpperCase(),
          code: theirs,
          message: expect.stringMatching(/./),
          retryable: false,
        },
      },
      attempts: [{ outcome: 'REFUSED', failure: { code: theirs } }],
    });
    expect(message.failedAt).not.toBeNull();
    expect(types(message)).toEqual(['QUEUED', 'FAILED']);
    expect(wentOut(message)).toBe(0);
  });

  it.each([
    ['DOKU', '429'],
    ['DOKU', '503'],
    ['Wappin', '429'],
    ['Wappin', '503'],
    ['Wappin', '700'],
  ])('surely did not send it: %s %s waits and is tried again', async (provider, outcome) => {
    const { id } = await world.send((provider === 'DOKU' ? doku : wappin)(magic(outcome, 'once')));
    await world.quiet();
    const deferred = await world.message(id);
    expect(deferred).toMatchObject({ status: 'QUEUED', problem: null, attempts: [{ outcome: 'DEFERRED' }] });
    expect(deferred.attempts[0].failure.retryable).toBe(true);
    await world.pass(0.7 * SECOND, 100);
    expect((await world.message(id)).attempts).toHaveLength(1);
    await world.pass(2 * SECOND, 100);
    const message = await world.message(id);
    expect(outcomes(message)).toEqual(['DEFERRED', 'ACCEPTED']);
    expect(types(message)).toEqual(['QUEUED', 'SUBMITTED']);
    expect(wentOut(message)).toBe(1);
  });

  it('is tried again under the same Request-Id, with a fresh timestamp and signature', async () => {
    const message = await sendAndWait(doku(magic('503', 'once')));
    const [first, second] = message.attempts;
    expect(outcomes(message)).toEqual(['DEFERRED', 'ACCEPTED']);
    expect(new Set(header(message, 'Request-Id')).size).toBe(1);
    expect(second.request.body).toBe(first.request.body);
    expect(new Set(header(message, 'Request-Timestamp')).size).toBe(2);
    expect(new Set(header(message, 'Signature')).size).toBe(2);
    // The simulator has looked at both signatures.
    expect(second.request.headers['Request-Timestamp']).toBe(String(Date.parse(second.startedAt)));
  });

  it('takes another Request-Id where DOKU says that it has used that one up (409 with an error)', async () => {
    const message = await sendAndWait(doku(magic('409', 'once')));
    expect(outcomes(message)).toEqual(['DEFERRED', 'ACCEPTED']);
    expect(new Set(header(message, 'Request-Id')).size).toBe(2);
    expect(wentOut(message)).toBe(1);
  });

  it('is FAILED when it was deferred for 24 hours, tried ever more seldom until every 5 minutes', async () => {
    const { id } = await world.send(wappin(magic('700')));
    await world.pass(23.9 * HOUR, MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'QUEUED' });
    // Beyond the day by more than the longest pause between two tries.
    await world.pass(0.4 * HOUR, MINUTE);
    const message = await world.message(id);
    expect(message).toMatchObject({
      status: 'FAILED',
      problem: { code: 'PROVIDER_UNAVAILABLE', provider: { code: '700' } },
    });
    const starts = message.attempts.map(({ startedAt }: any) => Date.parse(startedAt));
    const pauses = starts.slice(1).map((start: number, n: number) => start - starts[n]);
    // Five minutes, a quarter more or less, and the minutes by which this clock moves.
    expect(Math.max(...pauses)).toBeLessThanOrEqual(6.25 * MINUTE + 2 * MINUTE);
    expect(Math.min(...pauses.slice(12))).toBeGreaterThanOrEqual(3.75 * MINUTE);
    expect(types(message)).toEqual(['QUEUED', 'FAILED']);
  });

  it('could not be reached: nothing was sent, and it goes when the line is back', async () => {
    const move = (baseUrl: string): Promise<any> =>
      world.ask(
        'mutation ($id: ID!, $url: URL!) { updateProviderAccount(id: $id, input: {baseUrl: $url}) { __typename } }',
        { id: world.wappin.id, url: baseUrl },
      );
    // Nobody listens on port 1.
    await move('http://127.0.0.1:1');
    const { id } = await world.send(wappin(person(1)));
    await world.pass(10 * SECOND);
    const waiting = await world.message(id);
    expect(waiting.status).toBe('QUEUED');
    expect(new Set(outcomes(waiting))).toEqual(new Set(['DEFERRED']));
    await move(world.simulator.url);
    await world.pass(MINUTE);
    expect(await world.message(id)).toMatchObject({ status: 'SUBMITTED' });
  });

  it.each([
    ['DOKU', '500'],
    ['DOKU', '502'],
    ['DOKU', '504'],
    ['DOKU', '514'],
    ['DOKU', '902'],
    ['DOKU', '903'],
    ['DOKU', '904'],
    ['DOKU', '905'],
    ['DOKU', '906'],
    ['Wappin', '500'],
    ['Wappin', '502'],
    ['Wappin', '504'],
    ['Wappin', '520'],
    ['Wappin', '902'],
    ['Wappin', '903'],
    ['Wappin', '904'],
    ['Wappin', '905'],
  ])('may have sent it: %s %s is UNCONFIRMED and is not sent again', async (provider, outcome) => {
    const message = await sendAndWait((provider === 'DOKU' ? doku : wappin)(magic(outcome)), 20 * MINUTE);
    expect(message).toMatchObject({
      status: 'UNCONFIRMED',
      problem: { code: 'PROVIDER_UNAVAILABLE', provider: { retryable: false } },
      attempts: [{ outcome: 'UNCERTAIN' }],
    });
    expect(types(message)).toEqual(['QUEUED', 'UNCONFIRMED']);
    expect(wentOut(message)).toBe(['500', '502', '504', '903'].includes(outcome) ? 0 : 1);
  });

  it('is UNCONFIRMED when no answer comes within 15 s', async () => {
    const end = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => end.signal);
    const { id } = await world.send(wappin(magic('901')));
    const asked = (): number => world.simulator.ledger.messages({ recipient: magic('901').slice(1) }).length;
    await until(() => asked() === 1);
    expect(timeout).toHaveBeenCalledWith(15 * SECOND);
    timeout.mockRestore();
    end.abort(new DOMException('The operation timed out.', 'TimeoutError'));
    await world.messageIn(id, 'UNCONFIRMED');
  });

  it('took it without saying its id: it is SUBMITTED all the same', async () => {
    expect(await sendAndWait(wappin(magic('906')))).toMatchObject({ status: 'SUBMITTED', providerMessageId: null });
  });
});
