import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type ProviderKind } from '../common/problem.js';
import { ProviderFailureModel } from '../graphql/problem.model.js';
import { ProviderKindEnum } from './provider-kind.js';

@Resolver(() => ProviderFailureModel)
export class ProviderFailureFieldsResolver {
  @ResolveField(() => ProviderKindEnum, { description: 'The kind of provider that said it.' })
  provider(@Parent() failure: ProviderFailureModel): ProviderKind {
    return failure.provider;
  }
}
