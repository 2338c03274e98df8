/** What is wrong with a value, as the end of a sentence that begins with its name; undefined when nothing is. */
export type Rule = (value: unknown) => string | undefined;
export type Shape = Readonly<Record<string, Rule>>;

const rule =
  (fits: (value: unknown) => boolean, otherwise: string): Rule =>
  (value) =>
    fits(value) ? undefined : otherwise;

export const text = rule((value) => typeof value === 'string' && value !== '', 'must be a string that is not empty');
export const anyText = rule((value) => typeof value === 'string', 'must be a string');
export const flag = rule((value) => typeof value === 'boolean', 'must be true or false');
export const texts = rule(
  (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  'must be an array of strings',
);
export const httpUrl = rule(
  (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value),
  'must be an http or https URL',
);

export const oneOf = (...values: readonly string[]): Rule =>
  rule((value) => values.includes(value as string), `must be one of ${values.join(', ')}`);

export const number = (least: number, most: number): Rule =>
  rule(
    (value) => typeof value === 'number' && value >= least && value <= most,
    `must be a number from ${least} to ${most}`,
  );

/** A string of 1 to `most` characters, an emoji being one. */
export const textUpTo = (most: number): Rule =>
  rule(
    (value) => typeof value === 'string' && value !== '' && [...value].length <= most,
    `must be a string of 1 to ${most} characters`,
  );

export const record = rule(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a JSON object',
);

/** An array; of each element's fault the first is told, with its place. */
export const listOf =
  (inner: Rule, least: number, most: number): Rule =>
  (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most)
      return `must be an array of ${least} to ${most}`;
    for (const [place, one] of value.entries()) {
      const fault = inner(one);
      if (fault !== undefined) return `[${place}] ${fault}`;
    }
    return undefined;
  };

/** The longest that anything can be told to wait: a day. */
export const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/** The field may be left out. */
export const optional =
  (inner: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : inner(value);

/** A point in time; may be left out. */
export const time = optional((value) =>
  typeof value === 'string' && Date.parse(value) ? undefined : 'must be a time in ISO 8601',
);

/** A time that something is to wait; may be left out. */
export const milliseconds = optional(number(0, LONGEST_WAIT_MS));

export const orNull =
  (inner: Rule): Rule =>
  (value) =>
    value === null ? undefined : inner(value);

export const object =
  (shape: Shape): Rule =>
  (value) =>
    faultOf(value, shape);

/** The first thing that is wrong with an object: a field that breaks its rule, or one that nobody knows. */
export function faultOf(value: unknown, shape: Shape): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON object';
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(shape, name)) return `has an unknown field ${name}; there are ${Object.keys(shape).join(', ')}`;
  }
  for (const [name, ofField] of Object.entries(shape)) {
    const fault = ofField(given[name]);
    if (fault !== undefined) return `${name} ${fault}`;
  }
  return undefined;
}
