import { publicId } from '../common/ids.js';
import { type NewEvent } from '../events/event-types.js';
import { type ProviderAccountEntity } from './provider-account.entity.js';

/** ACCOUNT_HEALTH_CHANGED for an account whose health was just set; counts it in the account's row. */
export function healthChanged(account: ProviderAccountEntity, now: Date): NewEvent {
  account.sequence++;
  return {
    projectId: account.projectId,
    type: 'ACCOUNT_HEALTH_CHANGED',
    subjectKind: 'account',
    subjectId: account.id,
    sequence: account.sequence,
    occurredAt: now,
    recordedAt: now,
    data: {
      account: { id: publicId('acc', account.id), kind: account.kind, name: account.name, health: account.health },
    },
  };
}
