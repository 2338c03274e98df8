import { createHmac } from 'node:crypto';
import { META_CREDENTIALS } from './world.js';

export interface MetaInbound {
  readonly phoneNumberId: string;
  readonly id: string;
  /** The person, with or without the plus. */
  readonly from: string;
  readonly text: string;
  readonly at: Date;
}

export interface MetaStatus {
  readonly phoneNumberId: string;
  readonly id: string;
  readonly status: string;
  readonly recipient: string;
  readonly at: Date;
  /** What Meta writes beside these: its `errors`, what it echoes. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const seconds = (at: Date): string => String(Math.floor(at.getTime() / 1000));
const digits = (number: string): string => number.replace('+', '');

/** The body of a webhook, from Meta's document and not from our code: one change for each thing that it tells of. */
export function metaBody(...told: readonly (MetaInbound | MetaStatus)[]): string {
  const changes = told.map((one) => ({
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: '6281110009999', phone_number_id: one.phoneNumberId },
      ...('text' in one
        ? {
            contacts: [{ profile: { name: 'Siti' }, wa_id: digits(one.from) }],
            messages: [
              {
                from: digits(one.from),
                id: one.id,
                timestamp: seconds(one.at),
                type: 'text',
                text: { body: one.text },
              },
            ],
          }
        : {
            statuses: [
              {
                ...{ id: one.id, status: one.status, timestamp: seconds(one.at), recipient_id: digits(one.recipient) },
                ...one.more,
              },
            ],
          }),
    },
  }));
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: META_CREDENTIALS.businessAccountId, changes }],
  });
}

export const metaSignature = (body: string | Buffer, appSecret: string): string =>
  `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;

/** Posts these very bytes, signed as Meta does, or with `signature` (null: none). Answers the HTTP status. */
export async function postMeta(
  url: string | null,
  body: string | Buffer,
  how: { readonly appSecret?: string; readonly signature?: string | null } = {},
): Promise<number> {
  const { appSecret = META_CREDENTIALS.appSecret, signature = metaSignature(body, appSecret) } = how;
  const answer = await fetch(String(url), {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', 'user-agent': 'facebookexternalua' },
      ...(signature !== null && { 'x-hub-signature-256': signature }),
    },
    body: new Uint8Array(Buffer.from(body)),
  });
  await answer.text();
  return answer.status;
}
