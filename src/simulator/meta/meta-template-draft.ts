import { type MetaError, metaError, templateError } from './meta-errors.js';
import { fieldOf, type Fields, firstOf, isFields, lengthOf } from './meta-rules.js';
import {
  META_CATEGORIES,
  type MetaButton,
  type MetaCategory,
  type MetaComponent,
  type MetaTemplate,
  placeholdersOf,
} from './meta-template.js';

/** A template that somebody wants approved. */
export type MetaDraft = Pick<MetaTemplate, 'name' | 'language' | 'category' | 'parameterFormat' | 'components'> & {
  readonly allowCategoryChange: boolean;
};

type Format = MetaTemplate['parameterFormat'];

/** The subcodes that template management tells its refusals apart by. */
export const TEMPLATE_REFUSALS = {
  tooLong: (message: string): MetaError => templateError(2388040, 'Character Limit Exceeded', message),
  sample: (message: string): MetaError => templateError(2388043, 'Message Template Sample Missing', message),
  header: (message: string): MetaError => templateError(2388047, 'Message Header Format Is Incorrect', message),
  body: (message: string): MetaError => templateError(2388072, 'Message Body Format Is Incorrect', message),
  footer: (message: string): MetaError => templateError(2388073, 'Message Footer Format Is Incorrect', message),
  buttons: (message: string): MetaError => templateError(2388046, 'Message Buttons Format Is Incorrect', message),
  edges: (): MetaError =>
    templateError(
      2388299,
      'Leading or Trailing Params Not Allowed',
      'Variables can’t be at the start or end of the template.',
    ),
  ratio: (): MetaError =>
    templateError(
      2388293,
      'Parameters Words Ratio Exceeds Limit',
      'This template has too many variables for its length.',
    ),
} as const;

const HEADER_FORMATS = ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'];
/** How many of one type a template has; ten in all. */
const BUTTON_COUNTS: Readonly<Record<string, number>> = {
  QUICK_REPLY: 10,
  URL: 2,
  PHONE_NUMBER: 1,
  COPY_CODE: 1,
  OTP: 1,
  FLOW: 1,
  CATALOG: 1,
  MPM: 1,
  ORDER_DETAILS: 1,
};

/** Reads `POST /{waba-id}/message_templates`. `knowsHandle`: whether an uploaded sample of that handle is there. */
export function readDraft(body: Fields, knowsHandle: (handle: string) => boolean): MetaDraft | MetaError {
  const { name, language, category, parameter_format: format = 'POSITIONAL' } = body;
  const components = readComponents(body['components']);
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) {
    return metaError(100, 'Param name must match ^[a-z0-9_]{1,512}$.');
  }
  if (typeof language !== 'string' || !/^[a-z]{2,3}(_[A-Z]{2,4})?$/.test(language)) {
    return metaError(100, 'Param language must be one of the supported language codes.');
  }
  if (!META_CATEGORIES.includes(category as MetaCategory)) {
    return metaError(100, `Param category must be one of {${META_CATEGORIES.join(', ')}}.`);
  }
  if (typeof format !== 'string' || !['POSITIONAL', 'NAMED'].includes(format.toUpperCase())) {
    return metaError(100, 'Param parameter_format must be one of {POSITIONAL, NAMED}.');
  }
  if (!Array.isArray(components)) return components;
  const parameterFormat = format.toUpperCase() as Format;
  const error = checkComponents(components, category as MetaCategory, parameterFormat, knowsHandle);
  if (error !== undefined) return error;
  return {
    name,
    language,
    category: category as MetaCategory,
    parameterFormat,
    components: withMetasText(components, category as MetaCategory, language),
    allowCategoryChange: String(body['allow_category_change']) === 'true',
  };
}

