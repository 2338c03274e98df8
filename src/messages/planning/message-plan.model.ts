import { Field, ObjectType } from '@nestjs/graphql';
import { type Problem } from '../../common/problem.js';
import { ProblemModel } from '../../graphql/problem.model.js';
import { resultUnion } from '../../graphql/result-union.js';
import { DateTimeScalar, PhoneNumberScalar } from '../../graphql/scalars.js';
import { PriorityEnum } from '../message.model.js';
import { type MessagePlan } from './message-plan.js';
import { type Priority } from './send-input.js';

@ObjectType('RouteCandidate', { description: 'An account that was considered for a message.' })
export class RouteCandidateModel {
  /** For the field resolver of account. */
  readonly accountId!: string;

  @Field(() => Boolean, { description: 'Whether the message would go through it.' })
  readonly chosen!: boolean;

  @Field(() => String, { description: 'Why it was or was not chosen, as a sentence.' })
  readonly reason!: string;
}

@ObjectType('MessagePlan', {
  description: 'What sending it would do, without sending: the same rules, the same problems.',
})
export class MessagePlanModel {
  @Field(() => PhoneNumberScalar, { nullable: true, description: 'The person’s number; null for one without.' })
  readonly to!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it would leave, where something holds it.' })
  readonly notBefore!: Date | null;

  @Field(() => String, { description: 'The text as the recipient reads it; of a file its caption.' })
  readonly text!: string;

  @Field(() => PriorityEnum, { description: 'Before which others it would leave.' })
  readonly priority!: Priority;

  @Field(() => [RouteCandidateModel], {
    description: 'Every account that was considered, in order, and why it was or was not chosen.',
  })
  readonly candidates!: RouteCandidateModel[];

  @Field(() => ProblemModel, { nullable: true, description: 'Why it would not be accepted; null when it would.' })
  readonly problem!: Problem | null;
}

export const MessagePlanResult = resultUnion('MessagePlanResult', () => MessagePlanModel, 'The plan');

export const toMessagePlanModel = (plan: MessagePlan): MessagePlanModel => ({
  ...plan,
  candidates: plan.candidates.map(({ account, chosen, reason }) => ({ accountId: account.id, chosen, reason })),
});
