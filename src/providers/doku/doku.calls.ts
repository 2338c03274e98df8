/** Calls to DOKU, each with a timestamp and a signature of its own, also when the Request-Id is an old one. */
import { type HttpResult } from '../../http/http.js';
import { type Account, type Environment, type Tools } from '../ports/provider.js';
import { requestTimestamp, signedHeaders, type TimestampFormat } from './doku.signature.js';

/** PAYCHAT does not live on the host of DOKU's payments. */
export const PAYCHAT_HOSTS: Readonly<Record<Environment, string>> = {
  SANDBOX: 'https://app-uat.doku.com',
  PRODUCTION: 'https://app.doku.com',
};

const PAYMENT_HOSTS: Readonly<Record<Environment, string>> = {
  SANDBOX: 'https://api-sandbox.doku.com',
  PRODUCTION: 'https://api.doku.com',
};

export interface DokuRequest {
  readonly requestId: string;
  /** The path, which is also what is signed. */
  readonly target: string;
  /** Null makes it a GET. */
  readonly body: string | null;
}

/** What was sent, and what came of it. */
export interface DokuCalled {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly result: HttpResult;
}

export type DokuCall = (request: DokuRequest, signal: AbortSignal) => Promise<DokuCalled>;

/** Calls to PAYCHAT: its page has the time in epoch milliseconds, the account may say otherwise. */
export function callsToPaychat(account: Account, tools: Tools): DokuCall {
  const format = account.credentials['timestampFormat'] === 'iso8601' ? 'iso8601' : 'epoch_ms';
  return callsTo(account.baseUrl, format, account, tools);
}

/** Calls to DOKU's payments: all their pages have the time in ISO 8601. */
export function callsToPayments(account: Account, tools: Tools): DokuCall {
  // An account with an address of its own has it for both.
  const isOverridden = account.baseUrl !== PAYCHAT_HOSTS[account.environment];
  const baseUrl = isOverridden ? account.baseUrl : PAYMENT_HOSTS[account.environment];
  return callsTo(baseUrl, 'iso8601', account, tools);
}

function callsTo(baseUrl: string, format: TimestampFormat, account: Account, tools: Tools): DokuCall {
  const { id: line, credentials } = account;
  return async ({ requestId, target, body }, signal) => {
    const url = baseUrl + target;
    const timestamp = requestTimestamp(tools.now(), format);
    const parts = { clientId: credentials['clientId'] ?? '', requestId, timestamp, target, body };
    const signed = signedHeaders(parts, credentials['secretKey'] ?? '');
    const request = { url, signal, line };
    if (body === null) {
      const headers = { ...signed };
      return { url, headers, result: await tools.http.request({ ...request, method: 'GET', headers }) };
    }
    const headers = { ...signed, 'Content-Type': 'application/json' };
    return { url, headers, result: await tools.http.request({ ...request, method: 'POST', headers, body }) };
  };
}
