import {
  type TemplateButtonType,
  type TemplateCategory,
  type TemplateHeaderFormat,
  type TemplateStatus,
} from '../providers/ports/templates.js';
import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { connectionOf } from '../graphql/connection.js';
import { enumOf } from '../graphql/enum.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar, JsonObjectScalar } from '../graphql/scalars.js';
import { buttonTakesParam } from './template-input.js';
import { type TemplateEntity } from './template.entity.js';
import { type Channel, countPlaceholders, render, smsSegments } from './template.rules.js';
import { type Registration } from './templates.service.js';

export const ChannelEnum = enumOf('Channel', 'How a message reaches the person.', {
  WHATSAPP: 'As a WhatsApp message.',
  SMS: 'As a text message.',
} satisfies Record<Channel, string>);

export const TemplateCategoryEnum = enumOf('TemplateCategory', 'What a template is for, as WhatsApp sorts them.', {
  MARKETING: 'Offers and news; sent with LOW priority.',
  UTILITY: 'About an order or an account; sent with NORMAL priority.',
  AUTHENTICATION: 'A code; sent with HIGH priority.',
} satisfies Record<TemplateCategory, string>);

export const TemplateStatusEnum = enumOf('TemplateStatus', 'Where a template stands at an account.', {
  DRAFT: 'Not asked for yet.',
  PENDING: 'WhatsApp has not decided.',
  APPROVED: 'May be sent.',
  REJECTED: 'WhatsApp refused it.',
  PAUSED: 'Held back for a while, for people blocked it.',
  DISABLED: 'Held back for good.',
  IN_APPEAL: 'Refused, and asked for again.',
  DELETED: 'Gone at the provider.',
} satisfies Record<TemplateStatus, string>);

export const TemplateHeaderFormatEnum = enumOf('TemplateHeaderFormat', 'What stands above a template’s body.', {
  TEXT: 'A line of text.',
  IMAGE: 'A picture.',
  VIDEO: 'A video.',
  DOCUMENT: 'A document.',
  LOCATION: 'A place on the map.',
} satisfies Record<TemplateHeaderFormat, string>);

export const TemplateButtonTypeEnum = enumOf('TemplateButtonType', 'What a template’s button does.', {
  QUICK_REPLY: 'Answers with its text.',
  URL: 'Opens an address.',
  PHONE_NUMBER: 'Calls a number.',
  COPY_CODE: 'Copies a code.',
  OTP: 'Takes over a one-time code.',
  OTHER: 'Something that we do not know by name.',
} satisfies Record<TemplateButtonType, string>);

@ObjectType('TemplateHeader', { description: 'What stands above the body.' })
export class TemplateHeaderModel {
  @Field(() => TemplateHeaderFormatEnum, { description: 'What it is.' })
  readonly format!: TemplateHeaderFormat;

  @Field(() => String, { nullable: true, description: 'The text, for the format TEXT.' })
  readonly text!: string | null;

  @Field(() => Int, { description: 'Placeholders in the text: 0 or 1.' })
  readonly paramCount!: number;
}

@ObjectType('TemplateButton', { description: 'A button under the body.' })
export class TemplateButtonModel {
  @Field(() => TemplateButtonTypeEnum, { description: 'What it does.' })
  readonly type!: TemplateButtonType;

  @Field(() => String, { description: 'What stands on it.' })
  readonly text!: string;

  @Field(() => String, { nullable: true, description: 'The address it opens.' })
  readonly url!: string | null;

  @Field(() => String, { nullable: true, description: 'The number it calls.' })
  readonly phone!: string | null;

  @Field(() => Boolean, { description: 'True for a URL with a placeholder, a code to copy, an OTP.' })
  readonly takesParam!: boolean;
}

@ObjectType('TemplateRegistration', {
  description: 'What one account calls a template, and whether it may be sent there.',
})
export class TemplateRegistrationModel {
  /** For the field resolver of account. */
  readonly accountId!: string;

  @Field(() => String, { description: 'DOKU’s TMP-240223-07652, Wappin’s type, Meta’s name.' })
  readonly externalId!: string;

  @Field(() => TemplateStatusEnum, { description: 'Where it stands there; only APPROVED is sent.' })
  readonly status!: TemplateStatus;

  @Field(() => TemplateCategoryEnum, {
    description: 'As the provider has it: Meta moves templates to another category on its own.',
  })
  readonly category!: TemplateCategory;

