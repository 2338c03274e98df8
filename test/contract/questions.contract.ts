/** What the house expects of the ports that ask something and send nothing: the same of every one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer } from '../../src/providers/ports/outcome.js';
import { type Provider } from '../../src/providers/ports/provider.js';
import { PLAYER, portWithoutServer, type Player, type Scene, type Tape } from './player.js';
import { draft } from './samples.js';

export type QuestionName =
  | 'inquiry'
  | 'numbers'
  | 'media'
  | 'receipts'
  | 'templates.submit'
  | 'templates.edit'
  | 'templates.remove'
  | 'templates.page';

export interface QuestionUnderTest {
  /** Where it is asked: the call that breaks, with the others of `answered` as they are. */
  readonly path: string;
  readonly answered: Tape;
  /** The credentials are refused; absent where it is asked without any, as by a link that is secret itself. */
  readonly refused?: Tape;
  /** What is told when it is answered, or the part of it that matters. */
  readonly told: object;
  /** What is asked about, in the provider's terms; `{{player}}` in it is the player's address. */
  readonly reference?: string;
  /** Any body is an answer, as of a file. */
  readonly takesAnyBody?: true;
}

type Ask = (provider: Provider, reference: string, signal: AbortSignal) => Promise<Answer> | undefined;

const ASK: Readonly<Record<QuestionName, Ask>> = {
  inquiry: (provider, reference, signal) => provider.inquiry?.status(reference, signal),
  numbers: (provider, reference, signal) => provider.numbers?.check(reference, signal),
  media: (provider, reference, signal) => provider.media?.fetch(reference, 1024 * 1024, signal),
  receipts: (provider, reference, signal) => provider.receipts?.markRead(reference, signal),
  'templates.submit': (provider, _, signal) => provider.templates?.submit(draft, signal),
  'templates.edit': (provider, reference, signal) => provider.templates?.edit(reference, draft, signal),
  'templates.remove': (provider, reference, signal) =>
    provider.templates?.remove({ externalId: draft.name, providerId: reference }, signal),
  'templates.page': (provider, _, signal) => provider.templates?.page(null, signal),
};

const NAMES = Object.keys(ASK) as QuestionName[];

interface Vendor {
  readonly prelude: Scene;
  readonly secrets: readonly string[];
  readonly questions: Readonly<Partial<Record<QuestionName, QuestionUnderTest>>>;
}

export function keepsTheQuestionContract(
  vendor: Vendor,
  connect: (baseUrl?: string) => Provider,
  player: () => Player,
): void {
  it('has every question played that one of its ports can be asked', () => {
    const provider = connect();
    const askable = NAMES.filter((name) => provider[name.split('.')[0] as keyof Provider] !== undefined);
    expect(Object.keys(vendor.questions).sort()).toEqual(askable.sort());
  });

  for (const name of NAMES) {
    const question = vendor.questions[name];
    if (question) describe(name, () => isAnsweredAndFailsAsAValue(vendor, name, question, connect, player));
  }
}

function isAnsweredAndFailsAsAValue(
  vendor: Vendor,
  name: QuestionName,
  question: QuestionUnderTest,
  connect: (baseUrl?: string) => Provider,
  player: () => Player,
): void {
  const ask = async (scene: Scene, baseUrl = player().url): Promise<Answer> => {
    player().play({ ...vendor.prelude, ...scene });
    const reference = (question.reference ?? '+6287823678013').replaceAll(PLAYER, baseUrl);
    return ASK[name](connect(baseUrl), reference, AbortSignal.timeout(10_000))!;
  };
  const broken = (answer: Scene[string][number]): Promise<Answer> =>
    ask({ ...question.answered.scene, [question.path]: [answer] });
  const another = { outcome: 'failed', retryable: true, failure: { code: 'PROVIDER_UNAVAILABLE' } };

  it('is answered', async () => {
    expect(await ask(question.answered.scene)).toMatchObject({ outcome: 'answered', ...question.told });
  });

  const { refused } = question;
  if (refused) {
    it('fails on refused credentials, for good', async () => {
      const answer = await ask(refused.scene);
      expect(answer).toMatchObject({ outcome: 'failed', retryable: false, failure: { code: 'PROVIDER_AUTH_FAILED' } });
    });
  }

  it('may be asked another time when nobody listens', async () => {
    expect(await ask({}, await portWithoutServer())).toMatchObject(another);
  });

  it('may be asked another time when the line dies', async () => {
    expect(await broken('hang-up')).toMatchObject(another);
  });

  it('may be asked another time after 503', async () => {
    expect(await broken({ status: 503, body: '<html>Service unavailable</html>' })).toMatchObject(another);
  });

  if (!question.takesAnyBody) {
    it('may be asked another time after an answer that cannot be read', async () => {
      expect(await broken({ status: 200, body: '<html>Welcome</html>' })).toMatchObject(another);
    });
  }

  it('makes no answer a thrown error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200, max: 599 }), fc.oneof(fc.string(), fc.json()), async (status, body) => {
        expect(['answered', 'failed']).toContain((await broken({ status, body })).outcome);
      }),
      { numRuns: 40 },
    );
  });

  it('shows no secret in a failure', async () => {
    const echo = { status: 400, headers: { 'x-echo': vendor.secrets[0]! }, body: vendor.secrets.join(' and ') };
    for (const answer of [await broken(echo), await ask(refused?.scene ?? {})]) {
      for (const secret of vendor.secrets) expect(JSON.stringify(answer)).not.toContain(secret);
    }
  });
}
