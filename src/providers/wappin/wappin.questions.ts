/** The two questions that Wappin answers: where a message stands, and whether a number is on WhatsApp. */
import { type Answer } from '../ports/outcome.js';
import { type Inquiry, type Numbers } from '../ports/questions.js';
import { json, type Called, type WappinCalls } from './wappin.calls.js';
import { readInquiry } from './wappin.observations.js';
import { AUTH_CODES, AUTH_FAILED, LATER_CODES, failure } from './wappin.outcome.js';
import {
  INQUIRY_PATH,
  NUMBER_CHECKER_PATH,
  recipientNumber,
  type WappinAnswer,
  type WappinIds,
  type WappinInquiryRequest,
  type WappinNumberRequest,
} from './wappin.wire.js';

export function wappinInquiry(calls: WappinCalls): Inquiry {
  return {
    async status(reference, signal) {
      const request: WappinInquiryRequest = { message_id: reference };
      return told(await calls.call(INQUIRY_PATH, json(request), signal), (answer) => {
        if (answer.status === '200') return { reports: readInquiry(reference, answer.data) };
        // "Data not Found" is about the message: nothing is known of it yet.
        return answer.status === '404' ? { reports: [] } : null;
      });
    },
  };
}

export function wappinNumbers(calls: WappinCalls, ids: WappinIds): Numbers {
  return {
    async check(phone, signal) {
      const request: WappinNumberRequest = { ...ids, phone_number: recipientNumber(phone) };
      return told(await calls.call(NUMBER_CHECKER_PATH, json(request), signal), (answer) => {
        if (answer.status === '200') return { onWhatsApp: true };
        return answer.status === '601' ? { onWhatsApp: false } : null;
      });
    },
  };
}

/** What `read` finds in the answer; where it finds nothing, or there is no answer, why. */
function told<Told extends object>(called: Called, read: (answer: WappinAnswer) => Told | null): Answer<Told> {
  if (called.kind === 'no token') {
    return { outcome: 'failed', failure: called.outcome.failure, retryable: called.outcome.outcome === 'deferred' };
  }
  if (called.kind !== 'answer') return later(`Wappin could not be asked: ${called.reason}`, null);
  const found = called.answer && read(called.answer);
  if (found) return { outcome: 'answered', ...found };
  const said = called.answer ?? { status: String(called.http), message: null };
  if (AUTH_CODES.has(said.status)) {
    return { outcome: 'failed', failure: failure('PROVIDER_AUTH_FAILED', AUTH_FAILED, said), retryable: false };
  }
  const unread = called.answer === null && called.http < 300;
  if (unread || LATER_CODES.has(said.status) || /^5\d\d$/.test(said.status)) {
    return later('Wappin gave no answer that can be read; ask again in a while.', said);
  }
  const refusal = 'Wappin did not take the question; its own code and words are beside.';
  return { outcome: 'failed', failure: failure('PROVIDER_REJECTED', refusal, said), retryable: false };
}

function later(message: string, said: Parameters<typeof failure>[2]): Extract<Answer, { outcome: 'failed' }> {
  return { outcome: 'failed', failure: failure('PROVIDER_UNAVAILABLE', message, said), retryable: true };
}
