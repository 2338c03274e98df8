import { uuidOf } from '../../common/ids.js';
import { isProblem, type Problem, problem } from '../../common/problem.js';
import { checkUrl } from '../../http/address-guard.js';
import { type MediaType, type OptionList, type OrderDetails } from '../../providers/ports/messaging.js';
import { type Channel } from '../../templates/template.rules.js';
import { type OrderMessage, type OrderStatusMessage } from '../message-content.js';

/** A file as a caller names it: by its address, or by the id of an upload. */
export interface FileInput {
  readonly type: MediaType;
  readonly url?: string | null;
  readonly mediaId?: string | null;
  readonly filename?: string | null;
  readonly caption?: string | null;
}

/** What is to be said, as a caller writes it: exactly one of these. */
export interface ContentInput {
  readonly template?: {
    readonly name: string;
    readonly language?: string | null;
    readonly channel: Channel;
    readonly params: readonly string[];
    readonly headerParams?: readonly string[] | null;
    readonly headerMedia?: FileInput | null;
    readonly buttonParams?: readonly { readonly index: number; readonly value: string }[] | null;
  } | null;
  readonly text?: { readonly text: string } | null;
  readonly media?: FileInput | null;
  readonly interactive?: {
    readonly text: string;
    readonly buttons?: readonly { readonly id?: string | null; readonly title: string }[] | null;
    readonly list?: {
      readonly button: string;
      readonly sections: readonly {
        readonly title: string;
        readonly rows: readonly { readonly id: string; readonly title: string; readonly description?: string | null }[];
      }[];
    } | null;
  } | null;
}

/** A file in one way of writing it. `mediaId` is the upload's UUID; `''` for an id that cannot be one. */
export interface SendFile {
  readonly type: MediaType;
  readonly url: string | null;
  readonly mediaId: string | null;
  readonly filename: string | null;
}

/** A template that is asked for, before it is looked up. */
export interface SendTemplate {
  readonly kind: 'template';
  readonly name: string;
  readonly language: string | null;
  readonly channel: Channel;
  readonly params: readonly string[];
  readonly headerParams: readonly string[];
  readonly headerMedia: SendFile | null;
  readonly buttonParams: readonly { readonly index: number; readonly value: string }[];
  /** Its values are for the recipient alone: no answer of the API and no kept exchange shows them. */
  readonly secret?: true;
  /** What its order-details button opens: the template must have one. */
  readonly order?: OrderDetails;
}

/** What is to be said, well formed and in one way of writing it. */
export type SendContent =
  | SendTemplate
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'media'; readonly file: SendFile; readonly caption: string | null }
  | {
      readonly kind: 'interactive';
      readonly text: string;
      readonly buttons: readonly { readonly id: string; readonly title: string }[];
      readonly list: OptionList | null;
    }
  /** Of the room of payments, whose callers write them in no other way. */
  | (Omit<OrderMessage, 'headerImage'> & { readonly headerImage: SendFile | null })
  | OrderStatusMessage;

// interface.md, Limits; the rest are WhatsApp's own (Meta, Cloud API, interactive messages).
const LONGEST_TEXT = 4096;
const LONGEST_CAPTION = 1024;
const LONGEST_FILENAME = 240;
const LONGEST_URL = 2048;
const LONGEST_QUESTION = 1024;
const MOST_BUTTONS = 3;
const LONGEST_BUTTON = 20;
const LONGEST_BUTTON_ID = 256;
const MOST_SECTIONS = 10;
const MOST_ROWS = 10;
const LONGEST_ROW_TITLE = 24;
const LONGEST_ROW_TEXT = 72;
const LONGEST_ROW_ID = 200;

const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);

/** Checks a text: it says something and is not too long. */
function textProblem(text: string, longest: number, field: string): Problem | null {
  return !text.trim() || text.length > longest ? wrong(`It has 1 to ${longest} characters.`, field) : null;
}

