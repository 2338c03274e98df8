import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { enumOf } from '../graphql/enum.js';
import { JsonObjectScalar, UrlScalar } from '../graphql/scalars.js';
import { type MediaType, type OptionList } from '../providers/ports/messaging.js';
import { type MessageContent } from './message-content.js';
import { shownTemplate } from './secret-values.js';

export const MediaTypeEnum = enumOf('MediaType', 'What kind of file it is, as WhatsApp shows it.', {
  IMAGE: 'A picture: JPEG or PNG.',
  DOCUMENT: 'A document: PDF, Office, plain text.',
  AUDIO: 'Sound: AAC, AMR, MP3, M4A, OGG.',
  VIDEO: 'A film: MP4 or 3GP.',
} satisfies Record<MediaType, string>);

@ObjectType('TemplateContent', { description: 'An approved template with its values.' })
export class TemplateContentModel {
  /** For the field resolver of template. */
  readonly templateId!: string;

  @Field(() => [String], { description: 'The body’s values, in order.' })
  readonly params!: readonly string[];

  @Field(() => String, { description: 'The text as the recipient reads it.' })
  readonly text!: string;
}

@ObjectType('TextContent', { description: 'Free text.' })
export class TextContentModel {
  @Field(() => String, { description: 'The text.' })
  readonly text!: string;
}

@ObjectType('MediaContent', { description: 'A file, with its caption.' })
export class MediaContentModel {
  @Field(() => MediaTypeEnum, { description: 'What kind of file it is.' })
  readonly type!: MediaType;

  @Field(() => UrlScalar, { nullable: true, description: 'Where it came from; null for an upload.' })
  readonly url!: string | null;

  @Field(() => ID, {
    nullable: true,
    description: '`GET /media/{mediaId}` with a key answers the bytes, inbound ones once they were fetched.',
  })
  readonly mediaId!: string | null;

  /** For the field resolvers of mimeType and size: what was known of it when the message was stored. */
  readonly mediaUuid!: string | null;
  readonly mimeType!: string | null;
  readonly size!: number | null;

  @Field(() => String, { nullable: true, description: 'What it is called.' })
  readonly filename!: string | null;

  @Field(() => String, { nullable: true, description: 'The words beside it.' })
  readonly caption!: string | null;
}

@ObjectType('ReplyButton', { description: 'A button to answer with.' })
export class ReplyButtonModel {
  @Field(() => String, { description: 'Comes back as replyId.' })
  readonly id!: string;

  @Field(() => String, { description: 'What the person reads on it.' })
  readonly title!: string;
}

@ObjectType('OptionRow', { description: 'One choice of a list.' })
export class OptionRowModel {
  @Field(() => String, { description: 'Comes back as replyId.' })
  readonly id!: string;

  @Field(() => String, { description: 'What the person reads.' })
  readonly title!: string;

  @Field(() => String, { nullable: true, description: 'More about it.' })
  readonly description!: string | null;
}

@ObjectType('OptionSection', { description: 'Choices that belong together.' })
export class OptionSectionModel {
  @Field(() => String, { description: 'Its heading.' })
  readonly title!: string;

  @Field(() => [OptionRowModel], { description: 'Its choices.' })
  readonly rows!: readonly OptionRowModel[];
}

@ObjectType('OptionList', { description: 'A list to choose from.' })
export class OptionListModel {
  @Field(() => String, { description: 'The button that opens it.' })
  readonly button!: string;

  @Field(() => [OptionSectionModel], { description: 'Its sections.' })
  readonly sections!: readonly OptionSectionModel[];
}

@ObjectType('InteractiveContent', { description: 'A question with choices, or what a person chose.' })
export class InteractiveContentModel {
  @Field(() => String, { description: 'Outbound the body; inbound the title of what the person chose.' })
  readonly text!: string;

  @Field(() => [ReplyButtonModel], { description: 'The buttons; none where there is a list.' })
  readonly buttons!: readonly ReplyButtonModel[];

  @Field(() => OptionListModel, { nullable: true, description: 'The list.' })
  readonly list!: OptionList | null;

  @Field(() => String, { nullable: true, description: 'Inbound: the id of the button or row.' })
  readonly replyId!: string | null;
}

/** The room of payments gives it its payment. */
@ObjectType('OrderContent', { description: 'An order to review and pay, or where one stands.' })
export class OrderContentModel {
  /** For the field resolver of payment: a UUID. */
  readonly paymentId!: string;

  @Field(() => String, { description: 'The text beside it.' })
  readonly text!: string;
}

@ObjectType('UnknownContent', { description: 'Something inbound of a kind we do not read; its raw form is kept.' })
export class UnknownContentModel {
  @Field(() => JsonObjectScalar, { description: 'As the provider told it; empty where that was too large to keep.' })
  readonly raw!: Record<string, unknown>;
}

/** Which type answers a kind of content. */
const TYPES = {
  template: TemplateContentModel,
  text: TextContentModel,
  media: MediaContentModel,
  interactive: InteractiveContentModel,
  order: OrderContentModel,
  orderStatus: OrderContentModel,
  unknown: UnknownContentModel,
} as const;

export type ContentModel = { readonly kind: keyof typeof TYPES } & (
  | TemplateContentModel
  | TextContentModel
  | MediaContentModel
  | InteractiveContentModel
  | OrderContentModel
  | UnknownContentModel
);

export const MessageContentUnion = createUnionType({
  name: 'MessageContent',
  description: 'What a message says. The list of kinds grows.',
  types: () => [...new Set(Object.values(TYPES))],
  resolveType: ({ kind }: ContentModel) => TYPES[kind],
});

export function toContentModel(content: MessageContent): ContentModel {
  switch (content.kind) {
    case 'template':
      return shownTemplate(content);
    case 'media': {
      const { mediaId } = content;
      return { ...content, mediaUuid: mediaId, mediaId: mediaId === null ? null : publicId('med', mediaId) };
    }
    case 'order':
    case 'orderStatus': {
      const { kind, paymentId, text } = content;
      return { kind, paymentId, text };
    }
    default:
      return content;
  }
}
