import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { enumOf } from '../graphql/enum.js';
import { DateTimeScalar, JsonObjectScalar } from '../graphql/scalars.js';
import { type FallbackRule } from '../providers/ports/messaging.js';
import { MessageContentInput } from './content.input.js';
import { MessageDirectionEnum, MessageStatusEnum, PriorityEnum } from './message.model.js';
import { type MessageDirection, type MessageStatus } from './state/message.status.js';
import { type Priority, type SendInput } from './planning/send-input.js';

export const FallbackRuleEnum = enumOf('FallbackRule', 'When another way to reach the person is taken.', {
  NOT_ON_WHATSAPP: 'When the number is not on WhatsApp.',
  FAILED: 'When the message failed for any reason.',
  NOT_DELIVERED: 'When it is not DELIVERED afterMinutes after it was submitted.',
  NOT_READ: 'When it is not READ afterMinutes after it was submitted.',
  ALWAYS: 'At once, beside the first.',
} satisfies Record<FallbackRule, string>);

@InputType('FallbackInput', {
  description:
    'Another way to reach the person: another content, account or channel. It is a message of its own, but for an SMS template that is registered at the same Wappin account, which rides in the same request.',
})
export class FallbackInput {
  @Field(() => FallbackRuleEnum, { description: 'When it is taken; of an SMS by Wappin it is the account’s smsRule.' })
  readonly rule!: FallbackRule;

  @Field(() => Int, {
    nullable: true,
    description:
      'For NOT_DELIVERED and NOT_READ: so long after the message itself was submitted, 1 to 10080. Of an SMS that rides along it is set in Wappin’s dashboard.',
  })
  readonly afterMinutes?: number | null;

  @Field(() => MessageContentInput, { description: 'What is sent instead.' })
  readonly content!: MessageContentInput;

  @Field(() => ID, {
    nullable: true,
    description:
      'Through this account; without it the project’s route for its content, or of a person without a number the message’s own account.',
  })
  readonly accountId?: string | null;
}

@InputType('SendMessageInput', { description: 'One message to one person.' })
export class SendMessageInput implements SendInput {
  @Field(() => String, {
    description:
      'A number as people write it: `0878-2367-8023`, `+62 878…`, `6287…`. Or the recipientId of somebody who wrote, with accountId.',
  })
  readonly to!: string;

  @Field(() => MessageContentInput, { description: 'What to send.' })
  readonly content!: MessageContentInput;

  @Field(() => ID, {
    nullable: true,
    description:
      'Send through this account; without it the project’s route for the content’s capability is tried in order.',
  })
  readonly accountId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Quotes an inbound message, where the provider can.' })
  readonly replyTo?: string | null;

  @Field(() => [FallbackInput], {
    nullable: true,
    defaultValue: [],
    description: 'Another way to reach the person, tried in order when its rule holds.',
  })
  readonly fallbacks?: FallbackInput[] | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Not before this time, at most 35 days ahead.' })
  readonly scheduledAt?: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Give up, as EXPIRED, if it was not handed to a provider by then.',
  })
  readonly expiresAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Repeating a send with the same key within 7 days answers the first message again and sends nothing; the same key with another input is IDEMPOTENCY_CONFLICT. At most 255 characters.',
  })
  readonly idempotencyKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Your own id for it, at most 128 characters; messages can be found by it.',
  })
  readonly reference?: string | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'What you want kept with it and told in its events, at most 2 KiB.',
  })
  readonly metadata?: Record<string, unknown> | null;

  @Field(() => PriorityEnum, {
    nullable: true,
    description: 'From the content when left out: AUTHENTICATION templates HIGH, MARKETING ones LOW, others NORMAL.',
  })
  readonly priority?: Priority | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'For a message that is worthless when late (a code): better twice than not at all.',
  })
  readonly resendUnconfirmed!: boolean;
}

@InputType('MessageFilter', { description: 'Which messages; all that is given must hold.' })
export class MessageFilter {
  @Field(() => [ID], { nullable: true, description: 'These, at most 200.' })
  readonly ids?: string[] | null;

  @Field(() => MessageDirectionEnum, { nullable: true, description: 'Who wrote it.' })
  readonly direction?: MessageDirection | null;

  @Field(() => [MessageStatusEnum], { nullable: true, description: 'In one of these states.' })
  readonly statuses?: MessageStatus[] | null;

  @Field(() => String, { nullable: true, description: 'To or from this number, written as people write it.' })
  readonly phone?: string | null;

  @Field(() => ID, { nullable: true, description: 'Through this account.' })
  readonly accountId?: string | null;

  @Field(() => String, { nullable: true, description: 'With this reference.' })
  readonly reference?: string | null;

  @Field(() => String, { nullable: true, description: 'Of the template of this name.' })
  readonly template?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Accepted at this time or later.' })
  readonly createdAfter?: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Accepted before this time.' })
  readonly createdBefore?: Date | null;
}
