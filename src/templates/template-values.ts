import { type MediaType, type TemplatePart } from '../providers/ports/messaging.js';
import { type TemplateButtonType } from '../providers/ports/templates.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { buttonTakesParam, type TemplateText } from './template-input.js';
import { countPlaceholders, LONGEST_PARAM, paramsProblem } from './template.rules.js';

/** What a send gives for a template, as a caller writes it. */
export interface GivenValues {
  readonly params: readonly string[];
  readonly headerParams: readonly string[];
  readonly headerMedia: { readonly type: MediaType } | null;
  readonly buttonParams: readonly { readonly index: number; readonly value: string }[];
}

/** What a send fills a template with: complete, and nothing too much. */
export interface TemplateValues {
  /** Of the body, in order. */
  readonly params: readonly string[];
  /** Null where the header takes nothing. */
  readonly header: { readonly text: string } | 'media' | null;
  /** Of the buttons that take a value, in their order. */
  readonly buttons: readonly { readonly index: number; readonly type: TemplateButtonType; readonly value: string }[];
}

type Fillable = Pick<TemplateText, 'category' | 'body' | 'header' | 'buttons'>;

/** Of a code in an AUTHENTICATION template (Meta, "Authentication templates"): no address and no picture either. */
const LONGEST_CODE = 15;
const ADDRESS = /:\/\/|\bwww\.|\.[a-z]{2}/i;

const mismatch = (message: string, field: string): Problem => problem('TEMPLATE_PARAMS_MISMATCH', message, field);

/** What of a template a send of it needs beside the body's values. */
export function templatePartsOf({ header, buttons }: Fillable): ReadonlySet<Exclude<TemplatePart, 'sms'>> {
  const parts = new Set<Exclude<TemplatePart, 'sms'>>();
  if (header && (header.format !== 'TEXT' || countPlaceholders(header.text ?? '') > 0)) parts.add('header');
  if (buttons.some(buttonTakesParam)) parts.add('buttons');
  return parts;
}

/**
 * The place from 0 of the button that opens an order's details: OTHER among ours, and the first one is taken. `at` is the path of
 * what is given.
 */
export function orderButtonOf({ buttons }: Pick<Fillable, 'buttons'>, at: string): number | Problem {
  const index = buttons.findIndex(({ type }) => type === 'OTHER');
  if (index >= 0) return index;
  const none = 'The template has no button that opens an order’s details (of type OTHER here): name one that has it.';
  return mismatch(none, `${at}.name`);
}

/** Puts together what a send fills a template with, or says what is missing or too much. `at` is the path of what is given. */
export function readValues(template: Fillable, given: GivenValues, at: string): TemplateValues | Problem {
  const body = paramsProblem(template.body, given.params, `${at}.params`);
  if (body) return body;
  const header = readHeader(template, given, at);
  if (isProblem(header)) return header;
  const code = codeOf(template, given.params, `${at}.params.0`);
  if (isProblem(code)) return code;
  const buttons = readButtons(template, given.buttonParams, code, `${at}.buttonParams`);
  return isProblem(buttons) ? buttons : { params: given.params, header, buttons };
}

function readHeader(
  { header }: Fillable,
  { headerParams, headerMedia }: GivenValues,
  at: string,
): TemplateValues['header'] | Problem {
  const format = header?.format ?? 'TEXT';
  if (format === 'LOCATION')
    return problem('UNSUPPORTED_BY_PROVIDER', 'A template whose header is a place cannot be sent.', `${at}.name`);
  const text = format === 'TEXT' ? (header?.text ?? '') : '';
  const wrong = paramsProblem(text, headerParams, `${at}.headerParams`);
  if (wrong) return wrong;
  if (format === 'TEXT') {
    if (headerMedia) return mismatch('The header of the template takes no file; leave it out.', `${at}.headerMedia`);
    const [value] = headerParams;
    return value === undefined ? null : { text: value };
  }
  return headerMedia?.type === format
    ? 'media'
    : mismatch(`The header of the template is of the format ${format}: give such a file.`, `${at}.headerMedia`);
}

/** The code of an AUTHENTICATION template: its buttons carry it as well. Null where there is none to carry. */
function codeOf({ category, buttons }: Fillable, params: readonly string[], at: string): string | null | Problem {
  const [code] = params;
  if (category !== 'AUTHENTICATION' || code === undefined || !buttons.some(buttonTakesParam)) return null;
  return code.length > LONGEST_CODE || ADDRESS.test(code) || /\p{Extended_Pictographic}/u.test(code)
    ? problem('INVALID_INPUT', `A code has at most ${LONGEST_CODE} characters and no address or emoji.`, at)
    : code;
}

function readButtons(
  { buttons }: Fillable,
  given: GivenValues['buttonParams'],
  code: string | null,
  at: string,
): TemplateValues['buttons'] | Problem {
  const values = new Map<number, string>();
  for (const [place, { index, value }] of given.entries()) {
    const button = buttons[index];
    if (!button) return mismatch('The template has no button there; they are counted from 0.', `${at}.${place}.index`);
    if (!buttonTakesParam(button)) return mismatch('That button takes no value; leave it out.', `${at}.${place}.index`);
    if (values.has(index)) return mismatch('The button is given twice; give one value.', `${at}.${place}.index`);
    if (!value.trim() || value.length > LONGEST_PARAM)
      return problem('INVALID_INPUT', `A value has 1 to ${LONGEST_PARAM} characters.`, `${at}.${place}.value`);
    if (code !== null && value !== code)
      return mismatch('It differs from the code in the body; leave it out, it is filled in.', `${at}.${place}.value`);
    values.set(index, value);
  }
  const filled: { index: number; type: TemplateButtonType; value: string }[] = [];
  for (const [index, button] of buttons.entries()) {
    if (!buttonTakesParam(button)) continue;
    const value = values.get(index) ?? code;
    if (value === null) return mismatch(`The template’s button ${index} takes a value: give one.`, at);
    filled.push({ index, type: button.type, value });
  }
  return filled;
}