/** Checks what is to be said, by itself. `at` is its path in the input. */
export function readContent(input: ContentInput, at: string): SendContent | Problem {
  if (input.template) return readTemplate(input.template, `${at}.template`);
  if (input.text) {
    return textProblem(input.text.text, LONGEST_TEXT, `${at}.text.text`) ?? { kind: 'text', text: input.text.text };
  }
  if (input.media) return readMedia(input.media, `${at}.media`);
  if (input.interactive) return readInteractive(input.interactive, `${at}.interactive`);
  return wrong(`Say what is sent: give ${at}.template, text, media or interactive.`, at);
}

export function readTemplate(input: NonNullable<ContentInput['template']>, at: string): SendTemplate | Problem {
  const headerMedia = input.headerMedia ? readFile(input.headerMedia, `${at}.headerMedia`) : null;
  if (isProblem(headerMedia)) return headerMedia;
  return {
    kind: 'template',
    name: input.name,
    language: input.language ?? null,
    channel: input.channel,
    params: input.params,
    headerParams: input.headerParams ?? [],
    headerMedia,
    buttonParams: (input.buttonParams ?? []).map(({ index, value }) => ({ index, value })),
  };
}

function readMedia(input: FileInput, at: string): SendContent | Problem {
  const file = readFile(input, at);
  if (isProblem(file)) return file;
  const caption = input.caption ?? null;
  if (caption !== null && caption.length > LONGEST_CAPTION)
    return wrong(`A caption has at most ${LONGEST_CAPTION} characters.`, `${at}.caption`);
  if (caption && input.type === 'AUDIO')
    return wrong('WhatsApp shows no caption with audio: leave it out, or send the words as a text.', `${at}.caption`);
  return { kind: 'media', file, caption: caption || null };
}

function readFile(input: FileInput, at: string): SendFile | Problem {
  const { type, url = null, mediaId = null, filename = null } = input;
  if ((url === null) === (mediaId === null))
    return wrong('Give its url, or the mediaId of an upload to /media: one of the two.', at);
  const address = url === null ? null : readAddress(url);
  if (url !== null && address === null) return wrong('It is no address: write it as https://host/path.', `${at}.url`);
  if (filename !== null && (!filename.trim() || filename.length > LONGEST_FILENAME || /[/\\\p{Cc}]/u.test(filename)))
    return wrong(`A file name has 1 to ${LONGEST_FILENAME} characters and no slash.`, `${at}.filename`);
  return { type, url: address, mediaId: mediaId === null ? null : (uuidOf('med', mediaId) ?? ''), filename };
}

/** An address as it is checked is also the one that is sent: two programs must not read one text as two hosts. */
export function readAddress(written: string): string | null {
  if (written.length > LONGEST_URL || !/^[a-z][a-z0-9+.-]*:\/\/[^\\\s\p{Cc}]+$/iu.test(written)) return null;
  return URL.parse(written)?.href ?? null;
}

function readInteractive(input: NonNullable<ContentInput['interactive']>, at: string): SendContent | Problem {
  const { text, list: listInput = null } = input;
  const buttonInputs = input.buttons ?? [];
  if (listInput !== null && buttonInputs.length > 0)
    return wrong('Give buttons or a list: one message has one of the two.', at);
  const tooLong = textProblem(text, listInput ? LONGEST_TEXT : LONGEST_QUESTION, `${at}.text`);
  if (tooLong) return tooLong;
  if (listInput === null) {
    const buttons = readButtons(buttonInputs, `${at}.buttons`);
    return isProblem(buttons) ? buttons : { kind: 'interactive', text, buttons, list: null };
  }
  const list = readList(listInput, `${at}.list`);
  return isProblem(list) ? list : { kind: 'interactive', text, buttons: [], list };
}

type Buttons = Extract<SendContent, { kind: 'interactive' }>['buttons'];

