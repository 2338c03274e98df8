import { Field, ObjectType } from '@nestjs/graphql';
import { PROBLEM_CODES, type ProblemCode, type ProviderFailure, type ProviderKind } from '../common/problem.js';
import { enumOf } from './enum.js';
import { DateTimeScalar } from './scalars.js';

export const ProblemCodeEnum = enumOf(
  'ProblemCode',
  'What kind of problem it is. The list grows: expect a value that you do not know.',
  PROBLEM_CODES,
);

@ObjectType('ProviderFailure', { description: 'What a provider said when it refused.' })
export class ProviderFailureModel implements ProviderFailure {
  /** Its field is added by the room that knows which kinds there are. */
  readonly provider!: ProviderKind;

  @Field(() => String, {
    nullable: true,
    description: 'The provider’s own code, as it wrote it: 601, invalid_signature. Null when it gave none.',
  })
  readonly code!: string | null;

  @Field(() => String, { nullable: true, description: 'The provider’s own words.' })
  readonly message!: string | null;

  @Field(() => Boolean, { description: 'Whether the same request may succeed another time.' })
  readonly retryable!: boolean;
}

@ObjectType('Problem', {
  description:
    'Why something was not done. What a caller can get wrong, or a provider refuse, is data and not an error.',
})
export class ProblemModel {
  @Field(() => ProblemCodeEnum, { description: 'What kind of problem it is; programs decide by this.' })
  readonly code!: ProblemCode;

  @Field(() => String, { description: 'A sentence that says what is wrong and how to mend it.' })
  readonly message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Where in the input it is: `content.template.params`, `inputs.0.to`.',
  })
  readonly field?: string | null;

  @Field(() => ProviderFailureModel, {
    nullable: true,
    description: 'What the provider said, when it was the provider that refused.',
  })
  readonly provider?: ProviderFailure | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it may be tried again, or when the window closed.',
  })
  readonly retryAt?: Date | null;
}
