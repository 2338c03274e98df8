import { type Sql } from '../../database/database.js';
import { type AccountInHand } from '../../providers/account-store.js';
import { mayLeaveAt } from '../planning/quiet-hours.js';
import { type Candidate } from './waiting-messages.js';

/**
 * Leaves out the MARKETING messages to persons for whom the project's hours are over, and puts them off until these begin.
 * They stay QUEUED, and cost no budget and no attempt. Their category is the account's own word: a provider may have moved
 * the template since it was sent. A project without such hours is asked nothing.
 */
export async function withoutPutOff(
  sql: Sql,
  account: AccountInHand,
  candidates: readonly Candidate[],
  now: Date,
): Promise<readonly Candidate[]> {
  const { quietFrom: from, quietTo: to } = account;
  if (!from || !to) return candidates;
  const early = candidates.flatMap((candidate) => {
    const until = mayLeaveAt(candidate.person, { from, to }, now);
    return until ? [{ ...candidate, until }] : [];
  });
  if (early.length === 0) return candidates;
  const putOff = await sql.rows<{ id: string }>(
    `update messages m set due_at = n.until
       from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) n (project_id, id, until), template_registrations r
      where m.project_id = n.project_id and m.id = n.id and m.status = 'QUEUED' and m.open_attempt is null
        and r.project_id = m.project_id and r.account_id = $4 and r.template_id = (m.content->>'templateId')::uuid
        and r.category = 'MARKETING'
     returning m.id`,
    [early.map(({ projectId }) => projectId), early.map(({ id }) => id), early.map(({ until }) => until), account.id],
  );
  const gone = new Set(putOff.map(({ id }) => id));
  return candidates.filter(({ id }) => !gone.has(id));
}
