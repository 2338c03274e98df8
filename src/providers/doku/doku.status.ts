/** DOKU's Check Status: where the payment of an invoice number stands. */
import { randomUUID } from 'node:crypto';
import { unanswered } from '../../common/http-text.js';
import { parseObject } from '../../common/untrusted-json.js';
import { type PaymentReport } from '../ports/callbacks.js';
import { type Answer } from '../ports/outcome.js';
import { type PaymentQuestion, type PaymentInquiry } from '../ports/payments.js';
import { type Account, type Tools } from '../ports/provider.js';
import { callsToPayments } from './doku.calls.js';
import { readStanding } from './doku.notices.js';
import { isSuccess, judgeFault, type Sentences } from './doku.outcome.js';
import { STATUS_TARGET } from './doku.payments.wire.js';
import { readFault, type DokuFault } from './doku.wire.js';

type Standing = Answer<{ readonly reports: readonly PaymentReport[] }>;

export function dokuStatus(account: Account, tools: Tools): PaymentInquiry {
  const call = callsToPayments(account, tools);
  return {
    async status(ask, signal) {
      const { result } = await call({ requestId: randomUUID(), target: STATUS_TARGET + idOf(ask), body: null }, signal);
      if (result.kind === 'answer') return judgeStanding(ask.referenceId, result.status, result.body);
      return { outcome: 'failed', failure: unanswered('DOKU', result).failure, retryable: true };
    },
  };
}

/** A dot or two vanish from an address, however they are written. */
function idOf({ referenceId, requestId }: PaymentQuestion): string {
  return /^\.\.?$/.test(referenceId) ? requestId : encodeURIComponent(referenceId);
}

/** What an answer of Check Status tells of the invoice number that was asked about. */
export function judgeStanding(referenceId: string, status: number, body: Buffer): Standing {
  const answer = parseObject(body);
  const fault = readFault(answer);
  const reports = fault || !answer || !isSuccess(status) ? null : readStanding(answer, referenceId);
  if (reports) return { outcome: 'answered', reports };
  const { outcome, failure } = judgeFault(status, fault, OF_STANDINGS);
  if (failure.code !== 'PROVIDER_AUTH_FAILED') {
    // How DOKU says that it knows no such order is not documented: by the status, or by its words.
    if (status === 404 || saysNotFound(fault)) return { outcome: 'answered', reports: [] };
  }
  return { outcome: 'failed', failure, retryable: outcome !== 'refused' };
}

const saysNotFound = (fault: DokuFault | null): boolean =>
  fault !== null && /not[\s_-]*found/i.test(`${fault.code} ${fault.words}`);

const OF_STANDINGS: Sentences = {
  auth: 'DOKU refused the credentials: compare clientId and secretKey with the dashboard (settings, API Keys), and the environment.',
  later: 'DOKU answers no more questions just now; ask again in a while.',
  uncertain: 'DOKU gave no answer that can be read; ask again in a while.',
  rejected: 'DOKU did not take the question; its own code and words are beside.',
};
