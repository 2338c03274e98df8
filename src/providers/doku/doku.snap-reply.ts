/** What DOKU's SNAP requests are answered: HTTP status, service and case in one code of seven digits. */
import { type Admission, type Reply } from '../ports/callbacks.js';
import { type SnapReply } from './doku.payments.wire.js';

/** The services that call us (DOKU, "HTTP Status and Case Code"): a virtual account was paid, a debit notice, a token. */
export type SnapService = '25' | '56' | '73';

/** How far a request came. */
export interface SnapCase {
  readonly status: 200 | 400 | 401;
  readonly code: string;
  readonly message: string;
}

export const SUCCESSFUL: SnapCase = { status: 200, code: '00', message: 'Successful' };
export const UNAUTHORIZED: SnapCase = { status: 401, code: '00', message: 'Unauthorized. Invalid Signature' };
export const INVALID_TOKEN: SnapCase = { status: 401, code: '01', message: 'Invalid Token (B2B)' };
export const invalidFormat = (field = ''): SnapCase => ({
  ...{ status: 400, code: '01' },
  message: `Invalid Field Format ${field}`.trim(),
});
export const missingField = (field: string): SnapCase => ({
  ...{ status: 400, code: '02' },
  message: `Invalid Mandatory Field ${field}`,
});

export function snapReply(
  service: SnapService,
  { status, code, message }: SnapCase,
  now: Date,
  more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
): Reply {
  const said: SnapReply = { responseCode: `${status}${service}${code}`, responseMessage: message };
  return {
    status,
    contentType: 'application/json',
    headers: { 'X-TIMESTAMP': snapTimestamp(now), ...more.headers },
    body: JSON.stringify({ ...said, ...more.body }),
  };
}

export function snapRefusal(service: SnapService, told: SnapCase, now: Date, reason: string): Admission {
  return { verdict: 'refuse', reason, reply: snapReply(service, told, now) };
}

const JAKARTA_MS = 7 * 60 * 60 * 1000;

/** With Jakarta's offset, as SNAP asks and DOKU's samples have it: a reader of that form alone may take no `Z`. */
function snapTimestamp(now: Date): string {
  return `${new Date(now.getTime() + JAKARTA_MS).toISOString().slice(0, 19)}+07:00`;
}
