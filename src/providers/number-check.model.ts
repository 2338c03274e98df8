import { Field, ObjectType } from '@nestjs/graphql';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, PhoneNumberScalar } from '../graphql/scalars.js';
import { ProviderAccountModel } from './provider.model.js';

@ObjectType('NumberCheck', { description: 'What a provider said of a number.' })
export class NumberCheckModel {
  @Field(() => PhoneNumberScalar, { description: 'The number.' })
  readonly phone!: string;

  @Field(() => Boolean, { description: 'Whether it is on WhatsApp.' })
  readonly onWhatsApp!: boolean;

  @Field(() => DateTimeScalar, {
    description: 'When the provider said so: a yes is good for 30 days, a no for one, and nobody is asked meanwhile.',
  })
  readonly checkedAt!: Date;

  @Field(() => ProviderAccountModel, { description: 'The account that was asked.' })
  readonly account!: ProviderAccountModel;
}

export const NumberCheckResult = resultUnion('NumberCheckResult', () => NumberCheckModel, 'The answer');