  @Field(() => String, { nullable: true, description: 'Why it was refused.' })
  readonly rejectionReason!: string | null;

  @Field(() => DateTimeScalar, { description: 'When this was last said.' })
  readonly updatedAt!: Date;
}

@ObjectType('Template', {
  implements: () => NodeModel,
  description: 'A text with placeholders that WhatsApp approved. Unique by name, language and channel.',
})
export class TemplateModel extends NodeModel {
  /** The row's own id, for field resolvers. */
  readonly uuid!: string;

  @Field(() => String, { description: 'Lowercase letters, digits and underscores.' })
  readonly name!: string;

  @Field(() => String, { description: 'As WhatsApp writes it: id, en, en_US.' })
  readonly language!: string;

  @Field(() => ChannelEnum, { description: 'How it reaches the person.' })
  readonly channel!: Channel;

  @Field(() => TemplateCategoryEnum, { description: 'What it is for.' })
  readonly category!: TemplateCategory;

  @Field(() => String, { description: 'Text with {{1}}, {{2}} … placeholders, numbered from 1 without a gap.' })
  readonly body!: string;

  @Field(() => TemplateHeaderModel, { nullable: true, description: 'What stands above the body.' })
  readonly header!: TemplateHeaderModel | null;

  @Field(() => String, { nullable: true, description: 'The small print under the body.' })
  readonly footer!: string | null;

  @Field(() => [TemplateButtonModel], { description: 'The buttons under the body.' })
  readonly buttons!: TemplateButtonModel[];

  @Field(() => Int, { description: 'Placeholders in the body: so many values a send gives.' })
  readonly paramCount!: number;

  @Field(() => [String], { description: 'Their names, where the provider has names and not numbers; else empty.' })
  readonly paramNames!: readonly string[];

  @Field(() => [String], { description: 'One sample value for each placeholder, or none.' })
  readonly samples!: readonly string[];

  @Field(() => Int, {
    description: 'SMS parts that the body takes at its sample values (GSM-7 160/153, UCS-2 70/67); 0 for WhatsApp.',
  })
  readonly smsSegments!: number;

  @Field(() => JsonObjectScalar, {
    nullable: true,
    description: 'The provider’s own form of it, when it came from a sync with more than this type can say.',
  })
  readonly raw!: Record<string, unknown> | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When its text last changed.' })
  readonly updatedAt!: Date;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was retired; what was sent with it still shows it.',
  })
  readonly deletedAt!: Date | null;
}

@InputType('TemplateHeaderInput', { description: 'What stands above the body.' })
export class TemplateHeaderInput {
  @Field(() => TemplateHeaderFormatEnum, { defaultValue: 'TEXT', description: 'What it is.' })
  readonly format!: TemplateHeaderFormat;

  @Field(() => String, { nullable: true, description: 'The text, at most 60 characters and one placeholder.' })
  readonly text?: string | null;

  @Field(() => String, { nullable: true, description: 'A sample of the text’s placeholder, or of the media.' })
  readonly sample?: string | null;
}

@InputType('TemplateButtonInput', { description: 'A button under the body.' })
export class TemplateButtonInput {
  @Field(() => TemplateButtonTypeEnum, { description: 'What it does.' })
  readonly type!: TemplateButtonType;

  @Field(() => String, { description: 'What stands on it, at most 25 characters.' })
  readonly text!: string;

  @Field(() => String, { nullable: true, description: 'The address it opens, for URL.' })
  readonly url?: string | null;

  @Field(() => String, { nullable: true, description: 'The number it calls, for PHONE_NUMBER.' })
  readonly phone?: string | null;
}

@InputType('TemplateInput', { description: 'A template to make.' })
export class TemplateInputModel {
  @Field(() => String, { description: 'Lowercase letters, digits and underscores, at most 128.' })
  readonly name!: string;

  @Field(() => String, { defaultValue: 'id', description: 'As WhatsApp writes it: id, en, en_US.' })
  readonly language!: string;

  @Field(() => ChannelEnum, { defaultValue: 'WHATSAPP', description: 'How it reaches the person.' })
  readonly channel!: Channel;

  @Field(() => TemplateCategoryEnum, { defaultValue: 'UTILITY', description: 'What it is for.' })
  readonly category!: TemplateCategory;

  @Field(() => String, { description: 'Text with {{1}}, {{2}} … placeholders, numbered from 1 without a gap.' })
  readonly body!: string;

