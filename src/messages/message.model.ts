import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { type Problem, type ProviderFailure } from '../common/problem.js';
import { connectionOf } from '../graphql/connection.js';
import { enumOf } from '../graphql/enum.js';
import { NodeModel } from '../graphql/node.model.js';
import { ProblemModel, ProviderFailureModel } from '../graphql/problem.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, JsonObjectScalar, PhoneNumberScalar } from '../graphql/scalars.js';
import { ChannelEnum } from '../templates/template.model.js';
import { type Channel } from '../templates/template.rules.js';
import { type ContentModel, MessageContentUnion, toContentModel } from './content.model.js';
import { type AttemptOutcome, type MessageAttemptEntity } from './message-attempt.entity.js';
import { type Message } from './message-row.js';
import { MESSAGE_STATUSES, type MessageDirection, type MessageStatus } from './state/message.status.js';
import { type OptOut, type OptOutScope } from './opt-outs.service.js';
import { PRIORITIES, type Priority } from './planning/send-input.js';

export const MessageStatusEnum = enumOf(
  'MessageStatus',
  'Where a message stands. An outbound message only moves forward: a late or repeated callback never takes it back.',
  MESSAGE_STATUSES,
);

export const MessageDirectionEnum = enumOf('MessageDirection', 'Who wrote it.', {
  OUTBOUND: 'We, to a person.',
  INBOUND: 'A person, to us.',
} satisfies Record<MessageDirection, string>);

export const PriorityEnum = enumOf('Priority', 'What leaves first where an account cannot take all at once.', {
  HIGH: 'Codes and verifications: never behind a campaign.',
  NORMAL: 'Payments and utility messages.',
  LOW: 'Marketing.',
} satisfies Record<Priority, string>);

export const AttemptOutcomeEnum = enumOf('AttemptOutcome', 'What came of a call to a provider.', {
  ACCEPTED: 'The provider took it.',
  REFUSED: 'Never as it stands.',
  DEFERRED: 'Surely not sent; tried again later.',
  UNCERTAIN: 'May have been sent.',
} satisfies Record<AttemptOutcome, string>);

export const OptOutScopeEnum = enumOf('OptOutScope', 'What a person must not be sent any more.', {
  MARKETING: 'Marketing only.',
  ALL: 'Everything, codes too.',
} satisfies Record<OptOutScope, string>);

@ObjectType('Message', { implements: () => NodeModel, description: 'One message to one person.' })
export class MessageModel extends NodeModel {
  /** The row's own ids, for field resolvers. */
  readonly uuid!: string;
  readonly accountId!: string;
  /** For the field resolvers of from, to, inReplyTo and fallbackOf. */
  readonly person!: string;
  readonly inReplyToId!: string | null;
  readonly fallbackOfId!: string | null;

  @Field(() => MessageDirectionEnum, { description: 'Who wrote it.' })
  readonly direction!: MessageDirection;

  @Field(() => MessageStatusEnum, { description: 'Where it stands.' })
  readonly status!: MessageStatus;

  @Field(() => ChannelEnum, { description: 'How it reaches the person.' })
  readonly channel!: Channel;

  @Field(() => PriorityEnum, { description: 'Before which others it leaves.' })
  readonly priority!: Priority;

  @Field(() => String, {
    nullable: true,
    description: 'The provider’s own id of the person, where it gives one: Meta’s wa_id or business-scoped id.',
  })
  readonly recipientId!: string | null;

  @Field(() => String, { nullable: true, description: 'Inbound: the name that the person shows.' })
  readonly fromName!: string | null;

  @Field(() => MessageContentUnion, { description: 'What it says.' })
  readonly content!: ContentModel;

  @Field(() => String, { nullable: true, description: 'The provider’s own id of it; null until the provider took it.' })
  readonly providerMessageId!: string | null;

  @Field(() => String, { nullable: true, description: 'The caller’s own id for it.' })
  readonly reference!: string | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: 'What the caller keeps with it.' })
  readonly metadata!: Record<string, unknown> | null;

  @Field(() => ProblemModel, {
    nullable: true,
    description: 'Why it failed, or why it is not known what became of it.',
  })
  readonly problem!: Problem | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Not before this time.' })
  readonly scheduledAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Given up, as EXPIRED, if it was not handed over by then.',
  })
  readonly expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was accepted.' })
  readonly createdAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the provider took it.' })
  readonly submittedAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the provider sent it on, or when the person wrote it, by the provider’s clock.',
  })
  readonly sentAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it reached the device, by the provider’s clock.' })
  readonly deliveredAt!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the person read it, by the provider’s clock; inbound: when we showed them that it was read.',
  })
  readonly readAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it failed.' })
  readonly failedAt!: Date | null;
}

