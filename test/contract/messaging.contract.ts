/**
 * What the house expects of every provider that carries messages. A provider's spec is one call of this with its
 * tapes: answers from the provider's documents, each with its source and date.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UndiciHttp } from '../../src/http/undici-http.js';
import { type Messaging, type Outbound, type OutboundContent } from '../../src/providers/ports/messaging.js';
import { type Exchange, type Outcome } from '../../src/providers/ports/outcome.js';
import {
  type Account,
  type Credentials,
  type Provider,
  type ProviderDefinition,
} from '../../src/providers/ports/provider.js';
import { keepsTheCallbackContract, type CallbacksUnderTest } from './callbacks.contract.js';
import { isFor, portWithoutServer, startPlayer, type Answer, type Player, type Scene, type Tape } from './player.js';
import { keepsTheQuestionContract, type QuestionName, type QuestionUnderTest } from './questions.contract.js';
import { keepsTheVerificationContract, type VerificationsUnderTest } from './verifications.contract.js';
import { CONTENT_KINDS, JAWA, RECIPIENT, TEMPLATE, outbound, samples, type ContentKind } from './samples.js';

/** `refused`: a message that the provider will never take, such as one of a template that it does not know. */
export type SceneName =
  'accepted' | 'refused' | 'authFailure' | 'slowDown' | 'unavailable' | 'unreadable' | 'testGood' | 'testBad';

export interface VendorUnderTest {
  readonly definition: ProviderDefinition;
  readonly credentials: Credentials;
  /** E.164; for those that need one. */
  readonly sender?: string;
  /** What must never be seen in an exchange: keys, tokens, and what is made of them by mere encoding. */
  readonly secrets: readonly string[];
  /** Where messages go; of the first kind it carries, in the order of CONTENT_KINDS, which most of the tests send. */
  readonly sendPath: string;
  /** What has to be answered before a message can go, e.g. a token call. */
  readonly prelude: Scene;
  readonly acceptedReference: string;
  readonly tapes: Readonly<Record<SceneName, Tape>>;
  /** What of a kind differs from the house's sample, and what has to be answered beside the tape `accepted`. */
  readonly kinds?: Readonly<
    Partial<Record<ContentKind, { readonly content?: OutboundContent; readonly scene?: Scene }>>
  >;
  /** An answer that accepts the messages of one request, in their order in it, with these references. */
  accept(...references: string[]): Answer;
  /** One for every question that one of its ports can be asked. */
  readonly questions?: Readonly<Partial<Record<QuestionName, QuestionUnderTest>>>;
  /** For those that prove numbers. */
  readonly verifications?: VerificationsUnderTest;
  /** For those with callbacks. */
  readonly callbacks?: CallbacksUnderTest;
}

