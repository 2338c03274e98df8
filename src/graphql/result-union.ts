import { type Type } from '@nestjs/common';
import { createUnionType } from '@nestjs/graphql';
import { isProblem, type Problem } from '../common/problem.js';
import { ProblemModel } from './problem.model.js';

/**
 * `union TemplateResult = Template | Problem`, for what a mutation answers: either the thing or a Problem, told apart by
 * `isProblem`. `model` is a function, as classes may not be there yet when the file is read.
 */
export function resultUnion<Model extends object>(
  name: string,
  model: () => Type<Model>,
  what: string,
): Model | Problem {
  // The value stands for the type in `@Mutation(() => …)`; what is declared is what a resolver may return.
  return createUnionType({
    name,
    description: `${what}, or the Problem that was in the way.`,
    types: () => [model(), ProblemModel] as const,
    resolveType: (value: unknown) => (isProblem(value) ? ProblemModel : model()),
  });
}
