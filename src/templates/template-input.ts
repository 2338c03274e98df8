import { type TemplateButton, type TemplateCategory, type TemplateHeader } from '../providers/ports/templates.js';
import { type Problem, problem } from '../common/problem.js';
import { canonicalJson, unstorableAt } from '../common/text.js';
import { type Channel, countPlaceholders, placeholderProblem } from './template.rules.js';

export interface HeaderInput {
  readonly format: TemplateHeader['format'];
  readonly text?: string | null;
  readonly sample?: string | null;
}

export interface ButtonInput {
  readonly type: TemplateButton['type'];
  readonly text: string;
  readonly url?: string | null;
  readonly phone?: string | null;
}

/** A template as a caller writes it. */
export interface TemplateInput {
  readonly name: string;
  readonly language: string;
  readonly channel: Channel;
  readonly category: TemplateCategory;
  readonly body: string;
  readonly header?: HeaderInput | null;
  readonly footer?: string | null;
  readonly buttons: readonly ButtonInput[];
  readonly samples: readonly string[];
}

/** What is to be changed of a template; what is left out stays, and null takes the header or the footer away. */
export interface TemplatePatch {
  readonly category?: TemplateCategory | null;
  readonly body?: string | null;
  readonly header?: HeaderInput | null;
  readonly footer?: string | null;
  readonly buttons?: readonly ButtonInput[] | null;
  readonly samples?: readonly string[] | null;
}

/** What a template says, apart from what it is called. */
export interface TemplateText {
  readonly category: TemplateCategory;
  readonly body: string;
  readonly header: TemplateHeader | null;
  readonly footer: string | null;
  readonly buttons: readonly TemplateButton[];
  readonly samples: readonly string[];
}

export interface CheckedTemplate extends TemplateText {
  readonly name: string;
  readonly language: string;
  readonly channel: Channel;
}

// WhatsApp's own limits for templates (Meta, Cloud API, message templates; Wappin document 1.7, December 2019, for the name).
const LONGEST_NAME = 128;
const LONGEST_BODY = 4096;
const LONGEST_LINE = 60;
const MOST_BUTTONS = 10;
const LONGEST_BUTTON = 25;

const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);

/** Checks a template by the placeholder rules and WhatsApp's limits. */
export function checkTemplate(input: TemplateInput): CheckedTemplate | Problem {
  const { name, channel } = input;
  const language = asWhatsAppWrites(input.language);
  const unstorable = unstorableProblem(input);
  if (unstorable) return unstorable;
  if (!/^[a-z0-9_]+$/.test(name) || name.length > LONGEST_NAME) {
    return wrong(`A name has 1 to ${LONGEST_NAME} lowercase letters, digits and underscores.`, 'name');
  }
  if (!/^[a-z]{2,3}(_[A-Za-z]{2,4})?$/.test(language))
    return wrong('A language is written as id, en or en_US.', 'language');
  const text: TemplateText = {
    category: input.category,
    body: input.body,
    header: toHeader(input.header ?? null),
    footer: input.footer ?? null,
    buttons: input.buttons.map(toButton),
    samples: [...input.samples],
  };
  return (
    bodyProblem(text) ??
    headerProblem(text) ??
    footerProblem(text) ??
    channelProblem(channel, text) ??
    buttonsProblem(text) ??
    samplesProblem(text) ?? { name, language, channel, ...text }
  );
}

/**
 * What a template says after a change. Only what is given is checked: a text that came from a provider may break our
 * rules elsewhere, and nobody could mend that here.
 */
export function checkPatch(
  template: TemplateText & { channel: Channel },
  patch: TemplatePatch,
): TemplateText | Problem {
  const unstorable = unstorableProblem(patch);
  if (unstorable) return unstorable;
  const text: TemplateText = {
    category: patch.category ?? template.category,
    body: patch.body ?? template.body,
    header: patch.header === undefined ? template.header : toHeader(patch.header),
    footer: patch.footer === undefined ? template.footer : patch.footer,
    buttons: patch.buttons?.map(toButton) ?? template.buttons,
    samples: patch.samples ? [...patch.samples] : template.samples,
  };
  return (
    (patch.body != null ? bodyProblem(text) : null) ??
    (patch.header != null ? headerProblem(text) : null) ??
    (patch.footer != null ? footerProblem(text) : null) ??
    channelProblem(template.channel, text) ??
    (patch.buttons != null ? buttonsProblem(text) : null) ??
    (patch.body != null || patch.samples != null ? samplesProblem(text) : null) ??
    text
  );
}

