/** What the house expects of every provider that calls back. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Callbacks, type RawRequest } from '../../src/providers/ports/callbacks.js';
import { type Credentials, type Provider } from '../../src/providers/ports/provider.js';

/** Requests as the provider would make them. */
export interface CallbacksUnderTest {
  readonly credentials: Credentials;
  /** Names of credentials that everybody may see, and that it calls us by. */
  readonly open?: readonly string[];
  /** A status of one of our messages; without such reports, what it is called for. */
  readonly genuine: RawRequest;
  /** What `genuine` tells, where it is no status. */
  readonly tells?: 'verification' | 'payment';
  readonly forged: RawRequest;
  /** The same as `genuine`, with a status word that nobody knows. */
  readonly unknownWord: RawRequest;
  /** A person wrote; for those that pass it on. */
  readonly inbound?: RawRequest;
  /** The provider makes sure of the address and gets this body; for those that do. */
  readonly handshake?: { readonly request: RawRequest; readonly answer: string };
  /** It signs the bytes of the body. */
  readonly signed?: true;
}

const LEVELS = 100_000;
const DEEP = '['.repeat(LEVELS) + ']'.repeat(LEVELS);

export function keepsTheCallbackContract(
  callbacks: CallbacksUnderTest,
  connect: (baseUrl: string, credentials: Credentials) => Provider,
): void {
  const port = (): Callbacks => connect('https://127.0.0.1', callbacks.credentials).callbacks!;
  const kept = [callbacks.genuine, ...(callbacks.inbound ? [callbacks.inbound] : [])];
  const { genuine } = callbacks;

  it('keeps a genuine callback', () => {
    for (const request of kept) {
      expect(port().admit(request)).toMatchObject({ verdict: 'keep', reply: { status: 200 } });
    }
  });

  it('refuses a callback that is not genuine', () => {
    const admission = port().admit(callbacks.forged);
    expect(admission.verdict).toBe('refuse');
    expect(admission.reply.status).toBeGreaterThanOrEqual(400);
    expect(admission.reply.status).toBeLessThan(500);
  });

  if (callbacks.signed) {
    it('refuses a callback with one byte changed', () => {
      fc.assert(
        fc.property(fc.nat(genuine.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const body = Buffer.from(genuine.body);
          body[at]! ^= change;
          expect(port().admit({ ...genuine, body }).verdict).toBe('refuse');
        }),
      );
    });
  }

  if (callbacks.handshake) {
    const { request, answer } = callbacks.handshake;
    it('answers who makes sure of the address, and keeps nothing', () => {
      expect(port().admit(request)).toMatchObject({ verdict: 'answer', reply: { status: 200, body: answer } });
    });
  }

  it('names the headers that hold a secret, beside those that are never kept', () => {
    for (const request of kept) {
      const admission = port().admit(request);
      const proof = admission.verdict === 'keep' ? (admission.proof ?? []) : [];
      const rest = Object.entries(request.headers).filter(
        ([name]) => !['authorization', 'cookie', ...proof].includes(name),
      );
      for (const [name, secret] of Object.entries(callbacks.credentials)) {
        if (!callbacks.open?.includes(name)) expect(JSON.stringify(rest)).not.toContain(secret);
      }
    }
  });

  it(`reads a ${callbacks.tells ?? 'status'}, and the same when it is read again`, () => {
    const first = port().read(genuine);
    expect(first).toMatchObject([{ kind: callbacks.tells ?? 'status' }]);
    expect(port().read(genuine)).toEqual(first);
  });

  it('has a status played where it reports them', () => {
    expect(callbacks.tells === undefined).toBe(port().deliveryReports);
  });

  it('has an inbound message played where it passes them on', () => {
    expect(callbacks.inbound !== undefined).toBe(port().inbound);
  });

  if (callbacks.inbound) {
    const { inbound } = callbacks;
    it('reads an inbound message, and the same when it is read again', () => {
      const first = port().read(inbound);
      expect(first).toMatchObject([{ kind: 'inbound' }]);
      expect(port().read(inbound)).toEqual(first);
    });
  }

  it('says of a word that nobody knows that it was not read', () => {
    expect(port().read(callbacks.unknownWord)).toEqual([{ kind: 'unread' }]);
  });

  it('reads nothing in garbage, and never throws', () => {
    const expectNothing = (body: Buffer): void => {
      for (const observation of port().read({ ...genuine, body })) expect(observation).toEqual({ kind: 'unread' });
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => expectNothing(Buffer.from(bytes))));
    fc.assert(fc.property(fc.json(), (body) => expectNothing(Buffer.from(body))));
    expectNothing(Buffer.from(DEEP));
  });

  it('reads a callback with any value in any place, and never throws', () => {
    for (const request of kept) {
      const places = placesIn(JSON.parse(request.body.toString('utf8')));
      fc.assert(
        fc.property(fc.constantFrom(...places), fc.json(), (place, value) => {
          expect(() => port().read({ ...request, body: place(value) })).not.toThrow();
        }),
      );
    }
  });

  it('reads a callback of 100,000 levels, and never throws', () => {
    for (const request of kept) {
      for (const place of placesIn(JSON.parse(request.body.toString('utf8')))) {
        // What was read is written down: it has to be of a depth and a size that can be.
        expect(JSON.stringify(port().read({ ...request, body: place(DEEP) })).length).toBeLessThan(20_000);
      }
    }
  });

  it('admits or refuses anything without throwing', () => {
    const headers = fc.dictionary(fc.constantFrom('authorization', 'content-type', 'x'), fc.string());
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 400 }), (given, bytes) => {
        const admission = port().admit({ ...genuine, headers: given, body: Buffer.from(bytes) });
        expect(['keep', 'answer', 'refuse']).toContain(admission.verdict);
      }),
    );
    expect(() => port().admit({ ...genuine, body: Buffer.from(DEEP) })).not.toThrow();
  });
}

/** For every place of a JSON document: what makes the document's text with another text in that place. */
function placesIn(document: unknown): ((text: string) => Buffer)[] {
  const mark = '@place@';
  const marked = (value: unknown, seen: (whole: unknown) => unknown): string[] => {
    const here = JSON.stringify(seen(mark));
    if (typeof value !== 'object' || value === null) return [here];
    const inner = Object.entries(value).flatMap(([key, each]) =>
      marked(each, (whole) => seen(Array.isArray(value) ? value.with(Number(key), whole) : { ...value, [key]: whole })),
    );
    return [here, ...inner];
  };
  return marked(document, (whole) => whole).map(
    (text) => (value) => Buffer.from(text.replace(`"${mark}"`, () => value)),
  );
}
