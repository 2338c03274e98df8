import { Field, Int, ObjectType } from '@nestjs/graphql';
import { decimalsOf, type Digits } from '../common/money.js';
import { CurrencyScalar, MinorUnitsScalar } from './scalars.js';

@ObjectType('Money', {
  description: 'An amount: 1234 of INR with 2 decimals is ₹12.34, 10000 of IDR with 0 is Rp10.000.',
})
export class MoneyModel {
  @Field(() => MinorUnitsScalar, { description: 'How many minor units.' })
  readonly value!: Digits;

  @Field(() => CurrencyScalar, { description: 'Of which currency.' })
  readonly currency!: string;

  @Field(() => Int, { description: 'Digits after the point in people’s writing: 2 for INR, 0 for IDR.' })
  readonly decimals!: number;
}

export const toMoney = (value: Digits, currency: string): MoneyModel => ({
  ...{ value, currency },
  decimals: decimalsOf(currency),
});
