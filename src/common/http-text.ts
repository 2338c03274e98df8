/** Small readings of HTTP that every adapter needs: what may be kept of an answer, what its headers ask for, what none means. */
import { StringDecoder } from 'node:string_decoder';

/** As much of an answer's body as is kept with an attempt, in bytes. */
const KEPT_BODY_BYTES = 4096;

/** What stands where a secret stood. */
export const MASK = '***';

/**
 * The body as it may be kept: cut at 4 KiB between two characters, secrets masked, and without NUL, which PostgreSQL
 * can store neither in text nor in jsonb. Masked before the cut, so that none of a secret is left at the edge.
 */
export function keptBody(body: Buffer, secrets: readonly string[] = []): string {
  // A few bytes more than are kept: a secret that begins before the cut is seen whole. 1 MiB is not decoded for 4 KiB.
  const longest = secrets.reduce((most, secret) => Math.max(most, secret.length * 3), 0);
  // One of just so many bytes may have been cut before it came here.
  const whole = body.length < KEPT_BODY_BYTES;
  // The decoder keeps back what the cut left of a character.
  let text = whole ? body.toString('utf8') : new StringDecoder().write(body.subarray(0, KEPT_BODY_BYTES + longest));
  text = masked(text, secrets);
  if (!whole) {
    const bytes = Buffer.from(text, 'utf8');
    if (bytes.length > KEPT_BODY_BYTES) {
      let end = KEPT_BODY_BYTES;
      while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
      text = bytes.toString('utf8', 0, end);
    }
  }
  return storable(text, KEPT_BODY_BYTES);
}

/** The text with every occurrence of a secret replaced, also as JSON writers that escape the slash (PHP's) write it. */
export function masked(text: string, secrets: readonly string[]): string {
  for (const secret of secrets) {
    if (secret === '') continue;
    text = text.replaceAll(secret, MASK);
    if (secret.includes('/')) text = text.replaceAll(secret.replaceAll('/', '\\/'), MASK);
  }
  return text;
}

/** Headers of an answer as they may be kept: cookies are as good as credentials. */
export function keptHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: readonly string[] = [],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    kept[name] = name.toLowerCase() === 'set-cookie' ? MASK : storable(masked(value, secrets));
  }
  return kept;
}

/** What a call brought, as src/http has it. */
type Came =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  | NoAnswer;

interface NoAnswer {
  readonly kind: 'unreachable' | 'broken';
  readonly reason: string;
}

/** An answer as it may be kept with an attempt; null where there was none. */
export function keptResponse(
  result: Came,
  secrets: readonly string[],
): { status: number; headers: Record<string, string>; body: string } | null {
  if (result.kind !== 'answer') return null;
  const { status, headers, body } = result;
  return { status, headers: keptHeaders(headers, secrets), body: keptBody(body, secrets) };
}

interface Unanswered {
  readonly outcome: 'deferred' | 'uncertain';
  readonly failure: {
    readonly code: 'PROVIDER_UNAVAILABLE';
    readonly message: string;
    readonly providerCode: null;
    readonly providerMessage: null;
  };
}

/** The outcome of a call that brought no answer: where nobody was reached nothing was sent, else nobody can tell. */
export function unanswered(provider: string, { kind, reason }: NoAnswer): Unanswered {
  const message =
    kind === 'unreachable'
      ? `${provider} could not be reached: ${reason}`
      : `The call to ${provider} broke off, it may have been taken: ${reason}`;
  return {
    outcome: kind === 'unreachable' ? 'deferred' : 'uncertain',
    failure: { code: 'PROVIDER_UNAVAILABLE', message, providerCode: null, providerMessage: null },
  };
}

/** Longest piece of a provider's own words that is kept beside a message. */
const KEPT_WORDS = 1024;

/** A provider's words as PostgreSQL can store them, in text and in jsonb: no NUL, no half of a character, not endless. */
export function storable(text: string, longest?: number): string;
export function storable(text: string | null, longest?: number): string | null;
export function storable(text: string | null, longest = KEPT_WORDS): string | null {
  if (text === null) return null;
  const cut = text.length > longest ? text.slice(0, longest) : text;
  return cut.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** Longest id of a provider's that is believed to be one; an index holds it. */
const LONGEST_REFERENCE = 255;

/** A provider's id of a message, or null when it is one that we could not store and find again as it came. */
export function referenceOf(text: string | null): string | null {
  if (text === null || text.length > LONGEST_REFERENCE || !text.isWellFormed()) return null;
  return /\p{Cc}/u.test(text) ? null : text;
}

const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, in milliseconds from `now`; at most a day. */
export function retryAfterMs(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const written = value.trim();
  const wait = /^\d{1,9}$/.test(written) ? Number(written) * 1000 : httpDate(written) - now.getTime();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT_MS);
}

function httpDate(written: string): number {
  // Date.parse alone would take "1.5" for a month.
  return /^[A-Za-z]{3,9},? .*GMT$/.test(written) ? Date.parse(written) : Number.NaN;
}

/** Why a value cannot be sent in a header, for the check of a credential; undefined when it can. */
export function headerValueProblem(value: string): string | undefined {
  if (value === '') return 'It is empty.';
  if (value.length > 512) return 'It is longer than 512 characters.';
  return /^[\x21-\x7e]+$/.test(value)
    ? undefined
    : 'It has a blank, a line break or a character outside ASCII; copy it again without them.';
}

/** The same for a user of HTTP's Basic, where the first colon ends the name. */
export function basicUserProblem(value: string): string | undefined {
  return headerValueProblem(value) ?? (value.includes(':') ? 'It has a colon in it.' : undefined);
}

/** `Authorization` in HTTP's Basic (RFC 7617). */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
