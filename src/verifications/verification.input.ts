import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { UrlScalar } from '../graphql/scalars.js';
import { type StartInput } from './start-input.js';
import { VerificationMethodEnum, VerificationStatusEnum } from './verification.model.js';
import { type VerificationMethod, type VerificationStatus } from './verification.status.js';

const USUAL_EXPIRY_MINUTES = 10;

@InputType('StartVerificationInput', { description: 'A phone number that is to be proved.' })
export class StartVerificationInput implements StartInput {
  @Field(() => String, {
    description: 'A number as people write it: `0878-2367-8023`, `+62 878…`, `6287…`. A mobile one.',
  })
  readonly phone!: string;

  @Field(() => VerificationMethodEnum, {
    nullable: true,
    description:
      'The way to prove it; without it the first of SENDTALK, INBOUND and CODE that the project has an enabled account for, and the next one where that does not work.',
  })
  readonly method?: VerificationMethod | null;

  @Field(() => ID, { nullable: true, description: 'Through this account only.' })
  readonly accountId?: string | null;

  @Field(() => String, { defaultValue: 'id', description: 'The language that the person is spoken to in: en or id.' })
  readonly language!: string;

  @Field(() => Int, {
    defaultValue: USUAL_EXPIRY_MINUTES,
    description: 'So long the proof is waited for: 1 to 1440 minutes.',
  })
  readonly expiryMinutes!: number;

  @Field(() => UrlScalar, {
    nullable: true,
    description: 'Where the person comes from and goes back to; it stands in the message that the person sends.',
  })
  readonly appUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The person’s own address, for the limits on abuse: it is not your server that many numbers come from.',
  })
  readonly endUserIp?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Your own id for it, at most 128 characters; verifications can be found by it.',
  })
  readonly reference?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Repeating a start with the same key within 7 days answers the first verification again and sends nothing; the same key with another input is IDEMPOTENCY_CONFLICT. At most 255 characters.',
  })
  readonly idempotencyKey?: string | null;
}

@InputType('VerificationFilter', { description: 'Which verifications; all that is given must hold.' })
export class VerificationFilter {
  @Field(() => String, { nullable: true, description: 'Of this number, written as people write it.' })
  readonly phone?: string | null;

  @Field(() => String, { nullable: true, description: 'With this reference.' })
  readonly reference?: string | null;

  @Field(() => [VerificationStatusEnum], { nullable: true, description: 'In one of these states.' })
  readonly statuses?: VerificationStatus[] | null;
}
