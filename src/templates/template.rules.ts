import { SegmentedMessage } from 'sms-segments-calculator';
import { type Problem, problem } from '../common/problem.js';

export type Channel = 'WHATSAPP' | 'SMS';
/** The longest value of a placeholder (interface.md, Limits). */
export const LONGEST_PARAM = 1024;
const PLACEHOLDER = /\{\{\s*(\d+)\s*\}\}/g;
const ANY_BRACES = /\{\{([^{}]*)\}\}/g;

/** How many values the text takes: its placeholders are {{1}} to {{n}}, each at least once. */
export function countPlaceholders(text: string): number {
  return Math.max(0, ...[...text.matchAll(PLACEHOLDER)].map((match) => Number(match[1])));
}

/** Says what is wrong with the placeholders of a text: they are numbered from 1 without a gap. */
export function placeholderProblem(text: string, field: string): Problem | null {
  const odd = [...text.matchAll(ANY_BRACES)].find((match) => !/^\s*[1-9]\d*\s*$/.test(match[1] ?? ''));
  if (odd || /\{\{(?![^{}]*\}\})|(?<!\{\{[^{}]*)\}\}/.test(text)) {
    return problem('INVALID_INPUT', 'A placeholder is a number in double braces: {{1}}, {{2}} and so on.', field);
  }
  const numbers = new Set([...text.matchAll(PLACEHOLDER)].map((match) => Number(match[1])));
  for (let expected = 1; expected <= numbers.size; expected++) {
    if (!numbers.has(expected)) {
      return problem(
        'INVALID_INPUT',
        `Placeholders are numbered from 1 without a gap: {{${expected}}} is missing.`,
        field,
      );
    }
  }
  return null;
}

/** The text with its values in place. */
export function render(text: string, params: readonly string[]): string {
  return text.replace(PLACEHOLDER, (_whole, number: string) => params[Number(number) - 1] ?? '');
}

/** Checks the values given for a text: their number, that none is empty, their length. */
export function paramsProblem(text: string, params: readonly string[], field: string): Problem | null {
  const wanted = countPlaceholders(text);
  if (params.length !== wanted) {
    return problem(
      'TEMPLATE_PARAMS_MISMATCH',
      `The template takes ${wanted} values, ${params.length} were given: give one for each placeholder.`,
      field,
    );
  }
  const long = params.findIndex((value) => value.length > LONGEST_PARAM);
  if (long >= 0)
    return problem('INVALID_INPUT', `A value has at most ${LONGEST_PARAM} characters.`, `${field}.${long}`);
  const empty = params.findIndex((value) => value.trim() === '');
  return empty >= 0
    ? problem('INVALID_INPUT', 'A value must not be empty: WhatsApp refuses it.', `${field}.${empty}`)
    : null;
}

/** SMS parts that a text takes: GSM-7 160, or 153 each; UCS-2 70, or 67 each. */
export const smsSegments = (text: string): number => new SegmentedMessage(text).segmentsCount;
