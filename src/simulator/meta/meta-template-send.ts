import { type MetaError, metaError } from './meta-errors.js';
import { file } from './meta-interactive.js';
import { orderDetails } from './meta-order.js';
import {
  coordinate,
  fieldOf,
  type Fields,
  firstOf,
  invalid,
  isFields,
  lengthOf,
  missing,
  object,
  optional,
  text,
} from './meta-rules.js';
import { componentOf, type MetaButton, type MetaTemplate, placeholdersOf } from './meta-template.js';

const LONGEST_BODY = 1024;
const LONGEST_CODE = 15;

/** What a message that was sent as a template says, for the ledger: the body's values, then the header's and the buttons'. */
export type TemplateValues = readonly string[];

/** Whether the template of this name and language can be sent at all. */
export function sendableTemplate(
  template: MetaTemplate | undefined,
  name: string,
  language: string,
): MetaTemplate | MetaError {
  if (template?.status === 'PAUSED') return metaError(132015, `template name (${name}) is paused in ${language}`);
  if (template?.status === 'DISABLED') return metaError(132016, `template name (${name}) is disabled in ${language}`);
  if (template?.status === 'APPROVED') return template;
  return metaError(132001, `template name (${name}) does not exist in ${language}`);
}

/** Lays a send's components beside the template's; the values, or the first thing that does not fit. */
export function fillTemplate(template: MetaTemplate, content: Fields): TemplateValues | MetaError {
  const sent = Array.isArray(content['components']) ? (content['components'] as Fields[]) : [];
  const header = sent.filter((component) => typeOf(component) === 'header');
  const body = sent.filter((component) => typeOf(component) === 'body');
  const buttons = sent.filter((component) => typeOf(component) === 'button');
  const error = firstOf([
    () => strayComponent(sent),
    () => (header.length > 1 || body.length > 1 ? invalid('components: a header or a body is given twice') : undefined),
    () => checkHeader(template, header[0]),
    () => checkBody(template, body[0]),
    () => checkButtons(template, buttons),
    () => checkCode(template, body[0], buttons),
  ]);
  return error ?? [...body, ...header, ...buttons].flatMap((component) => paramsOf(component).map(valueOf));
}

function strayComponent(sent: readonly Fields[]): MetaError | undefined {
  const stray = sent.find((component) => !['header', 'body', 'button', 'footer'].includes(typeOf(component)));
  return stray && invalid(`Parameter components.type must be one of {header, body, button} - got "${typeOf(stray)}"`);
}

function checkHeader(template: MetaTemplate, sent: Fields | undefined): MetaError | undefined {
  const header = componentOf(template, 'HEADER');
  const params = paramsOf(sent);
  const format = header?.format ?? 'TEXT';
  if (header === undefined || format === 'TEXT') return checkTexts('header', template, header?.text ?? '', params);
  const expected = format.toLowerCase();
  const given = params[0];
  const type = fieldOf(given, 'type');
  const received = typeof type === 'string' ? type : 'unknown';
  if (params.length > 1) return countMismatch('header', params.length, 1);
  if (received !== expected) {
    const words = `header: Format mismatch, expected ${format}, received ${received.toUpperCase()}`;
    return metaError(132012, words);
  }
  const value = fieldOf(given, expected);
  if (format === 'LOCATION') return location(value, 'header.location');
  return file({ filename: optional(text(240)) })(value, `header.${expected}`);
}

const location = object({
  latitude: coordinate(90),
  longitude: coordinate(180),
  name: optional(text(1000, 0)),
  address: optional(text(1000, 0)),
});

function checkBody(template: MetaTemplate, sent: Fields | undefined): MetaError | undefined {
  const written = componentOf(template, 'BODY')?.text ?? '';
  const params = paramsOf(sent);
  const error = checkTexts('body', template, written, params);
  if (error !== undefined) return error;
  const fixed = written.replace(/\{\{[^{}]*\}\}/g, '');
  const length = lengthOf(fixed) + params.reduce<number>((sum, param) => sum + lengthOf(valueOf(param)), 0);
  return length > LONGEST_BODY ? metaError(132005, `body: ${length} characters after translation`) : undefined;
}

/** As many parameters as placeholders, each of a kind that is text in the end, and named where the template's are. */
function checkTexts(
  place: string,
  template: MetaTemplate,
  written: string,
  params: readonly unknown[],
): MetaError | undefined {
  const expected = placeholdersOf(written);
  if (params.length !== expected.length) return countMismatch(place, params.length, expected.length);
  if (template.parameterFormat === 'NAMED') {
    const names = params.map((param) => fieldOf(param, 'parameter_name'));
    if (names.some((name) => typeof name !== 'string' || name === '')) {
      return metaError(100, `${place}: Parameter name is missing or empty`);
    }
    const absent = expected.find((name) => !names.includes(name));
    if (absent !== undefined) return metaError(100, `${place}: Parameter ${absent} is missing`);
  }
  return firstOf(params.map((param, index) => () => checkText(param, `${place}.parameters[${index}]`)));
}

