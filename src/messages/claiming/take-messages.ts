import { newId } from '../../common/ids.js';
import { type Sql } from '../../database/database.js';
import { type AccountInHand } from '../../providers/account-store.js';
import { MESSAGE_COLUMNS } from '../message-row.js';
import { type Claimed } from '../outbound-messages.js';
import { TURNED } from './person-turns.js';
import { type Candidate } from './waiting-messages.js';

/**
 * Claims these: writes the attempts, marks each message with its own, and reads what its call needs. What was canceled or
 * moved meanwhile is left out. With `freeAt` it is the turn of each person again at that time, and not before.
 */
export async function takeMessages(
  sql: Sql,
  account: AccountInHand,
  chosen: readonly Candidate[],
  { now, freeAt }: { readonly now: Date; readonly freeAt: Date | null },
): Promise<Claimed[]> {
  return sql.rows<Claimed>(
    `with chosen as (select * from json_to_recordset($1) as c (project_id uuid, id uuid, attempt_id uuid, place integer)),
     claimed as (
       update messages m set open_attempt = c.attempt_id, attempts = m.attempts + 1 from chosen c
        where m.project_id = c.project_id and m.id = c.id and m.account_id = $2
          and m.status = 'QUEUED' and m.open_attempt is null
       returning ${MESSAGE_COLUMNS}, c.place),
     written as (
       insert into message_attempts (project_id, id, message_id, number, account_id, person, priority, request_key, started_at)
       select "projectId", "openAttempt", id, attempts, $2, person, priority, "requestKey", $3 from claimed)
       ${freeAt ? TURNED : ''}
     select claimed.*, claimed."openAttempt" as "attemptId", r.external_id as "externalId", r.category,
            r.status as "registrationStatus", t.param_names as "paramNames", t.header->>'paramName' as "headerName",
            s.external_id as "smsExternalId", q.provider_message_id as quotes,
            coalesce(by_phone.scope, by_id.scope) as "optedOut", c.heard_at as "heardAt"
       from claimed
       left join template_registrations r on r.project_id = claimed."projectId" and r.account_id = $2
        and r.template_id = (claimed.content->>'templateId')::uuid
       left join templates t on t.project_id = r.project_id and t.id = r.template_id
       left join template_registrations s on s.project_id = claimed."projectId" and s.account_id = $2
        and s.template_id = (claimed.content->'sms'->>'templateId')::uuid
       left join messages q on q.project_id = claimed."projectId" and q.id = claimed."inReplyTo" and q.account_id = $2
       left join opt_outs by_phone on by_phone.project_id = claimed."projectId" and by_phone.phone = claimed.person
       left join opt_outs by_id on by_id.project_id = claimed."projectId"
        and by_id.recipient_id = coalesce(claimed."recipientId", claimed.person)
       left join conversations c on c.project_id = claimed."projectId" and c.account_id = $2 and c.person = claimed.person
      order by claimed.place`,
    [
      JSON.stringify(
        chosen.map(({ id }, place) => ({ project_id: account.projectId, id, attempt_id: newId(), place })),
      ),
      account.id,
      now,
      ...(freeAt ? [freeAt] : []),
    ],
  );
}
