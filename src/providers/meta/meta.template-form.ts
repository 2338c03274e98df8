/** A template in the house's form and in Meta's, both ways. Pure. */
import { boundedCopy, objectOf, objectsOf, textOf, wordsOf, type JsonObject } from '../../common/untrusted-json.js';
import {
  type ListedTemplate,
  type TemplateButton,
  type TemplateButtonType,
  type TemplateCategory,
  type TemplateDraft,
  type TemplateHeader,
  type TemplateHeaderFormat,
  type TemplateStatus,
} from '../ports/templates.js';
import { type MetaButton, type MetaComponent } from './meta.wire.js';

/** What the header's placeholder is called where the body's have names and its own is not known. */
const HEADER_PARAM_NAME = 'header';

const POSITIONAL = /\{\{\s*(\d+)\s*\}\}/g;
const ANY_PLACEHOLDER = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;
/** Samples that nobody gives us and that Meta asks for. */
const URL_SAMPLE = 'sample';
const CODE_SAMPLE = 'SAMPLE10';

/** The components of a draft. `handle` stands for the header's file, where it has one. */
export function componentsOf(draft: TemplateDraft, handle: string | null): MetaComponent[] {
  if (draft.category === 'AUTHENTICATION') return authenticationComponents(draft);
  return [
    ...(draft.header === null ? [] : [headerComponent(draft.header, draft.paramNames.length > 0, handle)]),
    bodyComponent(draft),
    ...(draft.footer === null ? [] : [{ type: 'FOOTER' as const, text: draft.footer }]),
    ...(draft.buttons.length === 0 ? [] : [{ type: 'BUTTONS' as const, buttons: draft.buttons.map(buttonOf) }]),
  ];
}

