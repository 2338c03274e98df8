import { Field, ID, InterfaceType } from '@nestjs/graphql';
import { type IdPrefix, prefixOf } from '../common/ids.js';

/** What the ids that start so are of. */
const TYPES: Readonly<Partial<Record<IdPrefix, string>>> = {
  msg: 'Message',
  att: 'MessageAttempt',
  tpl: 'Template',
  acc: 'ProviderAccount',
  arp: 'AutoReply',
  key: 'ApiKey',
  prj: 'Project',
  ver: 'Verification',
  pay: 'Payment',
  whe: 'WebhookEndpoint',
  del: 'WebhookDelivery',
  rpl: 'Replay',
};

@InterfaceType('Node', {
  description: 'Something with an id that `node` finds it by.',
  resolveType: (node: NodeModel) => TYPES[prefixOf(node.id) as IdPrefix],
})
export abstract class NodeModel {
  @Field(() => ID, { description: 'Opaque, and says what it is of by its first letters.' })
  readonly id!: string;
}