/** A language in the letters that WhatsApp has for it: ID is id, en-us is en_US, zh-hans is zh_Hans. */
function asWhatsAppWrites(language: string): string {
  const [base = '', ...more] = language.split(/[_-]/);
  const region = (part: string): string =>
    part.length > 3 ? part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase() : part.toUpperCase();
  return [base.toLowerCase(), ...more.map(region)].join('_');
}

/** Whether a person would read something else: samples and the category are no part of the words. */
export function saysOther(one: TemplateText, other: TemplateText): boolean {
  const words = ({ body, header, footer, buttons }: TemplateText): string =>
    canonicalJson([body, header && [header.format, header.text], footer, buttons]);
  return words(one) !== words(other);
}

/** What it says, without what else is known of it. */
export const textOf = ({ category, body, header, footer, buttons, samples }: TemplateText): TemplateText => ({
  ...{ category, body, header, footer, buttons, samples },
});

/** True for a URL with a placeholder, a code to copy, an OTP. */
export function buttonTakesParam(button: TemplateButton): boolean {
  return (
    button.type === 'COPY_CODE' || button.type === 'OTP' || (button.type === 'URL' && /\{\{/.test(button.url ?? ''))
  );
}

const toHeader = (input: HeaderInput | null): TemplateHeader | null =>
  input && { format: input.format, text: input.text ?? null, sample: input.sample ?? null };

const toButton = ({ type, text, url, phone }: ButtonInput): TemplateButton => ({
  type,
  text,
  url: url ?? null,
  phone: phone ?? null,
});

function unstorableProblem(input: object): Problem | null {
  const field = unstorableAt(input);
  return field === null ? null : wrong('It holds a NUL byte or half a character; take it out.', field);
}

function bodyProblem({ body }: TemplateText): Problem | null {
  if (!body.trim() || body.length > LONGEST_BODY) return wrong(`A body has 1 to ${LONGEST_BODY} characters.`, 'body');
  return placeholderProblem(body, 'body');
}

function headerProblem({ header }: TemplateText): Problem | null {
  if (header?.format !== 'TEXT') return null;
  const text = header.text ?? '';
  if (!text.trim() || text.length > LONGEST_LINE)
    return wrong(`The text of a header has 1 to ${LONGEST_LINE} characters.`, 'header.text');
  const placeholders = placeholderProblem(text, 'header.text');
  if (placeholders) return placeholders;
  return countPlaceholders(text) > 1 ? wrong('A header takes one placeholder at most.', 'header.text') : null;
}

function footerProblem({ footer }: TemplateText): Problem | null {
  return footer !== null && (!footer.trim() || footer.length > LONGEST_LINE || /\{\{/.test(footer))
    ? wrong(`A footer has 1 to ${LONGEST_LINE} characters and no placeholder.`, 'footer')
    : null;
}

function channelProblem(channel: Channel, { header, footer, buttons }: TemplateText): Problem | null {
  if (channel !== 'SMS' || (!header && !footer && buttons.length === 0)) return null;
  return wrong(
    'An SMS is its body alone; leave out header, footer and buttons.',
    header ? 'header' : footer ? 'footer' : 'buttons',
  );
}

function buttonsProblem({ buttons }: TemplateText): Problem | null {
  if (buttons.length > MOST_BUTTONS) return wrong(`A template has at most ${MOST_BUTTONS} buttons.`, 'buttons');
  for (const [index, button] of buttons.entries()) {
    const at = `buttons.${index}`;
    if (!button.text.trim() || button.text.length > LONGEST_BUTTON)
      return wrong(`A button has 1 to ${LONGEST_BUTTON} characters.`, `${at}.text`);
    if (button.type === 'URL' && !button.url) return wrong('A button of type URL needs its url.', `${at}.url`);
    // Meta puts the value behind the address, and takes it nowhere else in it.
    if (/[{}]/.test((button.url ?? '').replace(/(?<=[^{}])\{\{\s*1\s*\}\}$/, '')))
      return wrong('An address takes one placeholder at most: {{1}}, at its end.', `${at}.url`);
    if (button.type === 'PHONE_NUMBER' && !button.phone)
      return wrong('A button of type PHONE_NUMBER needs its phone.', `${at}.phone`);
  }
  return null;
}

function samplesProblem({ body, samples }: TemplateText): Problem | null {
  const wanted = countPlaceholders(body);
  return samples.length > 0 && samples.length !== wanted
    ? wrong(`The body has ${wanted} placeholders: give one sample for each, or none.`, 'samples')
    : null;
}
