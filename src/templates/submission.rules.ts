import { type TemplateButtonType } from '../providers/ports/templates.js';
import { type Problem, problem } from '../common/problem.js';
import { buttonTakesParam, type TemplateText } from './template-input.js';
import { countPlaceholders } from './template.rules.js';

// What WhatsApp asks of a template that is sent for approval (Meta, Cloud API, "Message templates" and "Template components").
const LONGEST_BODY = 1024;
const LONGEST_LINE = 60;
const LONGEST_BUTTON = 25;
const LONGEST_URL = 2000;
const LONGEST_PHONE = 20;
const MOST_BUTTONS = 10;
const MOST_OF: Readonly<Partial<Record<TemplateButtonType, number>>> = { URL: 2, PHONE_NUMBER: 1, COPY_CODE: 1 };

const PLACEHOLDER = String.raw`\{\{[^{}]*\}\}`;
const AT_AN_END = new RegExp(`^\\s*${PLACEHOLDER}|${PLACEHOLDER}\\s*$`);
const SIDE_BY_SIDE = new RegExp(`${PLACEHOLDER}\\s*${PLACEHOLDER}`);

const wrong = (message: string, field: string): Problem => problem('INVALID_INPUT', message, field);

/** Says why WhatsApp would refuse the text before anybody has read it. */
export function submissionProblem(text: TemplateText): Problem | null {
  return (
    bodyProblem(text) ?? headerProblem(text) ?? footerProblem(text) ?? buttonsProblem(text) ?? samplesProblem(text)
  );
}

function bodyProblem({ body, category }: TemplateText): Problem | null {
  if (body.length > LONGEST_BODY) return wrong(`WhatsApp takes a body of at most ${LONGEST_BODY} characters.`, 'body');
  // The text of a code is WhatsApp's own, and begins with the code.
  if (category === 'AUTHENTICATION') return null;
  if (AT_AN_END.test(body))
    return wrong('WhatsApp takes no placeholder at the very start or end of a body: put words around it.', 'body');
  return SIDE_BY_SIDE.test(body)
    ? wrong('WhatsApp takes no two placeholders side by side: put words between them.', 'body')
    : null;
}

function headerProblem({ header }: TemplateText): Problem | null {
  if (!header) return null;
  if (header.format === 'TEXT') {
    const text = header.text ?? '';
    if (text.length > LONGEST_LINE || countPlaceholders(text) > 1)
      return wrong(`WhatsApp takes a header of at most ${LONGEST_LINE} characters and one placeholder.`, 'header.text');
    return countPlaceholders(text) === 1 && !header.sample?.trim()
      ? wrong('WhatsApp wants a sample of the header’s value.', 'header.sample')
      : null;
  }
  return header.format !== 'LOCATION' && !header.sample?.trim()
    ? wrong('WhatsApp wants a sample of the header’s file.', 'header.sample')
    : null;
}

function footerProblem({ footer }: TemplateText): Problem | null {
  return footer !== null && (footer.length > LONGEST_LINE || footer.includes('{{'))
    ? wrong(`WhatsApp takes a footer of at most ${LONGEST_LINE} characters and no placeholder.`, 'footer')
    : null;
}

function buttonsProblem({ buttons }: TemplateText): Problem | null {
  if (buttons.length > MOST_BUTTONS) return wrong(`WhatsApp takes at most ${MOST_BUTTONS} buttons.`, 'buttons');
  const seen = new Map<TemplateButtonType, number>();
  for (const [index, { type, text, url, phone }] of buttons.entries()) {
    const at = `buttons.${index}`;
    const most = MOST_OF[type] ?? MOST_BUTTONS;
    seen.set(type, (seen.get(type) ?? 0) + 1);
    if (seen.get(type)! > most) return wrong(`WhatsApp takes at most ${most} of the type ${type}.`, `${at}.type`);
    if (type === 'OTHER')
      return wrong('A button of a kind that has no name here is made in the provider’s own console.', `${at}.type`);
    if (!text.trim() || text.length > LONGEST_BUTTON || text.includes('{{'))
      return wrong(`WhatsApp takes 1 to ${LONGEST_BUTTON} characters on a button, and no placeholder.`, `${at}.text`);
    if (type === 'URL' && (!isAddress(url) || url.length > LONGEST_URL))
      return wrong(`An address is written as https://host/path, with at most ${LONGEST_URL} characters.`, `${at}.url`);
    if (type === 'PHONE_NUMBER' && (!/^\+?[\d ()-]+$/.test(phone ?? '') || phone!.length > LONGEST_PHONE))
      return wrong(`A number is written as +628123456789, with at most ${LONGEST_PHONE} characters.`, `${at}.phone`);
  }
  return null;
}

const isAddress = (url: string | null): url is string =>
  url !== null && /^https?:\/\//i.test(url) && URL.canParse(url.replaceAll(new RegExp(PLACEHOLDER, 'g'), '1'));

function samplesProblem({ body, samples, category, buttons }: TemplateText): Problem | null {
  // Its text is WhatsApp's own, which needs no sample.
  if (category === 'AUTHENTICATION' && buttons.some(buttonTakesParam)) return null;
  const wanted = countPlaceholders(body);
  if (samples.length !== wanted)
    return wrong(`WhatsApp wants one sample for each of the ${wanted} placeholders.`, 'samples');
  const empty = samples.findIndex((sample) => !sample.trim());
  return empty >= 0 ? wrong('A sample must not be empty: WhatsApp refuses it.', `samples.${empty}`) : null;
}
