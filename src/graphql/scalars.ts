import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { isCurrency, MOST_MINOR_UNITS } from '../common/money.js';

/** RFC 3339, 5.6: a date, a time and its zone, all of them. A date alone means another moment in each zone. */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const LONGEST_URL = 2048;

function readDateTime(value: unknown): Date {
  const parts = typeof value === 'string' ? RFC_3339.exec(value) : null;
  if (parts) {
    const [, year, month, day, , second] = parts as unknown as [string, string, string, string, string, string];
    // Date would take the 31st of February for a day in March.
    const exists = Number(day) > 0 && Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
    const time = new Date(second === '60' ? (value as string).replace(/:60/, ':59') : (value as string));
    if (exists && hasFourDigits(time)) return time;
  }
  throw new GraphQLError('A DateTime is written as RFC 3339 has it, with its zone: 2026-03-01T09:30:00Z.');
}

/** In UTC, as it is kept and answered: PostgreSQL knows no year 0, and RFC 3339 no year of five digits. */
function hasFourDigits(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

function readUrl(value: unknown): string {
  if (typeof value === 'string' && value.length <= LONGEST_URL && URL.canParse(value)) return value;
  throw new GraphQLError(
    `A URL is absolute, such as https://shop.example/path, and has at most ${LONGEST_URL} characters.`,
  );
}

/** A JSON number past 2^53 is another one by the time it is read; in digits it is refused as what it is. */
function readMinorUnits(value: unknown): bigint {
  const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
  const units = isWhole || (typeof value === 'string' && /^\d{1,16}$/.test(value)) ? BigInt(value) : -1n;
  if (units >= 0n && units <= MOST_MINOR_UNITS) return units;
  throw new GraphQLError(`MinorUnits are a whole number of them, 0 to ${MOST_MINOR_UNITS}: 1234, or in digits "1234".`);
}

function readCurrency(value: unknown): string {
  if (typeof value === 'string' && isCurrency(value)) return value;
  throw new GraphQLError('A Currency is a code of ISO 4217 in capitals, such as INR or IDR.');
}

function readObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new GraphQLError('A JSONObject is an object: {"name": "value"}.');
}

function objectOf(
  node: ValueNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
): Record<string, unknown> {
  if (node.kind !== Kind.OBJECT)
    throw new GraphQLError('A JSONObject is an object: {name: "value"}.', { nodes: [node] });
  return Object.fromEntries(node.fields.map((field) => [field.name.value, plain(field.value, variables)]));
}

function plain(node: ValueNode, variables: Readonly<Record<string, unknown>> | null | undefined): unknown {
  switch (node.kind) {
    case Kind.OBJECT:
      return objectOf(node, variables);
    case Kind.LIST:
      return node.values.map((value) => plain(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
  }
}

/** Literals of a scalar that is written as a string. */
const ofString =
  <Value>(read: (value: unknown) => Value) =>
  (node: ValueNode): Value =>
    read(node.kind === Kind.STRING ? node.value : null);

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'A moment, as RFC 3339 writes it. Answers are in UTC, with milliseconds: `2026-03-01T09:30:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value as Date).toISOString(),
  parseValue: readDateTime,
  parseLiteral: ofString(readDateTime),
});

/** Kept and answered as it was written: a provider compares such addresses letter by letter. */
export const UrlScalar = new GraphQLScalarType<string, string>({
  name: 'URL',
  description: 'An absolute URL of at most 2048 characters.',
  specifiedByURL: 'https://url.spec.whatwg.org/',
  serialize: (value) => value as string,
  parseValue: readUrl,
  parseLiteral: ofString(readUrl),
});

export const JsonObjectScalar = new GraphQLScalarType<Record<string, unknown>, Record<string, unknown>>({
  name: 'JSONObject',
  description: 'A JSON object of any shape.',
  serialize: (value) => value as Record<string, unknown>,
  parseValue: readObject,
  parseLiteral: objectOf,
});

export const PhoneNumberScalar = new GraphQLScalarType<string, string>({
  name: 'PhoneNumber',
  description: 'A phone number in E.164: `+6287823678023`. Inputs take a String, written as people write it.',
  serialize: (value) => value as string,
});

/** Read into a BigInt. Answered from Digits, or from a BigInt where the schema shows a default. */
export const MinorUnitsScalar = new GraphQLScalarType<bigint, number>({
  name: 'MinorUnits',
  description: 'Whole minor units, 0 to 9007199254740991: a JSON number; in inputs a string of digits too.',
  serialize: Number,
  parseValue: readMinorUnits,
  parseLiteral: (node) => readMinorUnits(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : null),
});

export const CurrencyScalar = new GraphQLScalarType<string, string>({
  name: 'Currency',
  description: 'A currency by its code in ISO 4217: `INR`, `IDR`.',
  specifiedByURL: 'https://www.iso.org/iso-4217-currency-codes.html',
  serialize: (value) => value as string,
  parseValue: readCurrency,
  parseLiteral: ofString(readCurrency),
});
