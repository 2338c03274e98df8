import { Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { publicId } from '../../common/ids.js';
import { NodeModel } from '../../graphql/node.model.js';
import { resultUnion } from '../../graphql/result-union.js';
import { DateTimeScalar } from '../../graphql/scalars.js';
import { type ContentModel, MessageContentUnion, toContentModel } from '../content.model.js';
import { MessageContentInput } from '../content.input.js';
import { type AutoReply } from './auto-replies.service.js';

@ObjectType('AutoReply', {
  implements: () => NodeModel,
  description: 'What is answered to a person who writes; without a match the account’s default is sent.',
})
export class AutoReplyModel extends NodeModel {
  /** For the field resolver of account. */
  readonly accountId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Compared without case or surrounding space; null is the default reply.',
  })
  readonly keyword!: string | null;

  @Field(() => MessageContentUnion, { description: 'What is answered.' })
  readonly content!: ContentModel;

  @Field(() => Boolean, { description: 'False while it is held.' })
  readonly enabled!: boolean;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was deleted.' })
  readonly deletedAt!: Date | null;
}

@InputType('AutoReplyInput', { description: 'A reply to a keyword, or an account’s default.' })
export class AutoReplyInputModel {
  @Field(() => ID, { description: 'The account that is written to, acc_….' })
  readonly accountId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The whole message, compared without case or surrounding space; without it this is the default.',
  })
  readonly keyword?: string | null;

  @Field(() => MessageContentInput, { description: 'What is answered.' })
  readonly content!: MessageContentInput;

  @Field(() => Boolean, { defaultValue: true, description: 'False holds it.' })
  readonly enabled!: boolean;
}

export const AutoReplyResult = resultUnion('AutoReplyResult', () => AutoReplyModel, 'The auto reply');

export const toAutoReplyModel = ({
  id,
  accountId,
  written,
  content,
  enabled,
  deletedAt,
}: AutoReply): AutoReplyModel => ({
  id: publicId('arp', id),
  accountId,
  keyword: written,
  content: toContentModel(content),
  enabled,
  deletedAt,
});