/** Body and footer are Meta's own text; what can be chosen is the word on the button. */
function authenticationComponents(draft: TemplateDraft): MetaComponent[] {
  const text = draft.buttons[0]?.text ?? '';
  return [
    { type: 'BODY', add_security_recommendation: true },
    { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE', ...(text === '' ? {} : { text }) }] },
  ];
}

/** What the header's placeholder is called; undefined where placeholders are numbers. */
export function headerParamName(own: string | undefined, named: boolean): string | undefined {
  return own ?? (named ? HEADER_PARAM_NAME : undefined);
}

function headerComponent(header: TemplateHeader, named: boolean, handle: string | null): MetaComponent {
  const { format, sample } = header;
  if (format === 'LOCATION') return { type: 'HEADER', format };
  if (format !== 'TEXT') {
    const given = handle ?? sample;
    return { type: 'HEADER', format, ...(given === null ? {} : { example: { header_handle: [given] } }) };
  }
  const text = header.text ?? '';
  if (sample === null || text.search(POSITIONAL) < 0) return { type: 'HEADER', format, text };
  const name = headerParamName(header.paramName, named);
  return name === undefined
    ? { type: 'HEADER', format, text, example: { header_text: [sample] } }
    : {
        type: 'HEADER',
        format,
        text: text.replace(POSITIONAL, `{{${name}}}`),
        example: { header_text_named_params: [{ param_name: name, example: sample }] },
      };
}

function bodyComponent({ body, paramNames, samples }: TemplateDraft): MetaComponent {
  if (body.search(POSITIONAL) < 0) return { type: 'BODY', text: body };
  if (paramNames.length === 0) {
    return { type: 'BODY', text: body, ...(samples.length === 0 ? {} : { example: { body_text: [[...samples]] } }) };
  }
  return {
    type: 'BODY',
    text: body.replace(POSITIONAL, (written, place: string) => {
      const name = paramNames[Number(place) - 1];
      return name === undefined ? written : `{{${name}}}`;
    }),
    example: {
      body_text_named_params: paramNames.map((name, place) => ({ param_name: name, example: samples[place] ?? '' })),
    },
  };
}

function buttonOf({ type, text, url, phone }: TemplateButton): MetaButton {
  switch (type) {
    case 'URL': {
      const address = url ?? '';
      const example = address.search(POSITIONAL) < 0 ? {} : { example: [address.replace(POSITIONAL, URL_SAMPLE)] };
      return { type, text, url: address, ...example };
    }
    case 'PHONE_NUMBER':
      return { type, text, phone_number: phone ?? '' };
    // Its text is Meta's own.
    case 'COPY_CODE':
      return { type, example: CODE_SAMPLE };
    case 'OTP':
      return { type, otp_type: 'COPY_CODE', text };
    case 'QUICK_REPLY':
    case 'OTHER':
      return { type, text };
  }
}

const STATUSES: ReadonlyMap<string, TemplateStatus> = new Map([
  ['PENDING', 'PENDING'],
  ['IN_REVIEW', 'PENDING'],
  ['APPROVED', 'APPROVED'],
  ['REINSTATED', 'APPROVED'],
  ['REJECTED', 'REJECTED'],
  ['PAUSED', 'PAUSED'],
  ['DISABLED', 'DISABLED'],
  ['LOCKED', 'DISABLED'],
  ['LIMIT_EXCEEDED', 'DISABLED'],
  ['IN_APPEAL', 'IN_APPEAL'],
  ['DELETED', 'DELETED'],
  ['PENDING_DELETION', 'DELETED'],
  ['ARCHIVED', 'DELETED'],
]);

/** A status, or the event of a webhook, which are the same words; null for one that is none of ours. */
export function statusOf(written: unknown): TemplateStatus | null {
  return STATUSES.get(textOf(written)?.toUpperCase() ?? '') ?? null;
}

/** Meta's old categories, which its old pages and old templates still have. */
const OLD_CATEGORIES: ReadonlyMap<string, TemplateCategory> = new Map([
  ['TRANSACTIONAL', 'UTILITY'],
  ['ACCOUNT_UPDATE', 'UTILITY'],
  ['ALERT_UPDATE', 'UTILITY'],
  ['APPOINTMENT_UPDATE', 'UTILITY'],
  ['ISSUE_RESOLUTION', 'UTILITY'],
  ['PAYMENT_UPDATE', 'UTILITY'],
  ['PERSONAL_FINANCE_UPDATE', 'UTILITY'],
  ['RESERVATION_UPDATE', 'UTILITY'],
  ['SHIPPING_UPDATE', 'UTILITY'],
  ['TICKET_UPDATE', 'UTILITY'],
  ['TRANSPORTATION_UPDATE', 'UTILITY'],
  ['OTP', 'AUTHENTICATION'],
]);

export function categoryOf(written: unknown): TemplateCategory | null {
  const word = textOf(written)?.toUpperCase();
  if (word === 'MARKETING' || word === 'UTILITY' || word === 'AUTHENTICATION') return word;
  return OLD_CATEGORIES.get(word ?? '') ?? null;
}

/** The longest reason that is kept, in characters. */
const LONGEST_REASON = 1_024;

/** Why it was rejected; `NONE` is how Meta says that it was not. */
export function reasonOf(written: unknown): string | null {
  const reason = wordsOf(written, LONGEST_REASON);
  return reason === null || reason.toUpperCase() === 'NONE' ? null : reason;
}

/** The most of a template's own form that is kept: a carousel says more than any message. */
const RAW_BYTES = 64 * 1024;
const FORMATS: readonly string[] = ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'] satisfies TemplateHeaderFormat[];
const BUTTONS: readonly string[] = [
  'QUICK_REPLY',
  'URL',
  'PHONE_NUMBER',
  'COPY_CODE',
  'OTP',
] satisfies TemplateButtonType[];
const COMPONENTS: readonly string[] = ['HEADER', 'BODY', 'FOOTER', 'BUTTONS'];

/** One template of a list; null where it lacks its id, name or language. */
export function listedTemplate(value: JsonObject): ListedTemplate | null {
  const id = textOf(value['id']);
  const name = textOf(value['name']);
  const language = textOf(value['language']);
  if (id === null || name === null || language === null) return null;
  const components = objectsOf(value['components']);
  const part = (type: string): JsonObject | null => components.find((each) => upper(each['type']) === type) ?? null;
  const body = placeholders(wordsOf(part('BODY')?.['text']) ?? '');
  const header = part('HEADER');
  const buttons = objectsOf(part('BUTTONS')?.['buttons']);
  const isWhole =
    components.every((each) => COMPONENTS.includes(upper(each['type']))) &&
    (header === null || FORMATS.includes(upper(header['format']))) &&
    buttons.every((each) => BUTTONS.includes(upper(each['type'])));
  return {
    externalId: name,
    providerId: id,
    name,
    language,
    // A template of which we know too little is held to the strictest rules, those of MARKETING, and is not sent.
    status: statusOf(value['status']) ?? 'PENDING',
    category: categoryOf(value['category']) ?? 'MARKETING',
    rejectionReason: reasonOf(value['rejected_reason']),
    body: body.text,
    paramNames: body.names,
    header: header === null ? null : headerOf(header),
    footer: wordsOf(part('FOOTER')?.['text']),
    buttons: buttons.map(listedButton),
    samples: samplesOf(objectOf(part('BODY')?.['example']), body.names),
    raw: isWhole ? null : boundedCopy(value, RAW_BYTES),
  };
}

/** A text with its placeholders numbered by their first use, and the names that they had; none where they are numbers. */
function placeholders(text: string): { text: string; names: string[] } {
  const found = [...text.matchAll(ANY_PLACEHOLDER)].map((each) => each[1]!);
  if (found.every((name) => /^\d+$/.test(name))) return { text, names: [] };
  const names = [...new Set(found)];
  return { text: text.replace(ANY_PLACEHOLDER, (_, name: string) => `{{${names.indexOf(name) + 1}}}`), names };
}

function headerOf(header: JsonObject): TemplateHeader | null {
  const format = upper(header['format']);
  if (!FORMATS.includes(format)) return null;
  const written = wordsOf(header['text']);
  const text = written === null ? null : placeholders(written);
  const [paramName] = text?.names ?? [];
  const example = objectOf(header['example']);
  return {
    format: format as TemplateHeaderFormat,
    text: text && text.text,
    ...(paramName !== undefined && { paramName }),
    sample:
      wordsOf(first(example?.['header_text'])) ??
      wordsOf(objectsOf(example?.['header_text_named_params'])[0]?.['example']) ??
      wordsOf(first(example?.['header_handle'])),
  };
}

function listedButton(button: JsonObject): TemplateButton {
  const type = upper(button['type']);
  return {
    type: BUTTONS.includes(type) ? (type as TemplateButtonType) : 'OTHER',
    text: wordsOf(button['text']) ?? '',
    url: wordsOf(button['url']),
    phone: wordsOf(button['phone_number']),
  };
}

function samplesOf(example: JsonObject | null, names: readonly string[]): string[] {
  if (names.length > 0) {
    const given = objectsOf(example?.['body_text_named_params']);
    return names.map((name) => wordsOf(given.find((each) => each['param_name'] === name)?.['example']) ?? '');
  }
  const row = first(example?.['body_text']);
  return Array.isArray(row) ? row.map((each: unknown) => wordsOf(each) ?? '') : [];
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function upper(value: unknown): string {
  return textOf(value)?.toUpperCase() ?? '';
}
