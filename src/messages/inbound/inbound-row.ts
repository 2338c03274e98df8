import { type Sql } from '../../database/database.js';
import { type Message } from '../message-row.js';

/** Writes what persons wrote. Its `sequence` is 1: the event that says it was received. */
export async function insertInbound(sql: Sql, messages: readonly Message[]): Promise<void> {
  await sql.rows(
    `insert into messages (project_id, id, direction, status, channel, priority, person, recipient_id, from_name, in_reply_to,
        content, account_id, account_fixed, provider_message_id, resend_unconfirmed, request_key, attempts, deferrals, doubts, repeats,
        sequence, created_at, sent_at)
     select project_id, id, 'INBOUND', 'RECEIVED', 'WHATSAPP', priority, person, recipient_id, from_name, in_reply_to, content,
        account_id, true, provider_message_id, false, request_key, 0, 0, 0, 0, 1, created_at, sent_at
       from json_to_recordset($1) as n (project_id uuid, id uuid, priority smallint, person text, recipient_id text,
        from_name text, in_reply_to uuid, content json, account_id uuid, provider_message_id text, request_key uuid,
        created_at timestamptz, sent_at timestamptz)`,
    [
      JSON.stringify(
        messages.map((message) => ({
          project_id: message.projectId,
          id: message.id,
          priority: message.priority,
          person: message.person,
          recipient_id: message.recipientId,
          from_name: message.fromName,
          in_reply_to: message.inReplyTo,
          content: message.content,
          account_id: message.accountId,
          provider_message_id: message.providerMessageId,
          request_key: message.requestKey,
          created_at: message.createdAt,
          sent_at: message.sentAt,
        })),
      ),
    ],
  );
}
