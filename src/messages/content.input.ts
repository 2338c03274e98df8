import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { type MediaType } from '../providers/ports/messaging.js';
import { ChannelEnum } from '../templates/template.model.js';
import { type Channel } from '../templates/template.rules.js';
import { MediaTypeEnum } from './content.model.js';
import { type ContentInput } from './planning/send-content.js';

@InputType('MediaContentInput', {
  description: 'A file. The bytes come from a public URL, or from an earlier POST to /media: one of the two.',
})
export class MediaContentInput {
  @Field(() => MediaTypeEnum, { description: 'What kind of file it is.' })
  readonly type!: MediaType;

  @Field(() => String, { nullable: true, description: 'A public http or https address.' })
  readonly url?: string | null;

  @Field(() => ID, { nullable: true, description: 'The id that `POST /media` answered.' })
  readonly mediaId?: string | null;

  @Field(() => String, { nullable: true, description: 'What the person sees it called, at most 240 characters.' })
  readonly filename?: string | null;

  @Field(() => String, { nullable: true, description: 'The words beside it, at most 1024 characters; not for audio.' })
  readonly caption?: string | null;
}

@InputType('ButtonParamInput', { description: 'The value that a button of a template takes.' })
export class ButtonParamInput {
  @Field(() => Int, { description: 'The button’s place, from 0.' })
  readonly index!: number;

  @Field(() => String, { description: 'The end of its URL, or the code.' })
  readonly value!: string;
}

@InputType('TemplateContentInput', { description: 'An approved template with its values.' })
export class TemplateContentInput {
  @Field(() => String, { description: 'The template’s name; with its language where the name exists in several.' })
  readonly name!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Where the name exists in several languages. One that is missing falls back: id and hi to en.',
  })
  readonly language?: string | null;

  @Field(() => ChannelEnum, { defaultValue: 'WHATSAPP', description: 'The template’s channel.' })
  readonly channel!: Channel;

  @Field(() => [String], {
    defaultValue: [],
    description: 'The body’s values, in order, each at most 1024 characters.',
  })
  readonly params!: string[];

  @Field(() => [String], {
    nullable: true,
    defaultValue: [],
    description: 'The value of the header’s placeholder, where its text has one.',
  })
  readonly headerParams?: string[] | null;

  @Field(() => MediaContentInput, { nullable: true, description: 'The header’s file, where it shows one.' })
  readonly headerMedia?: MediaContentInput | null;

  @Field(() => [ButtonParamInput], {
    nullable: true,
    defaultValue: [],
    description:
      'The values of the buttons that take one. The code of an AUTHENTICATION template is filled in by itself.',
  })
  readonly buttonParams?: ButtonParamInput[] | null;
}

@InputType('TextContentInput', { description: 'Free text, for a person who wrote within 24 hours.' })
export class TextContentInput {
  @Field(() => String, { description: 'The text, 1 to 4096 characters.' })
  readonly text!: string;
}

@InputType('ReplyButtonInput', { description: 'A button to answer with.' })
export class ReplyButtonInput {
  @Field(() => String, { nullable: true, description: 'Comes back as replyId; made up when left out.' })
  readonly id?: string | null;

  @Field(() => String, { description: 'What the person reads on it, at most 20 characters.' })
  readonly title!: string;
}

@InputType('OptionRowInput', { description: 'One choice of a list.' })
export class OptionRowInput {
  @Field(() => String, { description: 'Comes back as replyId; at most 200 characters.' })
  readonly id!: string;

  @Field(() => String, { description: 'What the person reads, at most 24 characters.' })
  readonly title!: string;

  @Field(() => String, { nullable: true, description: 'More about it, at most 72 characters.' })
  readonly description?: string | null;
}

@InputType('OptionSectionInput', { description: 'Choices that belong together.' })
export class OptionSectionInput {
  @Field(() => String, { description: 'Its heading, at most 24 characters; may be empty where there is one section.' })
  readonly title!: string;

  @Field(() => [OptionRowInput], { description: 'Its choices; 1 to 10 in all sections together.' })
  readonly rows!: OptionRowInput[];
}

@InputType('OptionListInput', { description: 'A list to choose from.' })
export class OptionListInput {
  @Field(() => String, { description: 'The button that opens it, at most 20 characters.' })
  readonly button!: string;

  @Field(() => [OptionSectionInput], { description: '1 to 10 sections.' })
  readonly sections!: OptionSectionInput[];
}

@InputType('InteractiveContentInput', { description: 'A question with buttons or a list to choose from.' })
export class InteractiveContentInput {
  @Field(() => String, { description: 'The question: at most 1024 characters with buttons, 4096 with a list.' })
  readonly text!: string;

  @Field(() => [ReplyButtonInput], { nullable: true, description: '1 to 3 reply buttons.' })
  readonly buttons?: ReplyButtonInput[] | null;

  @Field(() => OptionListInput, { nullable: true, description: 'Or a list.' })
  readonly list?: OptionListInput | null;
}

@InputType('MessageContentInput', { isOneOf: true, description: 'What to send: exactly one of its fields.' })
export class MessageContentInput implements ContentInput {
  @Field(() => TemplateContentInput, {
    nullable: true,
    description: 'An approved template: may be sent to anybody at any time.',
  })
  readonly template?: TemplateContentInput | null;

  @Field(() => TextContentInput, { nullable: true, description: 'Free text.' })
  readonly text?: TextContentInput | null;

  @Field(() => MediaContentInput, { nullable: true, description: 'A file.' })
  readonly media?: MediaContentInput | null;

  @Field(() => InteractiveContentInput, { nullable: true, description: 'A question with choices.' })
  readonly interactive?: InteractiveContentInput | null;
}
