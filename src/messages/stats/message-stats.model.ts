import { Field, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../../graphql/enum.js';
import { DateTimeScalar } from '../../graphql/scalars.js';
import { MessageStatusEnum } from '../message.model.js';
import { type MessageStatus } from '../state/message.status.js';
import { type StatsInterval } from './stats-buckets.js';

export const StatsIntervalEnum = enumOf('StatsInterval', 'How long a bucket is, by the clock of the time zone.', {
  MINUTE: 'From one full minute to the next.',
  HOUR: 'From one full hour to the next. An hour that the clock shows twice is two.',
  DAY: 'From midnight to midnight: 23 or 25 hours where the clock is changed on that day.',
} satisfies Record<StatsInterval, string>);

@ObjectType('MessageStatsBucket', {
  description: 'Messages created in one time bucket, by the state that they are in now; at most 1,500 buckets.',
})
export class MessageStatsBucketModel {
  @Field(() => DateTimeScalar, {
    description:
      'Its first moment, of a full minute, hour or day by the clock of the time zone; of the first bucket it may lie before `from`.',
  })
  readonly start!: Date;

  @Field(() => MessageStatusEnum, {
    description: 'Where its messages stand now. RECEIVED are those that persons wrote.',
  })
  readonly status!: MessageStatus;

  @Field(() => Int, { description: 'How many there are.' })
  readonly count!: number;

  /** For the field of the room above: the account's UUID. */
  readonly accountId!: string | null;
}