const ACCOUNT_ID = '0190b5a0-0000-7000-8000-000000000001';
const NOW = new Date('2024-05-31T16:08:37.171Z');

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
        sender: vendor.sender ?? null,
        callbackBase: 'https://kurir.example/callbacks/key',
      };
      return vendor.definition.connect(account, { http, now: () => NOW });
    };
    const messaging = (baseUrl?: string): Messaging => {
      const port = connect(baseUrl).messaging;
      if (!port) throw new Error(`${vendor.definition.name} carries no messages`);
      return port;
    };
    const within = (): AbortSignal => AbortSignal.timeout(10_000);
    const { carries } = messaging('https://127.0.0.1');
    const content = (kind: ContentKind): OutboundContent => vendor.kinds?.[kind]?.content ?? samples[kind];
    const usual = CONTENT_KINDS.find((kind) => carries.has(kind))!;
    const message = (number: number, kind = usual): Outbound => outbound(number, content(kind));
    const send = async (scene: Scene, kind = usual): Promise<Outcome> => {
      player.play({ ...vendor.prelude, ...scene, ...vendor.kinds?.[kind]?.scene });
      return one(await messaging().send([message(1, kind)], within()));
    };
    const answered = async (answer: Answer): Promise<Outcome> => {
      player.play({ ...vendor.prelude, ...vendor.kinds?.[usual]?.scene, [vendor.sendPath]: [answer] });
      return one(await messaging().send([message(1)], within()));
    };

    it('asks nothing of anybody until a port is used', () => {
      connect();
      expect(player.heard).toEqual([]);
    });

    it('hands back the reference that the provider gave', async () => {
      const outcome = await send(vendor.tapes.accepted.scene);
      expect(outcome).toMatchObject({ outcome: 'accepted', reference: vendor.acceptedReference });
    });

    it('sends what the message says, and the number, in UTF-8', async () => {
      await send(vendor.tapes.accepted.scene);
      const request = player.heard.find((each) => isFor(each, vendor.sendPath));
      if (usual === 'template') expect(request?.body).toContain(TEMPLATE);
      expect(request?.body).toContain(JAWA);
      expect(request?.body).toContain(RECIPIENT);
    });

    it.each(CONTENT_KINDS.filter((kind) => carries.has(kind)))('carries the kind %s, to the number', async (kind) => {
      expect(await send(vendor.tapes.accepted.scene, kind)).toMatchObject({ outcome: 'accepted' });
      expect(player.heard.some((request) => request.body.includes(RECIPIENT))).toBe(true);
    });

    it.each(CONTENT_KINDS.filter((kind) => !carries.has(kind)))('asks nobody to carry the kind %s', async (kind) => {
      expect(await send(vendor.tapes.accepted.scene, kind)).toMatchObject({
        outcome: 'refused',
        failure: { code: 'UNSUPPORTED_BY_PROVIDER' },
      });
      expect(player.heard).toEqual([]);
    });

    it('refuses what the provider will never take', async () => {
      expect(await send(vendor.tapes.refused.scene)).toMatchObject({ outcome: 'refused' });
    });

    it('keeps the provider’s own code beside a refusal', async () => {
      expect(failureOf(await send(vendor.tapes.refused.scene)).providerCode).toMatch(/.+/);
    });

    it('tells refused credentials from a refused message', async () => {
      const outcome = await send(vendor.tapes.authFailure.scene);
      expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'PROVIDER_AUTH_FAILED' } });
    });

    it('defers when it is told to slow down', async () => {
      expect(await send(vendor.tapes.slowDown.scene)).toMatchObject({ outcome: 'deferred' });
    });

    it('says that requests come too fast, by a 429 alone', async () => {
      const outcome = await answered({ status: 429, body: '' });
      expect(outcome).toMatchObject({ outcome: 'deferred', tooMany: true });
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
      player.play({ ...vendor.prelude, ...vendor.kinds?.[usual]?.scene });
      const abort = new AbortController();
      player.before = async (request) => {
        if (!isFor(request, vendor.sendPath)) return;
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
      player.play({ ...vendor.prelude, ...vendor.kinds?.[usual]?.scene });
      const batch = [message(1), message(2), message(3)];
      const waiting: (() => void)[] = [];
      let arrived = 0;
      player.before = async (request) => {
        if (!isFor(request, vendor.sendPath)) return;
        const mine = inTheOrderOf(request.body, batch);
        arrived += mine.length;
        await new Promise<void>((go) => {
          waiting.push(go);
          // Once all have come, in one request or several, the last one is answered first.
          if (arrived === batch.length) for (const each of waiting.reverse()) each();
        });
        return vendor.accept(...mine.map(referenceFor));
      };
      const outcomes = await messaging().send(batch, within());
      expect(outcomes).toMatchObject(batch.map((each) => ({ outcome: 'accepted', reference: referenceFor(each) })));
    });

    it('keeps the exchange, and no secret in it', async () => {
      const echo = { status: 400, headers: { 'x-echo': vendor.secrets[0]! }, body: vendor.secrets.join(' and ') };
      for (const scene of [
        { [vendor.sendPath]: [echo] },
        vendor.tapes.authFailure.scene,
        vendor.tapes.accepted.scene,
      ]) {
        const { exchange } = await send(scene);
        expect(exchange?.request.body).toContain(RECIPIENT);
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

    keepsTheQuestionContract({ ...vendor, questions: vendor.questions ?? {} }, connect, () => player);

    it('has its verifications played where it makes any', () => {
      expect(connect().verification === undefined).toBe(vendor.verifications === undefined);
    });
    if (vendor.verifications) keepsTheVerificationContract(vendor, vendor.verifications, connect, () => player);

    it('has its callbacks played where it has any', () => {
      expect(connect().callbacks === undefined).toBe(vendor.callbacks === undefined);
    });
    if (vendor.callbacks) keepsTheCallbackContract(vendor.callbacks, connect);
  });
}

/** Those of the batch that one request carries, as they follow each other in it. */
function inTheOrderOf(body: string, batch: readonly Outbound[]): Outbound[] {
  const at = (message: Outbound): number => body.indexOf(message.to.slice(1));
  return batch.filter((message) => at(message) >= 0).sort((a, b) => at(a) - at(b));
}

function referenceFor(message: Outbound): string {
  return `ref-${message.to.slice(1)}`;
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