/** `components` in upper case, as the list answers them. */
export function readComponents(given: unknown): MetaComponent[] | MetaError {
  if (!Array.isArray(given) || given.length === 0 || !given.every(isFields)) {
    return metaError(100, 'The parameter components is required and must be an array of objects.');
  }
  const components = given.map((component) => ({
    ...component,
    type: String(component['type']).toUpperCase(),
    ...(typeof component['format'] === 'string' && { format: component['format'].toUpperCase() }),
  })) as unknown as MetaComponent[];
  const types = components.map(({ type }) => type);
  const stray = types.find((type) => !['HEADER', 'BODY', 'FOOTER', 'BUTTONS'].includes(type));
  if (stray !== undefined)
    return metaError(100, `Param components[].type must be one of {HEADER, BODY, FOOTER, BUTTONS} - got "${stray}".`);
  if (new Set(types).size < types.length) return metaError(100, 'A component is given twice.');
  return types.includes('BODY') ? components : metaError(100, 'A component of type BODY is required.');
}

/** Every rule for the components of a template; the first that is broken. */
export function checkComponents(
  components: readonly MetaComponent[],
  category: MetaCategory,
  format: Format,
  knowsHandle: (handle: string) => boolean,
): MetaError | undefined {
  const of = (type: MetaComponent['type']): MetaComponent | undefined => components.find((one) => one.type === type);
  if (category === 'AUTHENTICATION') return checkAuthentication(components);
  return firstOf([
    () => checkHeader(of('HEADER'), format, knowsHandle),
    () => checkBody(of('BODY'), format),
    () => checkFooter(of('FOOTER')),
    () => checkButtons(of('BUTTONS')),
  ]);
}

/** Meta writes the text of a code itself: only the button and the two switches are the merchant's. */
function checkAuthentication(components: readonly MetaComponent[]): MetaError | undefined {
  const worded = components.find(({ type, text }) => type === 'HEADER' || text !== undefined);
  if (worded !== undefined) {
    return metaError(
      100,
      `component of type ${worded.type} has unexpected field(s) (${worded.text === undefined ? 'type' : 'text'})`,
    );
  }
  const buttons = components.find(({ type }) => type === 'BUTTONS')?.buttons ?? [];
  const [button] = buttons;
  if (buttons.length !== 1 || button?.type.toUpperCase() !== 'OTP') {
    return TEMPLATE_REFUSALS.buttons('An authentication template has exactly one button, of type OTP.');
  }
  if (!['COPY_CODE', 'ONE_TAP', 'ZERO_TAP'].includes(String(button.otp_type).toUpperCase())) {
    return TEMPLATE_REFUSALS.buttons('otp_type must be one of COPY_CODE, ONE_TAP, ZERO_TAP.');
  }
  const minutes = components.find(({ type }) => type === 'FOOTER')?.code_expiration_minutes;
  return minutes === undefined || (Number.isInteger(minutes) && minutes >= 1 && minutes <= 90)
    ? undefined
    : TEMPLATE_REFUSALS.footer('code_expiration_minutes must be a number from 1 to 90.');
}

/** The text of a code is Meta's own, in the language of the template; every other template stays as it is. */
export function withMetasText(
  components: readonly MetaComponent[],
  category: MetaCategory,
  language: string,
): readonly MetaComponent[] {
  if (category !== 'AUTHENTICATION') return components;
  const indonesian = language.startsWith('id');
  return components.map((component) => {
    if (component.type === 'FOOTER') {
      const minutes = component.code_expiration_minutes;
      const text = indonesian
        ? `Kode ini kedaluwarsa dalam ${minutes} menit.`
        : `This code expires in ${minutes} minutes.`;
      return { ...component, text };
    }
    if (component.type === 'BUTTONS') {
      const buttons = component.buttons ?? [];
      const copy = indonesian ? 'Salin kode' : 'Copy code';
      return { ...component, buttons: buttons.map((button) => ({ ...button, text: button.text ?? copy })) };
    }
    const advice = indonesian
      ? ' Demi keamanan, jangan bagikan kode ini.'
      : ' For your security, do not share this code.';
    const code = indonesian ? '*{{1}}* adalah kode verifikasi Anda.' : '*{{1}}* is your verification code.';
    return { ...component, text: code + (component.add_security_recommendation ? advice : '') };
  });
}

