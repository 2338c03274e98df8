/** What the house expects of every provider that proves a number by a message that its owner sends. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Provider } from '../../src/providers/ports/provider.js';
import { type VerificationAsk, type VerificationOutcome } from '../../src/providers/ports/verification.js';
import { isFor, portWithoutServer, type Answer, type Player, type Scene, type Tape } from './player.js';

/** `refused`: no number will be taken as things stand. `unreadable`: a success that lacks what is to be shown. */
export type VerificationSceneName = 'made' | 'refused' | 'authFailure' | 'unreadable';

export interface VerificationsUnderTest {
  /** Where they are asked for. */
  readonly path: string;
  readonly tapes: Readonly<Record<VerificationSceneName, Tape>>;
  /** What the tape `made` offers. */
  readonly reference: string;
}

interface Vendor {
  readonly prelude: Scene;
  readonly secrets: readonly string[];
}

const DIGITS = '6287823678013';
const ask: VerificationAsk = {
  phone: `+${DIGITS}`,
  language: 'id',
  expiryMinutes: 10,
  appUrl: 'https://shop.example/masuk',
};

export function keepsTheVerificationContract(
  { prelude, secrets }: Vendor,
  { path, tapes, reference }: VerificationsUnderTest,
  connect: (baseUrl?: string) => Provider,
  player: () => Player,
): void {
  const start = (scene: Scene, signal = AbortSignal.timeout(10_000)): Promise<VerificationOutcome> => {
    player().play({ ...prelude, ...scene });
    return connect().verification!.start(ask, signal);
  };
  const answered = (answer: Answer): Promise<VerificationOutcome> => start({ [path]: [answer] });

  describe('a verification', () => {
    it('is offered by the provider’s id, as a link to open, a message and a picture, or none', async () => {
      const outcome = await start(tapes.made.scene);
      expect(outcome).toMatchObject({ outcome: 'accepted', reference, offer: { reference } });
      const { waLink, waMessage, qrCode } = offerOf(outcome);
      expect(URL.parse(waLink)?.protocol).toBe('https:');
      expect(waMessage).toMatch(/\S/);
      expect(qrCode ?? 'data:image/png').toMatch(/^data:image\//);
    });

    it('is asked for with the number', async () => {
      await start(tapes.made.scene);
      expect(player().heard.find((request) => isFor(request, path))?.body).toContain(DIGITS);
    });

    it('is refused with the provider’s own code', async () => {
      const outcome = await start(tapes.refused.scene);
      expect(outcome).toMatchObject({ outcome: 'refused', failure: { providerCode: expect.stringMatching(/.+/) } });
    });

    it('tells refused credentials from a refused number', async () => {
      const outcome = await start(tapes.authFailure.scene);
      expect(outcome).toMatchObject({ outcome: 'refused', failure: { code: 'PROVIDER_AUTH_FAILED' } });
    });

    it.each([429, 503])('is deferred on HTTP %i', async (status) => {
      const outcome = await answered({ status, headers: { 'retry-after': '7' }, body: '' });
      expect(outcome).toMatchObject({ outcome: 'deferred', retryAfterMs: 7_000 });
    });

    it('is deferred when nobody listens', async () => {
      const provider = connect(await portWithoutServer());
      const outcome = await provider.verification!.start(ask, AbortSignal.timeout(10_000));
      expect(outcome).toMatchObject({ outcome: 'deferred', failure: { code: 'PROVIDER_UNAVAILABLE' } });
    });

    it.each<[string, Answer]>([
      ['the line dies', 'hang-up'],
      ['a gateway answers 502', { status: 502, body: '<html>Bad gateway</html>' }],
      ['no JSON comes', { status: 200, body: '<html>Welcome</html>' }],
    ])('is uncertain when %s', async (_what, answer) => {
      expect(await answered(answer)).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
    });

    it('is uncertain when time runs out', async () => {
      const abort = new AbortController();
      player().play(prelude);
      player().before = async (request) => {
        if (!isFor(request, path)) return;
        abort.abort();
        return 'hang-up';
      };
      expect(await connect().verification!.start(ask, abort.signal)).toMatchObject({ outcome: 'uncertain' });
    });

    it('is uncertain when what is to be shown is missing', async () => {
      const outcome = await start(tapes.unreadable.scene);
      expect(outcome).toMatchObject({ outcome: 'uncertain', failure: { code: 'PROVIDER_UNAVAILABLE' } });
    });

    it('keeps the exchange, and no secret in it', async () => {
      const echo = { status: 400, headers: { 'x-echo': secrets[0]! }, body: secrets.join(' and ') };
      for (const scene of [{ [path]: [echo] }, tapes.authFailure.scene, tapes.made.scene]) {
        const { exchange } = await start(scene);
        expect(exchange?.request.body).toContain(DIGITS);
        for (const secret of secrets) expect(JSON.stringify(exchange)).not.toContain(secret);
      }
    });

    it('makes no answer a thrown error', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 200, max: 599 }), fc.oneof(fc.string(), fc.json()), async (status, body) => {
          expect(['refused', 'deferred', 'uncertain']).toContain((await answered({ status, body })).outcome);
        }),
        { numRuns: 40 },
      );
    });
  });
}

function offerOf(outcome: VerificationOutcome): Extract<VerificationOutcome, { outcome: 'accepted' }>['offer'] {
  if (outcome.outcome !== 'accepted') throw new Error(outcome.failure.message);
  return outcome.offer;
}
