/**
 * What the house expects of every provider that carries messages. A provider's spec is one call of this with its
 * tapes: answers from the provider's documents, each with its source and date.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UndiciHttp } from '../../src/http/undici-http.js';
import {
  type Account,
  type Credentials,
  type Exchange,
  type Messaging,
  type Outbound,
  type Outcome,
  type Provider,
  type ProviderDefinition,
  type RawRequest,
} from '../../src/providers/ports.js';
import { type Answer, type Player, type Scene, startPlayer } from './player.js';

export interface Tape {
  /** The document and the place in it, or the house's own rule where the document is silent. */
  readonly source: string;
  /** The document's date, or the day it was read. */
  readonly date: string;
  readonly made: 'documented' | 'recorded' | 'inferred';
  readonly scene: Scene;
}

export type SceneName =
  'accepted' | 'unknownTemplate' | 'authFailure' | 'slowDown' | 'unavailable' | 'unreadable' | 'testGood' | 'testBad';

export interface VendorUnderTest {
  readonly definition: ProviderDefinition;
  readonly credentials: Credentials;
  /** What must never be seen in an exchange: keys, tokens, and what is made of them by mere encoding. */
  readonly secrets: readonly string[];
  /** Where messages go. */
  readonly sendPath: string;
  /** What has to be answered before a message can go, e.g. a token call. */
  readonly prelude: Scene;
  readonly acceptedReference: string;
  readonly tapes: Readonly<Record<SceneName, Tape>>;
  /** An answer that accepts with this reference. */
  accept(reference: string): Answer;
  /** Requests as the provider would make them; for those with callbacks. */
  readonly callbacks?: {
    readonly credentials: Credentials;
    readonly genuine: RawRequest;
    readonly forged: RawRequest;
  };
}

const ACCOUNT_ID = '0190b5a0-0000-7000-8000-000000000001';
const NOW = new Date('2024-05-31T16:08:37.171Z');
const JAWA = 'Bu Sri – Rp 1.000.000';

function message(number: number): Outbound {
  return {
    attemptId: `0190b5a0-0000-7000-8000-00000000010${number}`,
    requestKey: `5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c1${number}`,
    to: `+62878236780${number}3`,
    content: { kind: 'template', externalId: 'TMP-240223-07652', language: 'id', params: [JAWA, `${number}`] },
  };
}

