import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { type ProviderKind } from '../common/problem.js';
import { enumOf } from '../graphql/enum.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, JsonObjectScalar, PhoneNumberScalar, UrlScalar } from '../graphql/scalars.js';
import { CAPABILITIES, type Capability } from './capability.js';
import { type Environment, type ProviderDefinition } from './ports/provider.js';
import { type AccountHealth, type ProviderAccountEntity } from './provider-account.entity.js';
import { ProviderKindEnum } from './provider-kind.js';
import { type ProviderPool } from './provider-pool.js';

export const CapabilityEnum = enumOf('Capability', 'What an account can do. The list grows.', CAPABILITIES);

export const EnvironmentEnum = enumOf(
  'Environment',
  'Which of a provider’s own hosts is used, where it has two sets.',
  {
    SANDBOX: 'For trials.',
    PRODUCTION: 'For customers.',
  } satisfies Record<Environment, string>,
);

export const AccountHealthEnum = enumOf('AccountHealth', 'Whether an account works.', {
  UNKNOWN: 'Never called since it was connected or mended.',
  HEALTHY: 'Its calls are taken.',
  DEGRADED: 'Half or more of its calls fail: it pauses, and single calls probe whether it works again.',
  FAILING: 'The provider refused its credentials: it stopped, its queue is kept until they are mended.',
} satisfies Record<AccountHealth, string>);

@ObjectType('CredentialField', { description: 'One credential that an account of a kind has.' })
export class CredentialFieldModel {
  @Field(() => String, { description: 'Its name in `credentials`.' })
  readonly name!: string;

  @Field(() => String, { description: 'What a form calls it.' })
  readonly label!: string;

  @Field(() => Boolean, { description: 'Sealed, and never answered.' })
  readonly secret!: boolean;

  @Field(() => Boolean, { description: 'Whether an account cannot do without it.' })
  readonly required!: boolean;
}

@ObjectType('Provider', {
  description: 'What this build can talk to: the catalogue that a settings form is drawn from.',
})
export class ProviderModel {
  @Field(() => ProviderKindEnum, { description: 'Its kind.' })
  readonly kind!: ProviderKind;

  @Field(() => String, { description: 'Its name as people know it.' })
  readonly name!: string;

  @Field(() => [CapabilityEnum], { description: 'What an account of it can do.' })
  readonly capabilities!: Capability[];

  @Field(() => [CredentialFieldModel], { description: 'The credentials that an account of it needs.' })
  readonly credentialFields!: CredentialFieldModel[];

  @Field(() => Int, { nullable: true, description: 'Requests a minute that it allows; null where it states none.' })
  readonly requestsPerMinute!: number | null;

  @Field(() => Int, { description: 'The most messages that one request to it carries.' })
  readonly maxBatchSize!: number;
}

@ObjectType('CallbackUrl', { description: 'A URL to enter in the provider’s own console.' })
export class CallbackUrlModel {
  @Field(() => String, { description: 'The topic part of its path, e.g. `callback`.' })
  readonly topic!: string;

  @Field(() => UrlScalar, { description: 'The whole URL. It holds a key: whoever knows it can knock.' })
  readonly url!: string;

  @Field(() => [String], {
    description:
      'Why the provider would refuse it or not reach it: not https, ngrok, loopback, a private address, an unusual port, credentials in it.',
  })
  readonly problems!: string[];
}

@ObjectType('ProviderAccount', {
  implements: () => NodeModel,
  description: 'One account at one provider. Its secrets are encrypted at rest and never answered.',
})
export class ProviderAccountModel extends NodeModel {
  @Field(() => ProviderKindEnum, { description: 'The kind of provider.' })
  readonly kind!: ProviderKind;

  @Field(() => String, { description: 'What the merchant calls it.' })
  readonly name!: string;

  @Field(() => EnvironmentEnum, { description: 'Which of the provider’s hosts it uses.' })
  readonly environment!: Environment;

  @Field(() => PhoneNumberScalar, {
    nullable: true,
    description: 'The WhatsApp number it sends from, where that is known.',
  })
  readonly sender!: string | null;

  @Field(() => UrlScalar, { description: 'Scheme, host and port of every address of the provider that is called.' })
  readonly baseUrl!: string;

  @Field(() => [CapabilityEnum], { description: 'What it can do.' })
  readonly capabilities!: Capability[];

  @Field(() => Int, { nullable: true, description: 'Requests a minute that it may make; null without a limit.' })
  readonly requestsPerMinute!: number | null;