function checkText(param: unknown, path: string): MetaError | undefined {
  const type = fieldOf(param, 'type');
  if (type === 'currency' || type === 'date_time') {
    return text(LONGEST_BODY)(fieldOf(fieldOf(param, type), 'fallback_value'), `${path}.${type}.fallback_value`);
  }
  if (type !== 'text') {
    return metaError(132012, `${path}: Format mismatch, expected TEXT, received ${String(type).toUpperCase()}`);
  }
  const value = fieldOf(param, 'text');
  if (typeof value !== 'string' || value === '') {
    return metaError(131008, `${path}: Parameter of type text is missing text value`);
  }
  return /[\n\r\t]| {5,}/.test(value)
    ? metaError(100, `${path}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces`)
    : undefined;
}

interface Need {
  readonly subTypes: readonly string[];
  readonly param: string;
  readonly required: boolean;
  readonly max: number;
}

/** What a button takes when it is sent; null where it takes nothing. */
function needOf(button: MetaButton): Need | null {
  switch (button.type) {
    case 'URL':
      return placeholdersOf(button.url ?? '').length === 0
        ? null
        : { subTypes: ['url'], param: 'text', required: true, max: 2000 };
    case 'OTP':
      return { subTypes: ['url'], param: 'text', required: true, max: LONGEST_CODE };
    case 'COPY_CODE':
      return { subTypes: ['copy_code'], param: 'coupon_code', required: true, max: LONGEST_CODE };
    case 'QUICK_REPLY':
      return { subTypes: ['quick_reply'], param: 'payload', required: false, max: 256 };
    case 'FLOW':
    case 'CATALOG':
    case 'ORDER_DETAILS':
      return {
        subTypes: [button.type.toLowerCase()],
        param: 'action',
        required: button.type === 'ORDER_DETAILS',
        max: 0,
      };
    default:
      return null;
  }
}

function checkButtons(template: MetaTemplate, sent: readonly Fields[]): MetaError | undefined {
  const buttons = componentOf(template, 'BUTTONS')?.buttons ?? [];
  const byIndex = new Map<number, Fields>();
  for (const component of sent) {
    const index = Number(component['index'] ?? Number.NaN);
    if (!Number.isInteger(index)) return missing('button.index');
    if (byIndex.has(index)) return invalid(`buttons: Button at index ${index} is given twice`);
    byIndex.set(index, component);
  }
  const stray = [...byIndex.keys()].find((index) => buttons[index] === undefined || needOf(buttons[index]) === null);
  if (stray !== undefined) return metaError(132000, `buttons: Button at index ${stray} does not take parameters`);
  return firstOf(buttons.map((button, index) => () => checkButton(button, index, byIndex.get(index))));
}

const orderAction = object({ order_details: orderDetails });

function checkButton(button: MetaButton, index: number, sent: Fields | undefined): MetaError | undefined {
  const need = needOf(button);
  if (need === null) return undefined;
  const kind = `buttons: Button at index ${index} of type ${button.type}`;
  if (sent === undefined) return need.required ? metaError(131008, `${kind} requires a parameter`) : undefined;
  const subType = String(sent['sub_type']).toLowerCase();
  if (!need.subTypes.includes(subType)) return metaError(132012, `${kind} is sent as sub_type "${subType}"`);
  const params = paramsOf(sent);
  if (params.length !== 1) return countMismatch('buttons', params.length, 1);
  const [param] = params;
  if (fieldOf(param, 'type') !== need.param)
    return metaError(132012, `${kind} takes a parameter of type ${need.param}`);
  const value = fieldOf(param, need.param);
  if (button.type === 'ORDER_DETAILS') return orderAction(value, `buttons[${index}].action`);
  if (need.param === 'action') return isFields(value) ? undefined : missing(`${kind}.action`);
  return text(need.max)(value, `buttons[${index}].${need.param}`);
}

/** An authentication template: a short code without links, and the same one in the button. */
function checkCode(
  template: MetaTemplate,
  body: Fields | undefined,
  buttons: readonly Fields[],
): MetaError | undefined {
  if (template.category !== 'AUTHENTICATION') return undefined;
  const code = valueOf(paramsOf(body)[0]);
  if (lengthOf(code) > LONGEST_CODE)
    return metaError(132012, `body: the code is longer than ${LONGEST_CODE} characters`);
  if (/:\/\/|www\.|\p{Extended_Pictographic}/u.test(code))
    return metaError(132012, 'body: the code has a link or an emoji');
  const copied = buttons.map((button) => valueOf(paramsOf(button)[0]));
  return copied.some((value) => value !== code)
    ? metaError(132012, 'buttons: the code of the button is not the code of the body')
    : undefined;
}

function countMismatch(place: string, given: number, expected: number): MetaError {
  const words = `number of localizable_params (${given}) does not match the expected number of params (${expected})`;
  return metaError(132000, `${place}: ${words}`);
}

const typeOf = (component: Fields): string => String(component['type']).toLowerCase();

function paramsOf(component: Fields | undefined): readonly unknown[] {
  const given = component?.['parameters'];
  return Array.isArray(given) ? (given as unknown[]) : [];
}

/** What the person reads of a parameter; a file's address or id stands for it. */
function valueOf(param: unknown): string {
  const type = fieldOf(param, 'type');
  const value = typeof type === 'string' ? fieldOf(param, type) : undefined;
  if (typeof value === 'string') return value;
  const named = ['fallback_value', 'link', 'id']
    .map((name) => fieldOf(value, name))
    .find((one) => typeof one === 'string');
  return typeof named === 'string' ? named : JSON.stringify(value ?? '');
}