function readButtons(
  inputs: readonly { readonly id?: string | null; readonly title: string }[],
  at: string,
): Buttons | Problem {
  if (inputs.length < 1 || inputs.length > MOST_BUTTONS)
    return wrong(`Give 1 to ${MOST_BUTTONS} buttons, or a list for more.`, at);
  const buttons = inputs.map(({ id, title }, index) => ({ id: id ?? `button-${index + 1}`, title }));
  for (const [index, { id, title }] of buttons.entries()) {
    const problem =
      textProblem(title, LONGEST_BUTTON, `${at}.${index}.title`) ??
      textProblem(id, LONGEST_BUTTON_ID, `${at}.${index}.id`);
    if (problem) return problem;
  }
  return twiceIn(buttons, (index) => `${at}.${index}.id`) ?? buttons;
}

function readList(
  input: NonNullable<NonNullable<ContentInput['interactive']>['list']>,
  at: string,
): OptionList | Problem {
  const sections = input.sections.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ id, title, description }) => ({ id, title, description: description ?? null })),
  }));
  const button = textProblem(input.button, LONGEST_BUTTON, `${at}.button`);
  if (button) return button;
  if (sections.length < 1 || sections.length > MOST_SECTIONS)
    return wrong(`A list has 1 to ${MOST_SECTIONS} sections.`, `${at}.sections`);
  const rows = sections.flatMap((section, place) =>
    section.rows.map((row, index) => ({ ...row, at: `${at}.sections.${place}.rows.${index}` })),
  );
  for (const [place, { title, rows: inside }] of sections.entries()) {
    const where = `${at}.sections.${place}`;
    if (inside.length === 0) return wrong('A section has at least one row.', `${where}.rows`);
    // Meta asks for the titles of sections where there are several.
    const untitled = sections.length > 1 && !title.trim();
    if (untitled || title.length > LONGEST_ROW_TITLE)
      return wrong(`The title of a section has 1 to ${LONGEST_ROW_TITLE} characters.`, `${where}.title`);
  }
  if (rows.length > MOST_ROWS)
    return wrong(`A list has at most ${MOST_ROWS} rows in all its sections together.`, `${at}.sections`);
  for (const row of rows) {
    const problem =
      textProblem(row.id, LONGEST_ROW_ID, `${row.at}.id`) ??
      textProblem(row.title, LONGEST_ROW_TITLE, `${row.at}.title`) ??
      (row.description !== null && row.description.length > LONGEST_ROW_TEXT
        ? wrong(`It has at most ${LONGEST_ROW_TEXT} characters.`, `${row.at}.description`)
        : null);
    if (problem) return problem;
  }
  return twiceIn(rows, (index) => `${rows[index]?.at}.id`) ?? { button: input.button, sections };
}

/** The id comes back as replyId, so each names one choice. */
function twiceIn(choices: readonly { readonly id: string }[], at: (index: number) => string): Problem | null {
  const index = choices.findIndex(({ id }, place) => choices.findIndex((other) => other.id === id) < place);
  return index < 0 ? null : wrong('The id is used twice; give each choice its own.', at(index));
}

/** The file that goes with a content; null where none does. */
export function fileIn(content: SendContent): SendFile | null {
  switch (content.kind) {
    case 'media':
      return content.file;
    case 'template':
      return content.headerMedia;
    case 'order':
      return content.headerImage;
    default:
      return null;
  }
}

/** Where a caller writes the address of the file. */
const ADDRESS_AT: Readonly<Partial<Record<SendContent['kind'], string>>> = {
  media: 'media.url',
  template: 'template.headerMedia.url',
  order: 'order.headerImage',
};

/** Checks the address in a content, which may ask DNS: UNSAFE_URL with its field where it must not be called. */
export async function unsafeUrl(content: SendContent, at: string, allowPrivate: boolean): Promise<Problem | null> {
  const url = fileIn(content)?.url;
  if (!url) return null;
  const unsafe = await checkUrl(url, allowPrivate);
  return unsafe === null ? null : problem('UNSAFE_URL', unsafe, `${at}.${ADDRESS_AT[content.kind]}`);
}
