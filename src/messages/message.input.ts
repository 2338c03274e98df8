import { Field, ID, InputType } from '@nestjs/graphql';
import { DateTimeScalar, JsonObjectScalar } from '../graphql/scalars.js';
import { ChannelEnum } from '../templates/template.model.js';
import { type Channel } from '../templates/template.rules.js';
import { MessageDirectionEnum, MessageStatusEnum, PriorityEnum } from './message.model.js';
import { type MessageDirection, type MessageStatus } from './message.status.js';
import { type Priority, type SendInput } from './send-input.js';

@InputType('TemplateContentInput', { description: 'An approved template with its values.' })
export class TemplateContentInput {
  @Field(() => String, { description: 'The template’s name; with its language where the name exists in several.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Where the name exists in several languages.' })
  readonly language?: string | null;

  @Field(() => ChannelEnum, { defaultValue: 'WHATSAPP', description: 'The template’s channel.' })
  readonly channel!: Channel;

  @Field(() => [String], {
    defaultValue: [],
    description: 'The body’s values, in order, each at most 1024 characters.',
  })
  readonly params!: string[];
}

@InputType('MessageContentInput', { isOneOf: true, description: 'What to send: exactly one of its fields.' })
export class MessageContentInput {
  @Field(() => TemplateContentInput, {
    nullable: true,
    description: 'An approved template: may be sent to anybody at any time.',
  })
  readonly template?: TemplateContentInput | null;
}

@InputType('SendMessageInput', { description: 'One message to one person.' })
export class SendMessageInput implements SendInput {
  @Field(() => String, { description: 'A number as people write it: `0878-2367-8023`, `+62 878…`, `6287…`.' })
  readonly to!: string;

  @Field(() => MessageContentInput, { description: 'What to send.' })
  readonly content!: MessageContentInput;

  @Field(() => ID, {
    nullable: true,
    description:
      'Send through this account; without it the project’s route for the content’s capability is tried in order.',
  })
  readonly accountId?: string | null;

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

  @Field(() => String, { nullable: true, description: 'To this number, written as people write it.' })
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
