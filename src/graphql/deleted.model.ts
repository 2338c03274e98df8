import { Field, ID, ObjectType } from '@nestjs/graphql';
import { resultUnion } from './result-union.js';

@ObjectType('Deleted', { description: 'It is retired: gone from lists and from use.' })
export class DeletedModel {
  @Field(() => ID, { description: 'The id of what was retired.' })
  readonly id!: string;
}

export const DeletedResult = resultUnion('DeletedResult', () => DeletedModel, 'What was retired');
