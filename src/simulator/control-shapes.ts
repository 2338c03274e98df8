/** What the control endpoints take: a mistyped name is an error, and not silence. */
import { SIMULATED_KINDS } from './accounts.js';
import {
  anyText,
  flag,
  httpUrl,
  listOf,
  milliseconds,
  number,
  object,
  oneOf,
  optional,
  orNull,
  record,
  type Rule,
  type Shape,
  text,
  time,
} from './control-input.js';
import { OPERATIONS } from './faults.js';
import { MAGIC_RECIPIENTS } from './magic-recipients.js';
import { SAMPLE_FILES } from './sample-files.js';

const kind = oneOf(...SIMULATED_KINDS);
const account = optional(text);
const spelling = optional(oneOf('sample', 'table'));
const times = optional(number(1, 100));
/** `sent`, …, or a code of failure of the provider's own. */
const statuses: Rule = (value) =>
  Array.isArray(value) &&
  value.every((one) => typeof one === 'string' && /^(sent|delivered|read|failed|\d+)$/.test(one))
    ? undefined
    : "must be an array of sent, delivered, read, failed and the provider's own codes";

export const TEMPLATE: Shape = {
  kind,
  name: text,
  params: number(0, 1_000),
  account,
  clientId: account,
  language: optional(text),
  header: optional(oneOf('text', 'image', 'video', 'document')),
  buttons: optional(listOf(number(0, 9), 0, 10)),
  orderButton: optional(number(0, 9)),
  channel: optional(oneOf('WHATSAPP', 'SMS')),
};
const PLAN: Shape = {
  statuses: optional(statuses),
  posted: optional(flag),
  firstAfterMs: milliseconds,
  betweenMs: milliseconds,
  times,
  spelling,
  beforeAnswer: optional(flag),
  wrongToken: optional(flag),
};
export const TARGET: Shape = {
  kind,
  account,
  clientId: account,
  url: optional(orNull(httpUrl)),
  token: optional(text),
  plan: optional(object(PLAN)),
};
const BEHAVIOUR: Shape = {
  refuse: optional(object({ http: number(200, 599), code: orNull(text), message: anyText, field: optional(text) })),
  sent: optional(flag),
  remembered: optional(flag),
  delayMs: milliseconds,
  line: optional(oneOf('dropped', 'cut')),
  answer: optional(oneOf('html', 'empty')),
  repeatsToo: optional(flag),
  callbacks: optional(object(PLAN)),
  person: optional(listOf(oneOf('pay', 'fail', 'wait'), 1, 10)),
};
export const FAULT: Shape = {
  kind,
  account,
  clientId: account,
  on: optional(oneOf(...OPERATIONS)),
  next: optional(number(1, 1_000_000_000)),
  rate: optional(number(0, 1)),
  as: optional(oneOf(...Object.keys(MAGIC_RECIPIENTS))),
  behaviour: optional(object(BEHAVIOUR)),
};
export const CALLBACK_NOW: Shape = {
  kind,
  account,
  clientId: account,
  messageId: optional(text),
  status: optional(text),
  text: optional(text),
  recipient: optional(text),
  at: time,
  times,
  spelling,
  url: optional(httpUrl),
  token: optional(text),
  forged: optional(flag),
};
export const PERSON_PAYS: Shape = {
  kind,
  account,
  clientId: account,
  reference: optional(text),
  messageId: optional(text),
  recipient: optional(text),
  times,
  afterMs: milliseconds,
  posted: optional(flag),
  forged: optional(flag),
};
export const INBOUND: Shape = {
  kind,
  account,
  clientId: account,
  from: optional(text),
  recipientId: optional(text),
  to: optional(text),
  name: optional(text),
  replyTo: optional(text),
  messageId: optional(text),
  text: optional(text),
  media: optional(
    object({
      type: oneOf(...Object.keys(SAMPLE_FILES)),
      mimeType: optional(text),
      filename: optional(text),
      caption: optional(text),
      base64: optional(anyText),
    }),
  ),
  button: optional(object({ id: text, title: text })),
  quickReply: optional(object({ text, payload: text })),
  list: optional(object({ id: text, title: text, description: optional(text) })),
  raw: optional(record),
  at: time,
  times,
  forged: optional(flag),
  url: optional(httpUrl),
};
