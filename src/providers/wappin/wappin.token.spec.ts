import { describe, expect, it } from 'vitest';
import { type HttpRequest, type HttpResult } from '../../http/http.js';
import { type Outbound, type Outcome, type Provider } from '../ports.js';
import { wappin } from './wappin.provider.js';
import { basicAuthorization } from './wappin.wire.js';

const START = Date.parse('2024-05-31T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const message: Outbound = {
  attemptId: '0190b5a0-0000-7000-8000-000000000001',
  requestKey: '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11',
  to: '+6289600010002',
  content: {
    kind: 'template',
    externalId: 'templ_uat_2',
    language: 'id',
    params: ['Anniv Grace', '2018-10-10 19:26:36'],
  },
};

describe('the token', () => {
  it('is asked for once, however many sends wait for it', async () => {
    const world = new World();
    await world.send(message, message, message);
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
    expect(world.sendCalls()).toHaveLength(4);
    expect(world.sendCalls().every((call) => call.headers['Authorization'] === 'Bearer token-1')).toBe(true);
  });

  it('is asked for by Basic, with nothing in the body', async () => {
    const world = new World();
    await world.send(message);
    expect(world.tokenCalls()[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.wappin.id/v1/token/get',
      headers: { Authorization: basicAuthorization('0009', 'the-secret') },
      body: '',
    });
  });

  it('is renewed after half its life, while sends go on with the old one', async () => {
    const world = new World();
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
    const world = new World();
    // 08:00 in Jakarta is 01:00 UTC, an hour from the start.
    world.tokenAnswer = () => token('token', '2024-05-31 08:00:00');
    await world.send(message);
    world.now = START + 30 * MINUTE;
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(2);
  });

  it('is not asked for with every send when its end lies in the past', async () => {
    const world = new World();
    world.tokenAnswer = () => token('token', '2019-07-20 16:21:51');
    await world.send(message);
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
  });

  it('stays when Wappin says "Token not expired" and gives none', async () => {
    const world = new World();
    await world.send(message);
    world.tokenAnswer = () => said({ status: '200', message: 'Token not expired' });
    world.now = START + 20 * HOUR;
    await world.send(message);
    world.now = START + 25 * HOUR;
    expect(await world.send(message)).toMatchObject([{ outcome: 'accepted' }]);
    expect(world.bearers()).toEqual(['token-1', 'token-1', 'token-1']);
  });

  it('makes the message wait when Wappin holds it back from the start', async () => {
    const world = new World();
    world.tokenAnswer = () => said({ status: '200', message: 'Token not expired', data: null });
    expect(await world.send(message)).toMatchObject([{ outcome: 'deferred' }]);
    expect(world.sendCalls()).toHaveLength(0);
  });

  it('is renewed on 401, once for all, and the messages go out with the new one', async () => {
    const world = new World();
    await world.send(message);
    world.dead.add('token-1');
    const outcomes = await world.send(message, message, message);
    expect(outcomes).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }, { outcome: 'accepted' }]);
    expect(world.tokenCalls()).toHaveLength(2);
  });

  it('is not renewed a second time: then it is a matter of the credentials', async () => {
    const world = new World();
    world.dead.add('token-1').add('token-2');
    const [outcome] = await world.send(message);
    expect(outcome).toMatchObject({
      outcome: 'refused',
      failure: { code: 'PROVIDER_AUTH_FAILED', providerCode: '401' },
    });
    expect(world.tokenCalls()).toHaveLength(2);
    expect(world.sendCalls()).toHaveLength(2);
  });

  it.each(['401', '406', '407'])('that is refused with %s refuses the message', async (status) => {
    const world = new World();
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
    const world = new World();
    world.tokenAnswer = () => result;
    expect(await world.send(message)).toMatchObject([
      { outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } },
    ]);
    expect(world.sendCalls()).toHaveLength(0);
  });

  it('that cannot be renewed is used as long as it is good', async () => {
    const world = new World();
    await world.send(message);
    world.tokenAnswer = () => ({ kind: 'unreachable', reason: 'refused' });
    world.now = START + 23 * HOUR;
    expect(await world.send(message)).toMatchObject([{ outcome: 'accepted' }]);
    world.now = START + 24 * HOUR;
    expect(await world.send(message)).toMatchObject([{ outcome: 'deferred' }]);
  });

  it('defers one who has no more time to wait for it, and serves the others', async () => {
    const world = new World();
    const hold = Promise.withResolvers<void>();
    world.hold = hold.promise;
    const abort = new AbortController();
    const impatient = world.provider.messaging!.send([message], abort.signal);
    const patient = world.send(message);
    abort.abort();
    expect(await impatient).toMatchObject([{ outcome: 'deferred' }]);
    hold.resolve();
    expect(await patient).toMatchObject([{ outcome: 'accepted' }]);
    expect(world.tokenCalls()).toHaveLength(1);
  });

  it('that a test brought is used for sending', async () => {
    const world = new World();
    expect(await world.provider.test(new AbortController().signal)).toMatchObject({ outcome: 'accepted' });
    await world.send(message);
    expect(world.tokenCalls()).toHaveLength(1);
  });

  it('is masked in the exchange of a test and of a failure', async () => {
    const world = new World();
    world.tokenAnswer = () => said({ status: '407', message: 'no', data: { access_token: 'token-1' } });
    const [outcome] = await world.send(message);
    expect(JSON.stringify(outcome?.exchange)).not.toMatch(/token-1|the-secret/);
  });
});

