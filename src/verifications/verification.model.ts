import { Field, Int, ObjectType } from '@nestjs/graphql';
import { later } from '../common/clock.js';
import { publicId } from '../common/ids.js';
import { type Problem } from '../common/problem.js';
import { connectionOf } from '../graphql/connection.js';
import { enumOf } from '../graphql/enum.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, PhoneNumberScalar } from '../graphql/scalars.js';
import { type BlockedPrefixEntity } from './blocked-prefix.entity.js';
import { COOL_DOWN_MS } from './cool-down.js';
import { type Verification, type VerificationStep } from './verification-row.js';
import {
  VERIFICATION_METHODS,
  VERIFICATION_STATUSES,
  type VerificationMethod,
  type VerificationStatus,
} from './verification.status.js';

export const VerificationMethodEnum = enumOf('VerificationMethod', 'A way to prove a number.', VERIFICATION_METHODS);

export const VerificationStatusEnum = enumOf(
  'VerificationStatus',
  'Where a verification stands.',
  VERIFICATION_STATUSES,
);

@ObjectType('VerificationStep', { description: 'One way that was tried; the proof of any step verifies.' })
export class VerificationStepModel {
  /** For the field resolvers of account, message and problem. */
  readonly accountId!: string | null;
  readonly messageId!: string | null;
  readonly ownProblem!: Problem | null;

  @Field(() => VerificationMethodEnum, { description: 'The way.' })
  readonly method!: VerificationMethod;

  @Field(() => DateTimeScalar, { description: 'When it began.' })
  readonly startedAt!: Date;
}

@ObjectType('Verification', { implements: () => NodeModel, description: 'A phone number that is to be proved.' })
export class VerificationModel extends NodeModel {
  /** The row's own id, for field resolvers. */
  readonly uuid!: string;
  readonly ownProblem!: Problem | null;

  @Field(() => VerificationMethodEnum, { description: 'The method of the latest step.' })
  readonly method!: VerificationMethod;

  @Field(() => PhoneNumberScalar, { nullable: true, description: 'The number; null once erased.' })
  readonly phone!: string | null;

  @Field(() => String, { nullable: true, description: 'The caller’s own id for it.' })
  readonly reference!: string | null;

  @Field(() => VerificationStatusEnum, { description: 'Where it stands.' })
  readonly status!: VerificationStatus;

  @Field(() => String, {
    nullable: true,
    description:
      'Answered by startVerification only. As a Bearer key in a browser it opens verification and verificationUpdated of this id until an hour past its expiry, and nothing else: of the steps no account, message or problem, and no events. It ends with the key that started the verification.',
  })
  readonly watchToken!: string | null;

  @Field(() => Int, { nullable: true, description: 'For CODE: how many checks are left.' })
  readonly checksLeft!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'For CODE, while it is PENDING: when it may be sent again.',
  })
  readonly nextSendAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When its time passes.' })
  readonly expiresAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the number was proved, by the clock of whoever saw the proof.',
  })
  readonly verifiedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was started.' })
  readonly createdAt!: Date;
}

@ObjectType('BlockedPrefix', {
  description:
    'Numbers that begin so started many verifications and finished hardly any, as somebody does who earns by being sent messages: for a while no more are started.',
})
export class BlockedPrefixModel {
  @Field(() => String, { description: 'How the numbers begin, the country’s code and four digits: +628123.' })
  readonly prefix!: string;

  @Field(() => Int, { description: 'How many had been started in the 30 minutes before it was blocked.' })
  readonly started!: number;

  @Field(() => Int, { description: 'How many of them had been verified.' })
  readonly verified!: number;

  @Field(() => DateTimeScalar, { description: 'When it was blocked.' })
  readonly blockedAt!: Date;

  @Field(() => DateTimeScalar, { description: 'From then on verifications are started again.' })
  readonly until!: Date;
}

export const VerificationConnection = connectionOf('Verification', () => VerificationModel);
export const VerificationResult = resultUnion('VerificationResult', () => VerificationModel, 'The verification');

/** `watchToken` is given where a verification was started. */
export function toVerificationModel(verification: Verification, watchToken: string | null = null): VerificationModel {
  const { id, method, phone, reference, status, checksLeft, sentAt, problem } = verification;
  const { expiresAt, verifiedAt, createdAt } = verification;
  const isCode = method === 'CODE';
  return {
    id: publicId('ver', id),
    uuid: id,
    ownProblem: problem,
    ...{ method, phone, reference, status, watchToken },
    checksLeft: isCode ? checksLeft : null,
    nextSendAt: isCode && status === 'PENDING' ? later(sentAt, COOL_DOWN_MS) : null,
    ...{ expiresAt, verifiedAt, createdAt },
  };
}

export const toStepModel = ({
  accountId,
  messageId,
  problem,
  method,
  startedAt,
}: VerificationStep): VerificationStepModel => ({
  ...{ accountId, messageId, method, startedAt },
  ownProblem: problem,
});

export const toBlockedPrefixModel = ({
  prefix,
  started,
  verified,
  blockedAt,
  until,
}: BlockedPrefixEntity): BlockedPrefixModel => ({ prefix, started, verified, blockedAt, until });