  @Field(() => Boolean, { description: 'False while it is held: nothing new is routed to it and its queue waits.' })
  readonly enabled!: boolean;

  @Field(() => AccountHealthEnum, { description: 'Whether it works.' })
  readonly health!: AccountHealth;

  @Field(() => DateTimeScalar, { description: 'When it was connected.' })
  readonly createdAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was deleted: still answered by what refers to it.',
  })
  readonly deletedAt!: Date | null;

  /** For callbackUrls alone; not a field. */
  readonly callbackKey!: string;
}

@InputType('ProviderAccountInput', { description: 'An account to connect.' })
export class ProviderAccountInput {
  @Field(() => ProviderKindEnum, { description: 'The kind of provider.' })
  readonly kind!: ProviderKind;

  @Field(() => String, { description: 'What the merchant calls it: 1 to 128 characters.' })
  readonly name!: string;

  @Field(() => EnvironmentEnum, { defaultValue: 'SANDBOX', description: 'Which of the provider’s hosts it uses.' })
  readonly environment!: Environment;

  @Field(() => JsonObjectScalar, { description: 'By the names of `Provider.credentialFields`, each a string.' })
  readonly credentials!: Record<string, unknown>;

  @Field(() => String, { nullable: true, description: 'The WhatsApp number it sends from.' })
  readonly sender?: string | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description:
      'Replaces scheme, host and port of the provider’s own addresses: for a simulator, a proxy or a regional cluster.',
  })
  readonly baseUrl?: string | null;

  @Field(() => Int, { nullable: true, description: 'Another limit than the provider’s own.' })
  readonly requestsPerMinute?: number | null;
}

@InputType('ProviderAccountPatch', { description: 'What of an account changes; what is left out stays.' })
export class ProviderAccountPatch {
  @Field(() => String, { nullable: true, description: 'What the merchant calls it.' })
  readonly name?: string | null;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'Those named are replaced, null takes one away, the rest stay.',
  })
  readonly credentials?: Record<string, unknown> | null;

  @Field(() => String, { nullable: true, description: 'The WhatsApp number it sends from; null takes it away.' })
  readonly sender?: string | null;

  @Field(() => UrlScalar, {
    nullable: true,
    description: 'Replaces the provider’s own address; null goes back to that.',
  })
  readonly baseUrl?: string | null;

  @Field(() => Int, { nullable: true, description: 'Another limit than the provider’s own; null goes back to that.' })
  readonly requestsPerMinute?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'False holds it: its queue waits. True lets it go on where it stopped.',
  })
  readonly enabled?: boolean | null;
}

@ObjectType('Route', { description: 'Which accounts are tried for a capability, first to last.' })
export class RouteModel {
  @Field(() => CapabilityEnum, { description: 'The capability.' })
  readonly capability!: Capability;

  @Field(() => [ProviderAccountModel], { description: 'The accounts in the order in which they are tried.' })
  readonly accounts!: ProviderAccountModel[];
}

export const ProviderAccountResult = resultUnion('ProviderAccountResult', () => ProviderAccountModel, 'The account');
export const RouteResult = resultUnion('RouteResult', () => RouteModel, 'The route');

export function toProviderModel(definition: ProviderDefinition, pool: ProviderPool): ProviderModel {
  return {
    kind: definition.kind,
    name: definition.name,
    capabilities: [...pool.capabilities(definition.kind)],
    credentialFields: definition.credentials.map(({ name, label, secret, required }) => ({
      name,
      label,
      secret,
      required,
    })),
    requestsPerMinute: definition.limits.requestsPerMinute,
    maxBatchSize: definition.limits.maxBatchSize,
  };
}

/** The row as the API shows it: secrets have no way into it. */
export function toAccountModel(account: ProviderAccountEntity, pool: ProviderPool): ProviderAccountModel {
  return {
    id: publicId('acc', account.id),
    kind: account.kind,
    name: account.name,
    environment: account.environment,
    sender: account.sender ?? account.ownNumber,
    baseUrl: pool.baseUrl(account),
    capabilities: [...pool.capabilities(account.kind)],
    requestsPerMinute: account.requestsPerMinute ?? pool.definition(account.kind).limits.requestsPerMinute,
    enabled: account.enabled,
    health: account.health,
    createdAt: account.createdAt,
    deletedAt: account.deletedAt,
    callbackKey: account.callbackKey,
  };
}
