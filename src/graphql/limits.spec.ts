import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { limits, MAX_ALIASES, MAX_DEPTH } from './limits.js';

const schema = buildSchema('type Query { next: Query leaf: Int }');
const errors = (query: string, rules = [...specifiedRules, limits]): string[] =>
  validate(schema, parse(query), rules).map(({ message }) => message);

/** `{ next { next { … leaf } } }`, so many fields deep. */
const chain = (depth: number, end = 'leaf'): string =>
  depth === 1 ? `{ ${end} }` : `{ next ${chain(depth - 1, end)} }`;

describe('depth', () => {
  it('is counted in fields, to 12', () => {
    expect(errors(chain(MAX_DEPTH))).toEqual([]);
    expect(errors(chain(MAX_DEPTH + 1))).toEqual([expect.stringContaining('13 fields deep')]);
  });

  it('is what comes out with fragments spread, wherever they stand', () => {
    const fragment = `fragment F on Query ${chain(6)}`;
    expect(errors(`${chain(7, '...F')} ${fragment}`)).toEqual([]);
    expect(errors(`${chain(8, '...F')} ${fragment}`)).toEqual([expect.stringContaining('13 fields deep')]);
    expect(errors(`{ leaf ...F ${chain(8, '... on Query { ...F }').slice(1)} ${fragment}`)).toHaveLength(1);
  });

  it('does not count what asks for the schema', () => {
    const ofType = (depth: number): string => (depth === 0 ? '{ name }' : `{ ofType ${ofType(depth - 1)} }`);
    expect(errors(`{ __type(name: "Query") ${ofType(20)} __schema { types ${ofType(20)} } }`)).toEqual([]);
  });
});

describe('aliases', () => {
  it('are counted to 30, each time that their fragment is spread', () => {
    const aliases = (count: number): string => Array.from({ length: count }, (_, n) => `a${n}: leaf`).join(' ');
    expect(errors(`{ ${aliases(MAX_ALIASES)} }`)).toEqual([]);
    expect(errors(`{ ${aliases(MAX_ALIASES + 1)} }`)).toEqual([expect.stringContaining('31 aliases')]);
    expect(errors(`{ ...F next { ...F } } fragment F on Query { ${aliases(16)} }`)).toEqual([
      expect.stringContaining('32 aliases'),
    ]);
  });
});

it('fragments that double each other are measured in no time', () => {
  const fragments = Array.from(
    { length: 60 },
    (_, n) => `fragment F${n} on Query { a: next { ...F${n + 1} } b: next { ...F${n + 1} } }`,
  );
  const query = `{ ...F0 } ${fragments.join(' ')} fragment F60 on Query { leaf }`;
  const started = performance.now();
  expect(errors(query, [limits])).toHaveLength(2);
  expect(performance.now() - started).toBeLessThan(200);
});

it('fragments that spread themselves come to an end', () => {
  expect(errors('{ ...F } fragment F on Query { next { ...F } }')).toEqual([expect.stringContaining('itself')]);
});
