import { type MetaError, metaError } from './meta-errors.js';
import { file, interactiveRule } from './meta-interactive.js';
import {
  all,
  anything,
  coordinate,
  fieldOf,
  type Fields,
  firstOf,
  flag,
  invalid,
  isFields,
  list,
  missing,
  object,
  oneOf,
  optional,
  type Rule,
  text,
} from './meta-rules.js';

/** Whom a message is for: a number, or a person whose number Meta keeps back. */
export interface MetaRecipient {
  /** As the caller wrote it. */
  readonly input: string;
  /** Digits, country code first; null where only the business-scoped user id is given. */
  readonly waId: string | null;
  readonly userId: string | null;
}

/** A message that is well formed; what a template needs is looked at where the template is known. */
export interface MetaSend {
  readonly recipient: MetaRecipient;
  readonly type: string;
  /** The object that is named like the type. */
  readonly content: unknown;
  readonly contextId: string | null;
  readonly callbackData: string | null;
}

export interface MetaReceipt {
  readonly messageId: string;
}

const wamid: Rule = (value, path) =>
  value === undefined
    ? missing(path)
    : typeof value === 'string' && /^wamid\.\S+$/.test(value)
      ? undefined
      : invalid(`Parameter ${path} is not a WhatsApp message id`);

const contact: Rule = object({
  name: object({
    formatted_name: text(256),
    first_name: optional(text(128, 0)),
    last_name: optional(text(128, 0)),
    middle_name: optional(text(128, 0)),
    suffix: optional(text(128, 0)),
    prefix: optional(text(128, 0)),
  }),
  phones: optional(list(anything, 0, 100)),
  emails: optional(list(anything, 0, 100)),
  addresses: optional(list(anything, 0, 100)),
  urls: optional(list(anything, 0, 100)),
  org: optional(anything),
  birthday: optional(text(10)),
});

const CONTENTS: Readonly<Record<string, Rule>> = {
  text: object({ body: text(4096), preview_url: optional(flag) }),
  image: file({ caption: optional(text(1024, 0)) }),
  video: file({ caption: optional(text(1024, 0)) }),
  audio: file({ voice: optional(flag) }),
  document: file({ caption: optional(text(1024, 0)), filename: optional(text(240)) }),
  sticker: file(),
  location: object({
    latitude: coordinate(90),
    longitude: coordinate(180),
    name: optional(text(1000, 0)),
    address: optional(text(1000, 0)),
  }),
  contacts: list(contact, 1, 257),
  reaction: object({ message_id: wamid, emoji: text(16, 0) }),
  interactive: interactiveRule,
  template: object({
    name: text(512),
    language: object({ code: text(10), policy: optional(oneOf('deterministic')) }),
    components: optional(list(isObject(), 0, 20)),
    namespace: optional(anything),
  }),
};

const ENVELOPE: readonly string[] = [
  'messaging_product',
  'recipient_type',
  'to',
  'recipient',
  'type',
  'context',
  'biz_opaque_callback_data',
];

/** Objects that Meta's samples also write as strings of JSON. A template's text or a button's id never is one. */
const MAYBE_JSON: ReadonlySet<string> = new Set([
  'context',
  'interactive',
  'action',
  'header',
  'footer',
  'sections',
  'buttons',
  'parameters',
  'template',
  'language',
  'components',
  'image',
  'video',
  'audio',
  'document',
  'sticker',
  'location',
  'contacts',
  'reaction',
  'order_details',
]);

/** The same value with strings of JSON opened where Meta opens them. */
export function unfold(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((one) => unfold(one, depth + 1));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const opens = MAYBE_JSON.has(name) || (depth === 0 && name === 'text');
      return [name, unfold(opens && typeof inner === 'string' ? opened(inner) : inner, depth + 1)];
    }),
  );
}

/** A body of `POST /{phone-number-id}/messages`, or the first thing that is wrong with it. */
export function readMessage(body: Fields, ownNumber: string): MetaSend | MetaReceipt | MetaError {
  if (body['messaging_product'] !== 'whatsapp') {
    return metaError(100, 'The parameter messaging_product is required and must be "whatsapp".');
  }
  if (body['status'] !== undefined) return readReceipt(body);
  const type = body['type'] ?? 'text';
  const recipient = readRecipient(body, ownNumber);
  if ('code' in recipient) return recipient;
  const rule = typeof type === 'string' ? CONTENTS[type] : undefined;
  if (typeof type !== 'string' || rule === undefined) {
    return metaError(
      100,
      `Param type must be one of {${Object.keys(CONTENTS).join(', ')}} - got ${JSON.stringify(type)}.`,
    );
  }
  const error = firstOf([
    () => optional(oneOf('individual'))(body['recipient_type'], 'recipient_type'),
    () => optional(object({ message_id: wamid }))(body['context'], 'context'),
    () => optional(text(512, 0))(body['biz_opaque_callback_data'], 'biz_opaque_callback_data'),
    () => unknownField(body, type),
    () => rule(body[type], type),
  ]);
  if (error !== undefined) return error;
  const contextId = fieldOf(body['context'], 'message_id');
  const callbackData = body['biz_opaque_callback_data'];
  return {
    recipient,
    type,
    content: body[type],
    contextId: typeof contextId === 'string' ? contextId : null,
    callbackData: typeof callbackData === 'string' ? callbackData : null,
  };
}

function readReceipt(body: Fields): MetaReceipt | MetaError {
  const error = firstOf([
    () => oneOf('read')(body['status'], 'status'),
    () => wamid(body['message_id'], 'message_id'),
    () => optional(object({ type: oneOf('text') }))(body['typing_indicator'], 'typing_indicator'),
  ]);
  return error ?? { messageId: String(body['message_id']) };
}

/** A number wins over a user id where both are given. */
function readRecipient(body: Fields, ownNumber: string): MetaRecipient | MetaError {
  const { to, recipient } = body;
  if (to === undefined && recipient === undefined) return metaError(100, 'The parameter to is required.');
  if (to === undefined) {
    return typeof recipient === 'string' && /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/.test(recipient)
      ? { input: recipient, waId: null, userId: recipient }
      : invalid('Parameter recipient is not a business-scoped user id');
  }
  // Meta drops whatever people write between the digits.
  const digits = typeof to === 'string' ? to.replace(/[\s()+.-]/g, '') : '';
  if (typeof to !== 'string' || !/^[1-9]\d{6,14}$/.test(digits)) {
    return invalid('Parameter to is not a valid WhatsApp number: digits with the country code first');
  }
  if (digits === ownNumber) return metaError(131021, 'Recipient phone number cannot be sender phone number');
  return { input: to, waId: digits, userId: null };
}

function unknownField(body: Fields, type: string): MetaError | undefined {
  const unknown = Object.keys(body).find((name) => name !== type && !ENVELOPE.includes(name));
  return unknown === undefined ? undefined : metaError(100, `Unexpected key "${unknown}" on param "message"`);
}

function opened(written: string): unknown {
  if (!/^\s*[{[]/.test(written)) return written;
  try {
    return JSON.parse(written) as unknown;
  } catch {
    return written;
  }
}

function isObject(): Rule {
  return all(anything, (value, path) => (isFields(value) ? undefined : invalid(`Parameter ${path} must be an object`)));
}
