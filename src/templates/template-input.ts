import { type Problem, problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import {
  type Channel,
  countPlaceholders,
  placeholderProblem,
  type TemplateButton,
  type TemplateCategory,
  type TemplateHeader,
} from './template.rules.js';

/** A template as a caller writes it. */
export interface TemplateInput {
  readonly name: string;
  readonly language: string;
  readonly channel: Channel;
  readonly category: TemplateCategory;
  readonly body: string;
  readonly header?: {
    readonly format: TemplateHeader['format'];
    readonly text?: string | null;
    readonly sample?: string | null;
  } | null;
  readonly footer?: string | null;
  readonly buttons: readonly {
    type: TemplateButton['type'];
    text: string;
    url?: string | null;
    phone?: string | null;
  }[];
  readonly samples: readonly string[];
}

export interface CheckedTemplate {
  readonly name: string;
  readonly language: string;
  readonly channel: Channel;
  readonly category: TemplateCategory;
  readonly body: string;
  readonly header: TemplateHeader | null;
  readonly footer: string | null;
  readonly buttons: TemplateButton[];
  readonly samples: string[];
}

// WhatsApp's own limits for templates (Meta, Cloud API, message templates; Wappin document 1.7, December 2019, for the name).
const LONGEST_NAME = 128;
const LONGEST_BODY = 4096;
const LONGEST_LINE = 60;
const MOST_BUTTONS = 10;
const LONGEST_BUTTON = 25;

/** Checks a template by the placeholder rules and WhatsApp's limits. */
export function checkTemplate(input: TemplateInput): CheckedTemplate | Problem {
  const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);
  const unstorable = unstorableAt(input);
  if (unstorable !== null) return wrong('It holds a NUL byte or half a character; take it out.', unstorable);
  if (!/^[a-z0-9_]+$/.test(input.name) || input.name.length > LONGEST_NAME) {
    return wrong(`A name has 1 to ${LONGEST_NAME} lowercase letters, digits and underscores.`, 'name');
  }
  if (!/^[a-z]{2,3}([_-][A-Za-z]{2,4})?$/.test(input.language))
    return wrong('A language is written as id, en or en_US.', 'language');
  if (!input.body.trim() || input.body.length > LONGEST_BODY)
    return wrong(`A body has 1 to ${LONGEST_BODY} characters.`, 'body');
  const header = input.header
    ? { format: input.header.format, text: input.header.text ?? null, sample: input.header.sample ?? null }
    : null;
  const headerText = header?.format === 'TEXT' ? (header.text ?? '') : '';
  if (header?.format === 'TEXT' && (!headerText.trim() || headerText.length > LONGEST_LINE)) {
    return wrong(`The text of a header has 1 to ${LONGEST_LINE} characters.`, 'header.text');
  }
  const placeholders = placeholderProblem(input.body, 'body') ?? placeholderProblem(headerText, 'header.text');
  if (placeholders) return placeholders;
  if (countPlaceholders(headerText) > 1) return wrong('A header takes one placeholder at most.', 'header.text');
  const footer = input.footer ?? null;
  if (footer !== null && (!footer.trim() || footer.length > LONGEST_LINE || /\{\{/.test(footer))) {
    return wrong(`A footer has 1 to ${LONGEST_LINE} characters and no placeholder.`, 'footer');
  }
  if (input.channel === 'SMS' && (header || footer || input.buttons.length > 0)) {
    return wrong(
      'An SMS is its body alone; leave out header, footer and buttons.',
      header ? 'header' : footer ? 'footer' : 'buttons',
    );
  }
  if (input.buttons.length > MOST_BUTTONS) return wrong(`A template has at most ${MOST_BUTTONS} buttons.`, 'buttons');
  for (const [index, button] of input.buttons.entries()) {
    const at = `buttons.${index}`;
    if (!button.text.trim() || button.text.length > LONGEST_BUTTON)
      return wrong(`A button has 1 to ${LONGEST_BUTTON} characters.`, `${at}.text`);
    if (button.type === 'URL' && !button.url) return wrong('A button of type URL needs its url.', `${at}.url`);
    if (button.type === 'PHONE_NUMBER' && !button.phone)
      return wrong('A button of type PHONE_NUMBER needs its phone.', `${at}.phone`);
  }
  const wanted = countPlaceholders(input.body);
  if (input.samples.length > 0 && input.samples.length !== wanted) {
    return wrong(`The body has ${wanted} placeholders: give one sample for each, or none.`, 'samples');
  }
  return {
    name: input.name,
    language: input.language,
    channel: input.channel,
    category: input.category,
    body: input.body,
    header,
    footer,
    buttons: input.buttons.map(({ type, text, url, phone }) => ({
      type,
      text,
      url: url ?? null,
      phone: phone ?? null,
    })),
    samples: [...input.samples],
  };
}

/** Whether sending it takes more than the body's values: those no account of this build can carry yet. */
export function takesMoreThanBody(template: CheckedTemplate): boolean {
  return (
    (template.header !== null &&
      (template.header.format !== 'TEXT' || countPlaceholders(template.header.text ?? '') > 0)) ||
    template.buttons.some(buttonTakesParam)
  );
}

/** True for a URL with a placeholder, a code to copy, an OTP. */
export function buttonTakesParam(button: TemplateButton): boolean {
  return (
    button.type === 'COPY_CODE' || button.type === 'OTP' || (button.type === 'URL' && /\{\{/.test(button.url ?? ''))
  );
}
