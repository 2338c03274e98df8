/** Standard Webhooks (https://www.standardwebhooks.com), symmetric: what is signed, with what, and where it stands. */
import { createHmac, randomBytes } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
/** The standard asks for 24 to 64. */
const SECRET_BYTES = 32;

/** A secret in the form that the standard's libraries take. */
export const newSecret = (): string => SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');

/** What is sent: the body's exact bytes, by which event, when. */
export interface SignedContent {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: Buffer;
}

/** The headers of a call, with one signature for each secret. */
export function signedHeaders(content: SignedContent, secrets: readonly string[]): Record<string, string> {
  const seconds = String(Math.floor(content.timestamp.getTime() / 1000));
  return {
    'webhook-id': content.id,
    'webhook-timestamp': seconds,
    'webhook-signature': secrets.map((secret) => signature(secret, content, seconds)).join(' '),
  };
}

function signature(secret: string, { id, body }: SignedContent, seconds: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest('base64')}`;
}
