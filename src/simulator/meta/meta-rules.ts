import { type MetaError, metaError } from './meta-errors.js';

export type Fields = Readonly<Record<string, unknown>>;
/** What is wrong with a value; `path` names it as Meta does. Undefined when nothing is. */
export type Rule = (value: unknown, path: string) => MetaError | undefined;
export type Shape = Readonly<Record<string, Rule>>;

export const missing = (path: string): MetaError => metaError(131008, `Required parameter is missing: ${path}`);
export const invalid = (details: string): MetaError => metaError(131009, details);

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const isError = (value: object): value is MetaError => 'code' in value && 'http' in value;

/** A value's field; undefined where the value is no object. */
export function fieldOf(value: unknown, name: string): unknown {
  return isFields(value) ? value[name] : undefined;
}

/** Counts characters as a person does, so that an emoji outside the basic plane is one. */
export const lengthOf = (text: string): number => [...text].length;

export function text(max: number, min = 1): Rule {
  return (value, path) => {
    if (value === undefined || value === null) return missing(path);
    if (typeof value !== 'string') return invalid(`Parameter ${path} must be a string`);
    const length = lengthOf(value);
    if (length >= min && length <= max) return undefined;
    return invalid(`Parameter ${path}: length ${length} is invalid. Min length: ${min}, Max length: ${max}`);
  };
}

export function optional(rule: Rule): Rule {
  return (value, path) => (value === undefined ? undefined : rule(value, path));
}

export const flag: Rule = (value, path) =>
  typeof value === 'boolean' || value === 'true' || value === 'false'
    ? undefined
    : invalid(`Parameter ${path} must be a boolean`);

export const link: Rule = (value, path) => {
  if (value === undefined) return missing(path);
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) return undefined;
  return invalid(`Parameter ${path} is not a valid URI`);
};

export function coordinate(most: number): Rule {
  return (value, path) => {
    if (value === undefined) return missing(path);
    const degrees = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof degrees === 'number' && Math.abs(degrees) <= most) return undefined;
    return invalid(`Parameter ${path} must be a number from -${most} to ${most}`);
  };
}

export function oneOf(...words: readonly string[]): Rule {
  return (value, path) => {
    if (value === undefined) return missing(path);
    return words.includes(value as string)
      ? undefined
      : invalid(`Parameter ${path} must be one of {${words.join(', ')}}`);
  };
}

export const anything: Rule = (value, path) => (value === undefined ? missing(path) : undefined);

export function list(rule: Rule, min: number, max: number): Rule {
  return (value, path) => {
    if (value === undefined) return missing(path);
    if (!Array.isArray(value)) return invalid(`Parameter ${path} must be an array`);
    if (value.length < min || value.length > max) {
      return invalid(`Parameter ${path}: ${value.length} elements. Min: ${min}, Max: ${max}`);
    }
    return firstOf(value.map((one, index) => () => rule(one, `${path}[${index}]`)));
  };
}

/** An object with these fields and no others: Meta refuses what it does not know. */
export function object(shape: Shape): Rule {
  return (value, path) => {
    if (value === undefined) return missing(path);
    if (!isFields(value)) return invalid(`Parameter ${path} must be an object`);
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(shape, name));
    if (unknown !== undefined) return metaError(100, `Unexpected key "${unknown}" on param "${path}"`);
    return firstOf(
      Object.entries(shape).map(
        ([name, rule]) =>
          () =>
            rule(value[name], `${path}.${name}`),
      ),
    );
  };
}

/** The first complaint. */
export function firstOf(checks: readonly (() => MetaError | undefined)[]): MetaError | undefined {
  for (const check of checks) {
    const error = check();
    if (error !== undefined) return error;
  }
  return undefined;
}

/** All of them, one after the other. */
export function all(...rules: readonly Rule[]): Rule {
  return (value, path) => firstOf(rules.map((rule) => () => rule(value, path)));
}