function answer(status: number, body: string): HttpResult {
  return { kind: 'answer', status, headers: {}, body: Buffer.from(body) };
}

function said(body: unknown): HttpResult {
  return answer(200, JSON.stringify(body));
}

function token(access_token: string, expired_datetime: string): HttpResult {
  return said({
    status: '200',
    message: 'Success',
    data: { access_token, expired_datetime, token_type: 'access_token' },
  });
}

/** An account, a clock that stands still, and a Wappin that gives token-1, token-2, … */
class World {
  now = START;
  readonly calls: HttpRequest[] = [];
  /** Tokens that are refused with 401. */
  readonly dead = new Set<string>();
  hold: Promise<void> = Promise.resolve();
  tokenAnswer = (): HttpResult => token(`token-${this.tokenCalls().length}`, '2024-07-01 00:00:00');
  readonly provider: Provider;

  constructor() {
    const account = {
      id: '0190b5a0-0000-7000-8000-000000000003',
      kind: 'WAPPIN' as const,
      environment: 'SANDBOX' as const,
      baseUrl: wappin.baseUrls.SANDBOX,
      credentials: { clientId: '0009', projectId: '014', secretKey: 'the-secret' },
    };
    const http = { request: (request: HttpRequest) => this.answer(request) };
    this.provider = wappin.connect(account, { http, now: () => new Date(this.now) });
  }

  send(...batch: Outbound[]): Promise<readonly Outcome[]> {
    return this.provider.messaging!.send(batch, new AbortController().signal);
  }

  tokenCalls(): HttpRequest[] {
    return this.calls.filter((call) => call.url.endsWith('/v1/token/get'));
  }

  sendCalls(): HttpRequest[] {
    return this.calls.filter((call) => call.url.endsWith('/v1/message/do-send-hsm'));
  }

  bearers(): (string | undefined)[] {
    return this.sendCalls().map((call) => call.headers['Authorization']?.replace('Bearer ', ''));
  }

  private async answer(request: HttpRequest): Promise<HttpResult> {
    this.calls.push(request);
    if (request.url.endsWith('/v1/token/get')) {
      const given = this.tokenAnswer();
      await this.hold;
      return given;
    }
    const bearer = request.headers['Authorization']?.replace('Bearer ', '') ?? '';
    return this.dead.has(bearer)
      ? said({ status: '401', message: 'Invalid credential' })
      : said({ message_id: '5bc83037c79f5', status: '200', message: 'Success' });
  }
}
