import { describe, expect, it } from 'vitest';
import { outbound, samples } from '../../../test/contract/samples.js';
import { START, WappinWorld, answer, said, token } from '../../../test/support/wappin-world.js';
import { basicAuthorization } from '../../common/http-text.js';
import { type HttpResult } from '../../http/http.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const message = samples.template;

describe('the token', () => {
  it('is asked for once, however many sends wait for it', async () => {
    const world = new WappinWorld();
    await world.send(message, message, message);
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
    expect(world.otherCalls()).toHaveLength(4);
    expect(world.otherCalls().every((call) => call.headers['Authorization'] === 'Bearer token-1')).toBe(true);
  });

  it('is asked for by Basic, with nothing in the body', async () => {
    const world = new WappinWorld();
    await world.send(message);
    expect(world.tokenCalls()[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.wappin.id/v1/token/get',
      headers: { Authorization: basicAuthorization('0009', 'the-secret') },
      body: '',
    });
  });

  it('is renewed after half its life, while sends go on with the old one', async () => {
    const world = new WappinWorld();
    await world.send(message);
    world.now = START + 12 * HOUR - 1;
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
    world.now += 1;
    await world.send(message, message);
    expect(world.tokenCalls()).toHaveLength(2);
    await world.send(message);
    expect(world.bearers()).toEqual(['token-1', 'token-1', 'token-1', 'token-1', 'token-2']);
  });

  it('ends when Wappin says, if that is before its 24 hours', async () => {
    const world = new WappinWorld();
    // 08:00 in Jakarta is 01:00 UTC, an hour from the start.
    world.tokenAnswer = () => token('token', '2024-05-31 08:00:00');
    await world.send(message);
    world.now = START + 30 * MINUTE;
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(2);
  });

  it('is not asked for with every send when its end lies in the past', async () => {
    const world = new WappinWorld();
    world.tokenAnswer = () => token('token', '2019-07-20 16:21:51');
    await world.send(message);
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
  });

  it('stays when Wappin says "Token not expired" and gives none', async () => {
    const world = new WappinWorld();
    await world.send(message);
    world.tokenAnswer = () => said({ status: '200', message: 'Token not expired' });
    world.now = START + 20 * HOUR;
    await world.send(message);
    world.now = START + 25 * HOUR;
    expect(await world.send(message)).toMatchObject([{ outcome: 'accepted' }]);
    expect(world.bearers()).toEqual(['token-1', 'token-1', 'token-1']);
  });

  it('makes the message wait when Wappin holds it back from the start', async () => {
    const world = new WappinWorld();
    world.tokenAnswer = () => said({ status: '200', message: 'Token not expired', data: null });
    expect(await world.send(message)).toMatchObject([{ outcome: 'deferred' }]);
    expect(world.otherCalls()).toHaveLength(0);
  });

  it('is renewed on 401, once for all, and the messages go out with the new one', async () => {
    const world = new WappinWorld();
    await world.send(message);
    world.dead.add('token-1');
    const outcomes = await world.send(message, message, message);
    expect(outcomes).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }, { outcome: 'accepted' }]);
    expect(world.tokenCalls()).toHaveLength(2);
  });

  it('is not renewed a second time: then it is a matter of the credentials', async () => {
    const world = new WappinWorld();
    world.dead.add('token-1').add('token-2');
    const [outcome] = await world.send(message);
    expect(outcome).toMatchObject({
      outcome: 'refused',
      failure: { code: 'PROVIDER_AUTH_FAILED', providerCode: '401' },
    });
    expect(world.tokenCalls()).toHaveLength(2);
    expect(world.otherCalls()).toHaveLength(2);
  });

  it.each(['401', '406', '407'])('that is refused with %s refuses the message', async (status) => {
    const world = new WappinWorld();
    world.tokenAnswer = () => said({ status, message: 'Invalid credential' });
    expect(await world.send(message)).toMatchObject([
      { outcome: 'refused', failure: { code: 'PROVIDER_AUTH_FAILED', providerCode: status } },
    ]);
  });

  it.each<HttpResult>([
    { kind: 'unreachable', reason: 'refused' },
    { kind: 'broken', reason: 'reset' },
    answer(500, ''),
    answer(504, '<html>'),
    answer(200, 'nonsense'),
  ])('that does not come (%o) defers the message, for it has not left', async (result) => {
    const world = new WappinWorld();
    world.tokenAnswer = () => result;
    expect(await world.send(message)).toMatchObject([
      { outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } },
    ]);
    expect(world.otherCalls()).toHaveLength(0);
  });

  it('that cannot be renewed is used as long as it is good', async () => {
    const world = new WappinWorld();
    await world.send(message);
    world.tokenAnswer = () => ({ kind: 'unreachable', reason: 'refused' });
    world.now = START + 23 * HOUR;
    expect(await world.send(message)).toMatchObject([{ outcome: 'accepted' }]);
    world.now = START + 24 * HOUR;
    expect(await world.send(message)).toMatchObject([{ outcome: 'deferred' }]);
  });

  it('defers one who has no more time to wait for it, and serves the others', async () => {
    const world = new WappinWorld();
    const hold = Promise.withResolvers<void>();
    world.hold = hold.promise;
    const abort = new AbortController();
    const impatient = world.provider.messaging!.send([outbound(1, message)], abort.signal);
    const patient = world.send(message);
    abort.abort();
    expect(await impatient).toMatchObject([{ outcome: 'deferred' }]);
    hold.resolve();
    expect(await patient).toMatchObject([{ outcome: 'accepted' }]);
    expect(world.tokenCalls()).toHaveLength(1);
  });

  it('is one for messages and questions, and so is its renewal', async () => {
    const world = new WappinWorld();
    const { signal } = new AbortController();
    await world.send(message, samples.text, samples.media);
    await world.provider.inquiry!.status('5c33139c82f94', signal);
    await world.provider.numbers!.check('+6282315658823', signal);
    expect(world.tokenCalls()).toHaveLength(1);
    world.dead.add('token-1');
    expect(await world.provider.numbers!.check('+6282315658823', signal)).toMatchObject({ onWhatsApp: true });
    expect(await world.send(samples.media)).toMatchObject([{ outcome: 'accepted' }]);
    expect(world.tokenCalls()).toHaveLength(2);
  });

  it('that a test brought is used for sending', async () => {
    const world = new WappinWorld();
    expect(await world.provider.test(new AbortController().signal)).toMatchObject({ outcome: 'accepted' });
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
  });

  it('is masked in the exchange of a test and of a failure', async () => {
    const world = new WappinWorld();
    world.tokenAnswer = () => said({ status: '407', message: 'no', data: { access_token: 'token-1' } });
    const [outcome] = await world.send(message);
    expect(JSON.stringify(outcome?.exchange)).not.toMatch(/token-1|the-secret/);
  });
});