/** Declares the tests of the contract for one provider. */
export function keepsTheMessagingContract(vendor: VendorUnderTest): void {
  describe(`${vendor.definition.name} keeps the messaging contract`, () => {
    let player: Player;
    let http: UndiciHttp;

    beforeAll(async () => {
      player = await startPlayer();
      http = new UndiciHttp({ allowPrivate: true });
    });
    afterAll(async () => {
      await http.close();
      await player.close();
    });
    beforeEach(() => player.play({}));

    const connect = (baseUrl = player.url, credentials = vendor.credentials): Provider => {
      const account: Account = {
        id: ACCOUNT_ID,
        kind: vendor.definition.kind,
        environment: 'SANDBOX',
        baseUrl,
        credentials,
      };
      return vendor.definition.connect(account, { http, now: () => NOW });
    };
    const messaging = (baseUrl?: string): Messaging => {
      const port = connect(baseUrl).messaging;
      if (!port) throw new Error(`${vendor.definition.name} carries no messages`);
      return port;
    };
    const within = (): AbortSignal => AbortSignal.timeout(10_000);
    const send = async (scene: Scene): Promise<Outcome> => {
      player.play({ ...vendor.prelude, ...scene });
      return one(await messaging().send([message(1)], within()));
    };
    const answered = (answer: Answer): Promise<Outcome> => send({ [vendor.sendPath]: [answer] });

    it('asks nothing of anybody until a port is used', () => {
      connect();
      expect(player.heard).toEqual([]);
    });

    it('hands back the reference that the provider gave', async () => {
      const outcome = await send(vendor.tapes.accepted.scene);
      expect(outcome).toMatchObject({ outcome: 'accepted', reference: vendor.acceptedReference });
    });

    it('sends the template, its values and the number, in UTF-8', async () => {
      await send(vendor.tapes.accepted.scene);
      const request = player.heard.find((each) => each.path === vendor.sendPath);
      expect(request?.body).toContain('TMP-240223-07652');
      expect(request?.body).toContain(JAWA);
      expect(request?.body).toContain('62878236780');
    });

    it('refuses what the provider will never take', async () => {
      expect(await send(vendor.tapes.unknownTemplate.scene)).toMatchObject({ outcome: 'refused' });
    });

    it('keeps the provider’s own code beside a refusal', async () => {
      expect(failureOf(await send(vendor.tapes.unknownTemplate.scene)).providerCode).toMatch(/.+/);
    });

    it('tells refused credentials from a refused message', async () => {
      const outcome = await send(vendor.tapes.authFailure.scene);
      expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'PROVIDER_AUTH_FAILED' } });
    });

    it('defers when it is told to slow down', async () => {
      expect(await send(vendor.tapes.slowDown.scene)).toMatchObject({ outcome: 'deferred' });
    });

    it('defers on 503', async () => {
      expect(await send(vendor.tapes.unavailable.scene)).toMatchObject({ outcome: 'deferred' });
    });

    it('passes on how long the provider asks to wait', async () => {
      const outcome = await answered({ status: 429, headers: { 'retry-after': '7' }, body: '' });
      expect(outcome).toMatchObject({ outcome: 'deferred', retryAfterMs: 7_000 });
    });

    it('defers when nobody listens', async () => {
      const [outcome] = await messaging(await portWithoutServer()).send([message(1)], within());
      expect(outcome).toMatchObject({ outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } });
    });

    it('is uncertain when the line dies after the request', async () => {
      const outcome = await answered('hang-up');
      expect(outcome).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
    });

    it('is uncertain when time runs out after the request', async () => {
      player.play(vendor.prelude);
      const abort = new AbortController();
      player.before = async (request) => {
        if (request.path !== vendor.sendPath) return;
        abort.abort();
        return 'hang-up';
      };
      const outcome = one(await messaging().send([message(1)], abort.signal));
      expect(outcome).toMatchObject({ outcome: 'uncertain' });
    });

    it.each([500, 502, 504])('is uncertain on HTTP %i', async (status) => {
      expect(await answered({ status, body: '<html>Bad gateway</html>' })).toMatchObject({ outcome: 'uncertain' });
    });

    it('is uncertain on an answer that cannot be read', async () => {
      expect(await send(vendor.tapes.unreadable.scene)).toMatchObject({ outcome: 'uncertain' });
    });

    it('follows no redirect', async () => {
      const outcome = await answered({ status: 302, headers: { location: `${player.url}/elsewhere` }, body: '' });
      expect(outcome.outcome).not.toBe('accepted');
      expect(player.heard.map((each) => each.path)).not.toContain('/elsewhere');
    });

    it('gives one outcome for each message, in order, also when the answers come in another', async () => {
      player.play(vendor.prelude);
      const batch = [message(1), message(2), message(3)];
      const arrived: ((reference: string) => void)[] = [];
      player.before = (request) =>
        request.path === vendor.sendPath ? answeredLastFirst(request.body, arrived, batch, vendor) : Promise.resolve();
      const outcomes = await messaging().send(batch, within());
      expect(outcomes).toMatchObject(batch.map((each) => ({ outcome: 'accepted', reference: `ref-${each.to}` })));
    });

    it('keeps the exchange, and no secret in it', async () => {
      const echo = { status: 400, headers: { 'x-echo': vendor.secrets[0]! }, body: vendor.secrets.join(' and ') };
      for (const scene of [
        { [vendor.sendPath]: [echo] },
        vendor.tapes.authFailure.scene,
        vendor.tapes.accepted.scene,
      ]) {
        const { exchange } = await send(scene);
        expect(exchange?.request.body).toContain('62878236780');
        expectNoSecret(exchange, vendor.secrets);
      }
    });

    it('keeps at most 4 KiB of an answer', async () => {
      const { exchange } = await answered({ status: 400, body: 'é'.repeat(5_000) });
      expect(Buffer.byteLength(exchange?.response?.body ?? '')).toBeLessThanOrEqual(4096);
      expect(exchange?.response?.body).toMatch(/^é+$/);
    });

    it('makes no answer a thrown error', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 200, max: 599 }), fc.oneof(fc.string(), fc.json()), async (status, body) => {
          expect(['accepted', 'refused', 'deferred', 'uncertain']).toContain(
            (await answered({ status, body })).outcome,
          );
        }),
        { numRuns: 40 },
      );
    });

    describe('test()', () => {
      const tested = (scene: Scene): Promise<Outcome> => {
        player.play(scene);
        return connect().test(within());
      };

      it('accepts credentials that work', async () => {
        expect(await tested(vendor.tapes.testGood.scene)).toMatchObject({ outcome: 'accepted', reference: null });
      });

      it('refuses credentials that do not', async () => {
        const outcome = await tested(vendor.tapes.testBad.scene);
        expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'PROVIDER_AUTH_FAILED' } });
        expectNoSecret(outcome.exchange, vendor.secrets);
      });

      it('defers when nobody listens', async () => {
        const outcome = await connect(await portWithoutServer()).test(within());
        expect(outcome).toMatchObject({ outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } });
      });
    });

    if (vendor.callbacks) keepsTheCallbackContract(vendor.callbacks, connect);
  });
}