@ObjectType('MessageAttempt', { description: 'One call to a provider for a message.' })
export class MessageAttemptModel {
  /** For the field resolver of account. */
  readonly accountId!: string;

  @Field(() => ID, { description: 'Its id, att_….' })
  readonly id!: string;

  @Field(() => Int, { description: '1 for the first.' })
  readonly number!: number;

  @Field(() => String, { nullable: true, description: 'The provider’s own id of it.' })
  readonly providerMessageId!: string | null;

  @Field(() => AttemptOutcomeEnum, {
    nullable: true,
    description: 'What came of it; null while the call is under way.',
  })
  readonly outcome!: AttemptOutcome | null;

  @Field(() => DateTimeScalar, { description: 'When the call began.' })
  readonly startedAt!: Date;

  @Field(() => Int, { nullable: true, description: 'How long it took, in milliseconds.' })
  readonly durationMs!: number | null;

  @Field(() => Int, { nullable: true, description: 'The HTTP status of the answer.' })
  readonly httpStatus!: number | null;

  @Field(() => ProviderFailureModel, { nullable: true, description: 'What the provider said when it did not take it.' })
  readonly failure!: ProviderFailure | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'What was said on the wire: method, url, headers, body; secrets are masked.',
  })
  readonly request!: Record<string, unknown> | null;

  @Field(() => JsonObjectScalar, { nullable: true, description: 'What was answered: status, headers, body.' })
  readonly response!: Record<string, unknown> | null;
}

@ObjectType('Consent', { description: 'Whether a person may be written to.' })
export class ConsentModel {
  @Field(() => PhoneNumberScalar, { nullable: true, description: 'The person’s number.' })
  readonly phone!: string | null;

  @Field(() => String, { nullable: true, description: 'The provider’s own id of a person whose number it keeps back.' })
  readonly recipientId!: string | null;

  @Field(() => OptOutScopeEnum, { nullable: true, description: 'What must not be sent; null: may be written to.' })
  readonly optedOut!: OptOutScope | null;

  @Field(() => String, { nullable: true, description: 'Why, as it was given.' })
  readonly reason!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When this was said.' })
  readonly changedAt!: Date | null;
}

export const MessageConnection = connectionOf('Message', () => MessageModel);
export const ConsentConnection = connectionOf('Consent', () => ConsentModel);
export const SendMessageResult = resultUnion('SendMessageResult', () => MessageModel, 'The message as it was accepted');
export const MessageResult = resultUnion('MessageResult', () => MessageModel, 'The message');
export const ConsentResult = resultUnion('ConsentResult', () => ConsentModel, 'What is known of the person');

export function toMessageModel(message: Message): MessageModel {
  return {
    id: publicId('msg', message.id),
    uuid: message.id,
    accountId: message.accountId,
    direction: message.direction,
    status: message.status,
    channel: message.channel,
    priority: PRIORITIES[message.priority] ?? 'NORMAL',
    person: message.person,
    inReplyToId: message.inReplyTo,
    fallbackOfId: message.fallbackOf,
    recipientId: message.recipientId,
    fromName: message.fromName,
    content: toContentModel(message.content),
    providerMessageId: message.providerMessageId,
    reference: message.reference,
    metadata: message.metadata,
    problem: message.problem,
    scheduledAt: message.scheduledAt,
    expiresAt: message.expiresAt,
    createdAt: message.createdAt,
    submittedAt: message.submittedAt,
    sentAt: message.sentAt,
    deliveredAt: message.deliveredAt,
    readAt: message.readAt,
    failedAt: message.failedAt,
  };
}

export function toAttemptModel(attempt: MessageAttemptEntity): MessageAttemptModel {
  const {
    accountId,
    number,
    providerMessageId,
    outcome,
    startedAt,
    durationMs,
    httpStatus,
    failure,
    request,
    response,
  } = attempt;
  return {
    id: publicId('att', attempt.id),
    ...{ accountId, number, providerMessageId, outcome, startedAt, durationMs, httpStatus, failure, request, response },
  };
}

export const toConsentModel = ({ phone, recipientId, scope, reason, changedAt }: OptOut): ConsentModel => ({
  phone,
  recipientId,
  optedOut: scope,
  reason,
  changedAt,
});
