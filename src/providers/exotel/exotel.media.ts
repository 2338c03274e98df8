/** Files: how one that a customer sent is fetched. */
import { nameOf } from '../../common/untrusted-json.js';
import { type Http, type HttpResult } from '../../http/http.js';
import { type Answer, type Failure } from '../ports/outcome.js';

export interface FetchedFile {
  readonly bytes: Buffer;
  readonly mimeType: string | null;
}

/**
 * Fetches a file by the `url` of the message it came in. Without the account's credentials: anybody who knows the
 * callback's address could name a server of their own there.
 */
export async function fetchFile(
  http: Http,
  line: string,
  url: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer<FetchedFile>> {
  const result = await http.request({ method: 'GET', url, headers: {}, maxBytes, line, signal });
  if (result.kind === 'broken' && result.tooLarge)
    return notFetched(null, 'The file is larger than WhatsApp’s.', false);
  if (result.kind !== 'answer') return notFetched(null, `The file could not be fetched: ${result.reason}`, true);
  if (result.status < 200 || result.status > 299) {
    const passing = result.status === 408 || result.status === 429 || result.status >= 500;
    return notFetched(String(result.status), 'The address that Exotel gave for the file did not give it.', passing);
  }
  return { outcome: 'answered', bytes: result.body, mimeType: mimeTypeOf(result) };
}

function mimeTypeOf(result: Extract<HttpResult, { kind: 'answer' }>): string | null {
  return nameOf(result.headers['content-type']?.split(';')[0]?.trim().toLowerCase());
}

function notFetched(providerCode: string | null, message: string, retryable: boolean): Answer<FetchedFile> {
  const failure: Failure = {
    code: retryable ? 'PROVIDER_UNAVAILABLE' : 'MEDIA_REJECTED',
    message,
    providerCode,
    providerMessage: null,
  };
  return { outcome: 'failed', failure, retryable };
}