function keepsTheCallbackContract(
  callbacks: NonNullable<VendorUnderTest['callbacks']>,
  connect: (baseUrl: string, credentials: Credentials) => Provider,
): void {
  const port = (): NonNullable<Provider['callbacks']> => connect('https://127.0.0.1', callbacks.credentials).callbacks!;

  it('keeps a genuine callback', () => {
    expect(port().admit(callbacks.genuine)).toMatchObject({ verdict: 'keep', reply: { status: 200 } });
  });

  it('refuses a callback that is not genuine', () => {
    const admission = port().admit(callbacks.forged);
    expect(admission.verdict).toBe('refuse');
    expect(admission.reply.status).toBeGreaterThanOrEqual(400);
    expect(admission.reply.status).toBeLessThan(500);
  });

  it('reads a callback, and the same when it is read again', () => {
    const first = port().read(callbacks.genuine);
    expect(first).toHaveLength(1);
    expect(port().read(callbacks.genuine)).toEqual(first);
  });

  it('reads nothing in garbage, and never throws', () => {
    const read = port().read.bind(port());
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(read({ ...callbacks.genuine, body: Buffer.from(bytes) })).toEqual([]);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (body) => {
        expect(read({ ...callbacks.genuine, body: Buffer.from(body) })).toEqual([]);
      }),
    );
  });

  it('admits or refuses anything without throwing', () => {
    const headers = fc.dictionary(fc.constantFrom('authorization', 'content-type', 'x'), fc.string());
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 400 }), (given, bytes) => {
        const admission = port().admit({ ...callbacks.genuine, headers: given, body: Buffer.from(bytes) });
        expect(['keep', 'refuse']).toContain(admission.verdict);
      }),
    );
  });
}

/** Waits until the whole batch has arrived and answers the last one first. */
async function answeredLastFirst(
  body: string,
  arrived: ((reference: string) => void)[],
  batch: readonly Outbound[],
  vendor: VendorUnderTest,
): Promise<Answer> {
  const mine = batch.find((each) => body.includes(each.to.slice(1)));
  await new Promise<string>((go) => {
    arrived.push(go);
    if (arrived.length === batch.length) for (const each of arrived.reverse()) each('');
  });
  return vendor.accept(`ref-${mine?.to}`);
}

function one(outcomes: readonly Outcome[]): Outcome {
  expect(outcomes).toHaveLength(1);
  return outcomes[0]!;
}

function failureOf(outcome: Outcome): { providerCode: string | null } {
  if (outcome.outcome === 'accepted') throw new Error('it was accepted');
  return outcome.failure;
}

function expectNoSecret(exchange: Exchange | undefined, secrets: readonly string[]): void {
  expect(exchange).toBeDefined();
  const kept = JSON.stringify(exchange);
  for (const secret of secrets) expect(kept).not.toContain(secret);
}

/** An address where a moment ago a server was, and none is now. */
async function portWithoutServer(): Promise<string> {
  const gone = await startPlayer();
  await gone.close();
  return gone.url;
}
