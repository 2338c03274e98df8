import { Injectable } from '@nestjs/common';
import { readZone } from '../../common/zones.js';
import { Database } from '../../database/database.js';
import { badUserInput } from '../../graphql/errors.js';
import { MESSAGE_STATUSES, type MessageStatus } from '../state/message.status.js';
import { bucketsOf, MOST_BUCKETS, roughlyBuckets, type Span, type StatsInterval } from './stats-buckets.js';

export interface StatsQuestion extends Span {
  readonly interval: StatsInterval;
  /** An IANA name. */
  readonly timeZone: string;
  readonly byAccount: boolean;
}

export interface StatsBucket {
  readonly start: Date;
  readonly status: MessageStatus;
  /** The account's UUID; null where it was not asked by accounts. */
  readonly accountId: string | null;
  readonly count: number;
}

/** Counts messages by the time at which they were created and the state that they are in now. */
@Injectable()
export class MessageStats {
  constructor(private readonly database: Database) {}

  /**
   * The buckets that have messages, by their beginning, then in the order of a message's life, then the oldest account first.
   * Throws BAD_USER_INPUT for a span or a zone that there is not, and for more than 1,500 buckets.
   */
  async count(projectId: string, question: StatsQuestion): Promise<StatsBucket[]> {
    const starts = readBuckets(question);
    // One range of messages_created. Its rows are grouped as they come: the bucket is found by bisection, with no join.
    const rows = await this.database.rows<Omit<StatsBucket, 'start'> & { bucket: number }>(
      `select width_bucket(created_at, $4::timestamptz[]) as bucket, status, ${question.byAccount ? 'account_id' : 'null::uuid'} as "accountId",
              count(*)::int as count
         from messages where project_id = $1 and created_at >= $2 and created_at < $3
        group by 1, 2, 3`,
      [projectId, question.from, question.to, starts],
    );
    return rows
      .sort(
        (a, b) =>
          a.bucket - b.bucket ||
          LIFE.indexOf(a.status) - LIFE.indexOf(b.status) ||
          (a.accountId ?? '').localeCompare(b.accountId ?? '', 'en'),
      )
      .map(({ bucket, status, accountId, count }) => {
        const start = starts[bucket - 1];
        if (!start) throw new Error('A message was counted outside of what was asked for.');
        return { start, status, accountId, count };
      });
  }
}

const LIFE = Object.keys(MESSAGE_STATUSES);

function readBuckets({ from, to, interval, timeZone }: StatsQuestion): Date[] {
  const zone = readZone(timeZone);
  if (zone === null) {
    throw badUserInput(
      'timeZone is not a name of the time zone database, such as Asia/Jakarta, Europe/Berlin or UTC.',
      'timeZone',
    );
  }
  if (from >= to) throw badUserInput('from must lie before to, which is not counted itself.', 'from');
  const roughly = roughlyBuckets({ from, to }, interval);
  const starts = roughly > MOST_BUCKETS * 2 ? null : bucketsOf({ from, to }, interval, zone);
  if (starts && starts.length <= MOST_BUCKETS) return starts;
  const asked = starts ? `${starts.length}` : `some ${roughly}`;
  const mend = interval === 'DAY' ? 'shorter spans' : `shorter spans or a longer interval than ${interval}`;
  throw badUserInput(`These would be ${asked} buckets, and ${MOST_BUCKETS} are the most: ask for ${mend}.`, 'interval');
}
