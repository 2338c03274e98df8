/**
 * What a message says, in WhatsApp's own form (the pages on messages of Meta's Cloud API). Providers that hand messages on
 * to Meta take the same form within envelopes of their own. Types and pure mapping.
 */

/** `Source` is where the file is: `{ link }`, or at Meta the id of an upload. */
export type WhatsAppFile<Source> = Source & {
  /** Image, video and document. */
  caption?: string;
  /** Document. */
  filename?: string;
};

/** A file under the name of its type, as a message and as a template's header alike. */
export type WhatsAppMedia<Source> =
  | { type: 'image'; image: WhatsAppFile<Source> }
  | { type: 'video'; video: WhatsAppFile<Source> }
  | { type: 'audio'; audio: WhatsAppFile<Source> }
  | { type: 'document'; document: WhatsAppFile<Source> };

export type WhatsAppInteractive =
  | {
      type: 'button';
      body: { text: string };
      /** At most 3. */
      action: { buttons: { type: 'reply'; reply: { id: string; title: string } }[] };
    }
  | {
      type: 'list';
      body: { text: string };
      action: {
        button: string;
        /** A title is required where there is more than one. */
        sections: { title?: string; rows: { id: string; title: string; description?: string }[] }[];
      };
    };

export interface WhatsAppText {
  type: 'text';
  /** For templates whose placeholders have names. */
  parameter_name?: string;
  text: string;
}

/** A part of a template that takes values. */
export type WhatsAppComponent<Source> =
  | { type: 'header'; parameters: [WhatsAppText | WhatsAppMedia<Source>] }
  | { type: 'body'; parameters: WhatsAppText[] }
  | WhatsAppButton;

/** `index` is the button's place from 0. */
export type WhatsAppButton = { type: 'button'; index: string } & (
  | { sub_type: 'quick_reply'; parameters: [{ type: 'payload'; payload: string }] }
  | { sub_type: 'url'; parameters: [WhatsAppText] }
  | { sub_type: 'copy_code'; parameters: [{ type: 'coupon_code'; coupon_code: string }] }
);

interface File {
  readonly type: 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT';
  readonly link: string;
  readonly filename: string | null;
}

/** A file under the name of its type, with the caption and the file name that its type can have. */
export function whatsAppMedia<Source>(file: File, source: Source, caption: string | null): WhatsAppMedia<Source> {
  const whole = { ...source, ...besideOf(file, caption) };
  switch (file.type) {
    case 'IMAGE':
      return { type: 'image', image: whole };
    case 'VIDEO':
      return { type: 'video', video: whole };
    case 'AUDIO':
      return { type: 'audio', audio: whole };
    case 'DOCUMENT':
      return { type: 'document', document: whole };
  }
}

function besideOf({ type, filename }: File, caption: string | null): { caption?: string; filename?: string } {
  return {
    ...(type === 'AUDIO' || caption === null ? {} : { caption }),
    ...(type !== 'DOCUMENT' || filename === null ? {} : { filename }),
  };
}

interface Choice {
  readonly text: string;
  readonly buttons: readonly { readonly id: string; readonly title: string }[];
  readonly list: {
    readonly button: string;
    readonly sections: readonly {
      readonly title: string;
      readonly rows: readonly { readonly id: string; readonly title: string; readonly description: string | null }[];
    }[];
  } | null;
}

/** A text with buttons or, where it has one, a list. */
export function whatsAppInteractive({ text, buttons, list }: Choice): WhatsAppInteractive {
  const body = { text };
  if (list === null) {
    const replies = buttons.map(({ id, title }) => ({ type: 'reply' as const, reply: { id, title } }));
    return { type: 'button', body, action: { buttons: replies } };
  }
  const sections = list.sections.map(({ title, rows }) => ({
    ...(title === '' ? {} : { title }),
    rows: rows.map(({ id, title, description }) => ({ id, title, ...(description === null ? {} : { description }) })),
  }));
  return { type: 'list', body, action: { button: list.button, sections } };
}

