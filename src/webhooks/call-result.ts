import { keptBody, retryAfterMs } from '../common/http-text.js';
import { type HttpResult } from '../http/http.js';

/** What came of one call to an endpoint. */
export interface CallResult {
  /** `gone`: it does not want to be called any more. */
  readonly outcome: 'delivered' | 'failed' | 'gone';
  /** It asked for less. */
  readonly slowDown: boolean;
  /** How long it asked to be left alone; 0 where it did not. */
  readonly retryAfterMs: number;
  readonly responseStatus: number | null;
  readonly responseBody: string | null;
  /** In words, where the status alone does not say it. */
  readonly error: string | null;
}

const GONE = 410;
/** A receiver, or what stands before it, that has too much to do (Standard Webhooks, "Responding to webhooks"). */
const TOO_MUCH = new Set([429, 502, 504]);
const UNAVAILABLE = 503;

/** Reads an answer: 2xx confirms, anything else does not. */
export function readResult(result: HttpResult, now: Date): CallResult {
  if (result.kind !== 'answer') {
    const begun = result.kind === 'broken' ? result.begun : undefined;
    return {
      ...{ outcome: 'failed', slowDown: false, retryAfterMs: 0, error: sentence(result.reason) },
      ...{ responseStatus: begun?.status ?? null, responseBody: begun ? keptBody(begun.body) : null },
    };
  }
  const { status, headers, body } = result;
  const kept = { responseStatus: status, responseBody: keptBody(body) };
  if (status >= 200 && status < 300) {
    return { outcome: 'delivered', slowDown: false, retryAfterMs: 0, ...kept, error: null };
  }
  const asked = retryAfterMs(headers['retry-after'], now);
  return {
    outcome: status === GONE ? 'gone' : 'failed',
    slowDown: TOO_MUCH.has(status) || (status === UNAVAILABLE && asked !== undefined),
    retryAfterMs: asked ?? 0,
    ...kept,
    error: status >= 300 && status < 400 ? 'A redirect is not followed: give the address that it leads to.' : null,
  };
}

const sentence = (reason: string): string => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