  @Field(() => TemplateHeaderInput, { nullable: true, description: 'What stands above the body.' })
  readonly header?: TemplateHeaderInput | null;

  @Field(() => String, { nullable: true, description: 'The small print under the body, at most 60 characters.' })
  readonly footer?: string | null;

  @Field(() => [TemplateButtonInput], { nullable: true, defaultValue: [], description: 'The buttons under the body.' })
  readonly buttons!: TemplateButtonInput[];

  @Field(() => [String], {
    nullable: true,
    defaultValue: [],
    description: 'One sample value for each placeholder, or none.',
  })
  readonly samples!: string[];
}

@InputType('TemplatePatch', {
  description:
    'What is left out stays; null takes the header or the footer away. A changed text sets its registrations back to DRAFT, or edits there, PENDING, where the provider can.',
})
export class TemplatePatchModel {
  @Field(() => TemplateCategoryEnum, { nullable: true, description: 'What it is for.' })
  readonly category?: TemplateCategory | null;

  @Field(() => String, {
    nullable: true,
    description: 'Text with {{1}}, {{2}} … placeholders, numbered from 1 without a gap.',
  })
  readonly body?: string | null;

  @Field(() => TemplateHeaderInput, { nullable: true, description: 'What stands above the body.' })
  readonly header?: TemplateHeaderInput | null;

  @Field(() => String, { nullable: true, description: 'The small print under the body, at most 60 characters.' })
  readonly footer?: string | null;

  @Field(() => [TemplateButtonInput], { nullable: true, description: 'The buttons under the body.' })
  readonly buttons?: TemplateButtonInput[] | null;

  @Field(() => [String], { nullable: true, description: 'One sample value for each placeholder, or none.' })
  readonly samples?: string[] | null;
}

@ObjectType('TemplateSync', { description: 'What was found when an account’s templates were read.' })
export class TemplateSyncModel {
  @Field(() => Int, { description: 'Templates that were not known here.' })
  readonly created!: number;

  @Field(() => Int, { description: 'Those whose text or standing was news, also those that are gone there.' })
  readonly updated!: number;

  @Field(() => Int, { description: 'Those that were known just so.' })
  readonly unchanged!: number;

  @Field(() => DateTimeScalar, { description: 'When that was.' })
  readonly syncedAt!: Date;
}

@ObjectType('TemplatePreview', { description: 'A template with values in place.' })
export class TemplatePreviewModel {
  @Field(() => String, { description: 'The body as the recipient reads it.' })
  readonly text!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The text of the header, its placeholder at its sample where there is one.',
  })
  readonly header!: string | null;

  @Field(() => String, { nullable: true, description: 'The footer.' })
  readonly footer!: string | null;

  @Field(() => Int, { description: 'SMS parts that the text takes; 0 for WhatsApp.' })
  readonly smsSegments!: number;
}

export const TemplateResult = resultUnion('TemplateResult', () => TemplateModel, 'The template');
export const TemplateSyncResult = resultUnion('TemplateSyncResult', () => TemplateSyncModel, 'What was found');
export const TemplatePreviewResult = resultUnion('TemplatePreviewResult', () => TemplatePreviewModel, 'The preview');
export const TemplateConnection = connectionOf('Template', () => TemplateModel);

export function toTemplateModel(template: TemplateEntity): TemplateModel {
  const { header } = template;
  return {
    id: publicId('tpl', template.id),
    uuid: template.id,
    name: template.name,
    language: template.language,
    channel: template.channel,
    category: template.category,
    body: template.body,
    header: header && { format: header.format, text: header.text, paramCount: countPlaceholders(header.text ?? '') },
    footer: template.footer,
    buttons: template.buttons.map((button) => ({ ...button, takesParam: buttonTakesParam(button) })),
    paramCount: countPlaceholders(template.body),
    paramNames: template.paramNames,
    samples: template.samples,
    smsSegments: template.channel === 'SMS' ? smsSegments(render(template.body, template.samples)) : 0,
    raw: template.raw,
    createdAt: template.createdAt,
    updatedAt: template.updatedAt,
    deletedAt: template.deletedAt,
  };
}

export function toRegistrationModel(registration: Registration): TemplateRegistrationModel {
  const { accountId, externalId, status, category, rejectionReason, updatedAt } = registration;
  return { accountId, externalId, status, category, rejectionReason, updatedAt };
}