interface TemplateValues {
  readonly category: 'MARKETING' | 'UTILITY' | 'AUTHENTICATION';
  readonly header: { readonly text: string; readonly name?: string } | { readonly file: File } | null;
  readonly params: readonly string[];
  /** Empty where the placeholders are numbers. */
  readonly paramNames: readonly string[];
  readonly buttons: readonly { readonly index: number; readonly type: string; readonly value: string }[];
}

/** The components that take a value of a template's: header, body and buttons. `sourceOf` says where a file is. */
export function whatsAppComponents<Source>(
  values: TemplateValues,
  sourceOf: (file: File) => Source,
): WhatsAppComponent<Source>[] {
  const { header, params, paramNames, category } = values;
  return [
    ...headerOf(header, sourceOf),
    ...(params.length === 0
      ? []
      : [{ type: 'body' as const, parameters: params.map((text, place) => textOf(text, paramNames[place])) }]),
    ...buttonsOf(values).flatMap((button) => buttonOf(button, category) ?? []),
  ];
}

/** An authentication template always has the button that the code goes into, also where nobody drew one here. */
function buttonsOf({ category, params, buttons }: TemplateValues): TemplateValues['buttons'] {
  const [code, ...more] = params;
  if (category !== 'AUTHENTICATION' || buttons.length > 0 || code === undefined || more.length > 0) return buttons;
  return [{ index: 0, type: 'OTP', value: code }];
}

function headerOf<Source>(
  header: TemplateValues['header'],
  sourceOf: (file: File) => Source,
): WhatsAppComponent<Source>[] {
  if (header === null) return [];
  if ('text' in header) return [{ type: 'header', parameters: [textOf(header.text, header.name)] }];
  const { file } = header;
  // No header has a sound: left out, the refusal says that its parameter is missing.
  if (file.type === 'AUDIO') return [];
  return [{ type: 'header', parameters: [whatsAppMedia(file, sourceOf(file), null)] }];
}

function textOf(text: string, name?: string): WhatsAppText {
  return { type: 'text', ...(name === undefined ? {} : { parameter_name: name }), text };
}

/** Null for one that takes no value, such as a number to call. */
function buttonOf(
  { index, type, value }: TemplateValues['buttons'][number],
  category: TemplateValues['category'],
): WhatsAppButton | null {
  const place = { type: 'button', index: String(index) } as const;
  // An authentication template is made with an OTP button, which Meta turns into one of type URL: the code goes there
  // whatever the button is called ("Copy code authentication templates").
  if (category === 'AUTHENTICATION') return { ...place, sub_type: 'url', parameters: [textOf(value)] };
  switch (type) {
    case 'URL':
    case 'OTP':
      return { ...place, sub_type: 'url', parameters: [textOf(value)] };
    case 'COPY_CODE':
      return { ...place, sub_type: 'copy_code', parameters: [{ type: 'coupon_code', coupon_code: value }] };
    case 'QUICK_REPLY':
      return { ...place, sub_type: 'quick_reply', parameters: [{ type: 'payload', payload: value }] };
    default:
      return null;
  }
}

const LONGEST_VALUE = 1_024;

/**
 * Why a value of a template's would be refused (Meta's codes 132012 and 132018), as a sentence of what `taker` takes; null
 * when it is fine.
 */
export function templateValueProblem(value: string, taker: string): string | null {
  if (value.trim() === '') return `${taker} takes no empty value; give it a text.`;
  if (/[\n\r\u2028\u2029]/.test(value)) return `${taker} takes no line break in a value; write it in one line.`;
  if (value.includes('\t')) return `${taker} takes no tab in a value; put a blank in its place.`;
  if (/ {5}/.test(value)) return `${taker} takes no more than four spaces in a row in a value; take some out.`;
  return [...value].length > LONGEST_VALUE
    ? `${taker} takes at most ${LONGEST_VALUE} characters in a value; shorten it.`
    : null;
}
