import { CALLBACK_TOKEN } from './world.js';

export interface CallbackFields {
  readonly messageId: string;
  /** sent, delivered, read or failed, as Wappin writes it. */
  readonly status: string;
  /** The person, with or without the plus. */
  readonly recipient?: string;
  readonly at?: Date;
  /** The names of the samples, or those of the field table (Wappin's document, 1.7). */
  readonly spelling?: 'sample' | 'table';
}

/** The body of a status callback, from Wappin's document and not from our code. */
export function callbackBody(fields: CallbackFields): string {
  const { messageId, status, recipient = '+6289600010002', at = new Date(), spelling = 'sample' } = fields;
  return JSON.stringify({
    ...{ message_id: messageId, client_id: '0009', client_name: 'wappin-info' },
    ...{ project_id: '52', project_name: 'WAPPIN-INFO', sender_number: recipient.replace('+', '') },
    ...(spelling === 'sample'
      ? { status_messages: status, environment: 'PRODUCTION' }
      : { status_message: status, environtment: 'PRODUCTION' }),
    ...{ message_content: '-', timestamp: String(Math.floor(at.getTime() / 1000)), callback_type: 'status' },
  });
}

export interface CallbackAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

export interface PostOptions {
  /** null: none is sent. */
  readonly token?: string | null;
  readonly method?: string;
  /** null: none is sent, as far as fetch lets one. */
  readonly contentType?: string | null;
}

/** Posts these very bytes, as Wappin would. */
export async function postCallback(
  url: string,
  body: string | Buffer,
  { token = CALLBACK_TOKEN, method = 'POST', contentType = 'application/json' }: PostOptions = {},
): Promise<CallbackAnswer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(contentType !== null && { 'content-type': contentType }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    ...(method === 'GET' ? {} : { body: Buffer.from(body) }),
  });
  return { status: answer.status, contentType: answer.headers.get('content-type'), text: await answer.text() };
}
