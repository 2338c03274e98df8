import { Field, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { enumOf } from '../graphql/enum.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { type ApiKeyEntity } from './api-key.entity.js';
import { ProjectModel } from './project.model.js';
import { SCOPES, type Scope } from './scopes.js';

export const ScopeEnum = enumOf('Scope', 'What a key may do. Scopes are a set.', SCOPES);

@ObjectType('ApiKey', { implements: () => NodeModel, description: 'A key to this API, without the key itself.' })
export class ApiKeyModel extends NodeModel {
  @Field(() => String, { description: 'What people call it.' })
  readonly name!: string;

  @Field(() => String, { description: 'The first characters, to tell keys apart; the key itself is kept as a hash.' })
  readonly prefix!: string;

  @Field(() => [ScopeEnum], { description: 'The scopes it was given; what they include comes on top.' })
  readonly scopes!: readonly Scope[];

  @Field(() => [String], { description: 'CIDR blocks it may be used from; empty is anywhere.' })
  readonly allowedIps!: readonly string[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it stops to work by itself; null is never.' })
  readonly expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last used, to the minute.' })
  readonly lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was revoked; null while it works.' })
  readonly revokedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt!: Date;
}

@ObjectType('ApiKeyWithSecret', { description: 'A key just made: the only answer that holds its secret.' })
export class ApiKeyWithSecretModel {
  @Field(() => ApiKeyModel, { description: 'The key.' })
  readonly apiKey!: ApiKeyModel;

  @Field(() => String, { description: 'What is sent as `Authorization: Bearer …`. It is not shown again.' })
  readonly secret!: string;
}

@ObjectType('Viewer', { description: 'Who is asking.' })
export class ViewerModel {
  @Field(() => ProjectModel, { description: 'The project of the key.' })
  readonly project!: ProjectModel;

  @Field(() => ApiKeyModel, { description: 'The key that was shown.' })
  readonly apiKey!: ApiKeyModel;
}

export const ApiKeyResult = resultUnion('ApiKeyResult', () => ApiKeyWithSecretModel, 'The new key with its secret');

export function apiKeyModel(row: ApiKeyEntity): ApiKeyModel {
  const { name, prefix, scopes, allowedIps, expiresAt, lastUsedAt, revokedAt, createdAt } = row;
  return { id: publicId('key', row.id), name, prefix, scopes, allowedIps, expiresAt, lastUsedAt, revokedAt, createdAt };
}