function checkHeader(
  header: MetaComponent | undefined,
  format: Format,
  knowsHandle: (handle: string) => boolean,
): MetaError | undefined {
  if (header === undefined) return undefined;
  if (header.format === undefined || !HEADER_FORMATS.includes(header.format)) {
    return TEMPLATE_REFUSALS.header(`format must be one of ${HEADER_FORMATS.join(', ')}.`);
  }
  if (header.format === 'LOCATION') return undefined;
  if (header.format !== 'TEXT') {
    const handle = firstText(header.example?.['header_handle']);
    if (handle === undefined)
      return TEMPLATE_REFUSALS.sample(`A header of format ${header.format} needs example.header_handle.`);
    return knowsHandle(handle)
      ? undefined
      : TEMPLATE_REFUSALS.header('example.header_handle is not a handle of an upload.');
  }
  const { text = '' } = header;
  if (typeof text !== 'string' || text.trim() === '') return TEMPLATE_REFUSALS.header('The text is missing.');
  if (lengthOf(text) > 60) return TEMPLATE_REFUSALS.tooLong('The header has more than 60 characters.');
  if (/[\n\r*_~`]/.test(text.replaceAll(/\{\{[^{}]*\}\}/g, ''))) {
    return TEMPLATE_REFUSALS.header('The header cannot have new lines or formatting.');
  }
  const variables = placeholdersOf(text);
  if (variables.length > 1) return TEMPLATE_REFUSALS.header('The header can have one variable.');
  return checkNames(variables, format, TEMPLATE_REFUSALS.header) ?? checkSamples('header', variables, header, format);
}

function checkBody(body: MetaComponent | undefined, format: Format): MetaError | undefined {
  const text = body?.text;
  if (typeof text !== 'string' || text.trim() === '') return TEMPLATE_REFUSALS.body('The text is missing.');
  if (lengthOf(text) > 1024) return TEMPLATE_REFUSALS.tooLong('The body has more than 1024 characters.');
  const variables = placeholdersOf(text);
  const named = checkNames(variables, format, TEMPLATE_REFUSALS.body);
  if (named !== undefined) return named;
  const trimmed = text.trim();
  if (/^\{\{[^{}]*\}\}/.test(trimmed) || /\{\{[^{}]*\}\}$/.test(trimmed)) return TEMPLATE_REFUSALS.edges();
  if (/\}\}\s*\{\{/.test(text)) return TEMPLATE_REFUSALS.body('Two variables stand next to each other.');
  if (/\n{3,}/.test(text)) return TEMPLATE_REFUSALS.body('More than two new lines follow each other.');
  // Meta keeps its ratio to itself; fewer words than variables surely breaks it.
  const words = text.replaceAll(/\{\{[^{}]*\}\}/g, ' ').match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
  if (words < variables.length) return TEMPLATE_REFUSALS.ratio();
  return checkSamples('body', variables, body, format);
}

/** {{1}} to {{n}} without a gap, or names in lower case; never both. */
function checkNames(
  variables: readonly string[],
  format: Format,
  refuse: (message: string) => MetaError,
): MetaError | undefined {
  if (format === 'NAMED') {
    const wrong = variables.find((name) => !/^[a-z_][a-z0-9_]*$/.test(name));
    return wrong === undefined
      ? undefined
      : refuse(`{{${wrong}}} is not a named variable: lower case, digits, underscore.`);
  }
  const numbers = variables.map(Number).sort((a, b) => a - b);
  return numbers.every((number, index) => number === index + 1)
    ? undefined
    : refuse('Variables must be {{1}}, {{2}} … without a gap.');
}

function checkSamples(
  place: 'header' | 'body',
  variables: readonly string[],
  component: MetaComponent | undefined,
  format: Format,
): MetaError | undefined {
  if (variables.length === 0) return undefined;
  const example = component?.example ?? {};
  if (format === 'NAMED') {
    const given = example[`${place}_text_named_params`];
    const samples = Array.isArray(given) ? (given as unknown[]) : [];
    const absent = variables.find(
      (name) => !samples.some((one) => fieldOf(one, 'param_name') === name && isSample(fieldOf(one, 'example'))),
    );
    return absent === undefined
      ? undefined
      : TEMPLATE_REFUSALS.sample(`example.${place}_text_named_params has no sample of {{${absent}}}.`);
  }
  const given = example[`${place}_text`];
  // An array of arrays for the body: one row of samples.
  const row: unknown = place === 'body' && Array.isArray(given) ? given[0] : given;
  return Array.isArray(row) && row.length === variables.length && row.every(isSample)
    ? undefined
    : TEMPLATE_REFUSALS.sample(`example.${place}_text needs ${variables.length} samples, one for each variable.`);
}

function checkFooter(footer: MetaComponent | undefined): MetaError | undefined {
  if (footer === undefined) return undefined;
  const { text } = footer;
  if (typeof text !== 'string' || text.trim() === '') return TEMPLATE_REFUSALS.footer('The text is missing.');
  if (lengthOf(text) > 60) return TEMPLATE_REFUSALS.tooLong('The footer has more than 60 characters.');
  if (placeholdersOf(text).length > 0) return TEMPLATE_REFUSALS.footer('The footer cannot have variables.');
  return text.includes('\n') ? TEMPLATE_REFUSALS.footer('The footer cannot have new lines.') : undefined;
}

function checkButtons(component: MetaComponent | undefined): MetaError | undefined {
  if (component === undefined) return undefined;
  const buttons: readonly MetaButton[] = Array.isArray(component.buttons) ? component.buttons : [];
  const refuse = TEMPLATE_REFUSALS.buttons;
  if (buttons.length < 1 || buttons.length > 10) return refuse('There can be 1 to 10 buttons.');
  for (const [type, most] of Object.entries(BUTTON_COUNTS)) {
    const count = buttons.filter((button) => button.type === type).length;
    if (count > most) return refuse(`There can be at most ${most} buttons of type ${type}.`);
  }
  return firstOf(buttons.map((button) => () => checkButton(button)));
}

function checkButton(button: MetaButton): MetaError | undefined {
  const refuse = TEMPLATE_REFUSALS.buttons;
  const { type, text, url, phone_number: phone } = button;
  if (!Object.hasOwn(BUTTON_COUNTS, type)) return refuse(`No button has the type ${type}.`);
  if (type === 'OTP') return refuse('A button of type OTP belongs to an authentication template.');
  if (type === 'COPY_CODE') {
    const code = typeof button.example === 'string' ? button.example : firstText(button.example);
    return code !== undefined && lengthOf(code) <= 15
      ? undefined
      : TEMPLATE_REFUSALS.sample('COPY_CODE needs an example of at most 15 characters.');
  }
  if (typeof text !== 'string' || text.trim() === '') return refuse(`A button of type ${type} needs a text.`);
  if (lengthOf(text) > 25) return TEMPLATE_REFUSALS.tooLong('The text of a button has more than 25 characters.');
  if (placeholdersOf(text).length > 0) return refuse('The text of a button cannot have variables.');
  if (type === 'PHONE_NUMBER') {
    return typeof phone === 'string' && /^\+?\d{5,20}$/.test(phone)
      ? undefined
      : refuse('phone_number must be a number of at most 20 digits.');
  }
  return type === 'URL' ? checkUrl(url, button.example) : undefined;
}

function checkUrl(url: string | undefined, example: unknown): MetaError | undefined {
  const refuse = TEMPLATE_REFUSALS.buttons;
  if (typeof url !== 'string' || lengthOf(url) > 2000 || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    return refuse('url must be an address of at most 2000 characters.');
  }
  const variables = placeholdersOf(url);
  if (variables.length === 0) return undefined;
  if (variables.length > 1 || !/\{\{\s*[^{}]+\}\}$/.test(url)) return refuse('url can have one variable, at its end.');
  const sample = typeof example === 'string' ? example : firstText(example);
  return sample === undefined ? TEMPLATE_REFUSALS.sample('A url with a variable needs an example.') : undefined;
}

const isSample = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return typeof first === 'string' && first !== '' ? first : undefined;
}
