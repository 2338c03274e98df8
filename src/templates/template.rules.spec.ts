import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPlaceholders, paramsProblem, placeholderProblem, render, smsSegments } from './template.rules.js';

/** A piece of text without braces, and the ways in which people write a placeholder. */
const words = fc.stringMatching(/^[^{}]{0,12}$/);
const written = (number: number): fc.Arbitrary<string> =>
  fc.constantFrom(`{{${number}}}`, `{{ ${number} }}`, `{{${number} }}`, `{{\t${number}}}`);

/** A text and the numbers of its placeholders, in the order in which they stand. */
const textWith = (numbers: fc.Arbitrary<number[]>): fc.Arbitrary<{ text: string; numbers: number[] }> =>
  numbers.chain((list) =>
    fc
      .tuple(words, ...list.map((number) => fc.tuple(written(number), words).map((pair) => pair.join(''))))
      .map((pieces) => ({ text: pieces.join(''), numbers: list })),
  );

/** 1 to n, each at least once, some of them again, in any order. */
const gapless = fc.integer({ min: 0, max: 9 }).chain((most) => {
  const all = Array.from({ length: most }, (_, index) => index + 1);
  const again = most ? fc.array(fc.integer({ min: 1, max: most }), { maxLength: 4 }) : fc.constant([]);
  return again.chain((more) => fc.shuffledSubarray([...all, ...more], { minLength: most + more.length }));
});

describe('placeholders', () => {
  it('from 1 to n without a gap, in any order and repeated, are fine and are counted', () => {
    fc.assert(
      fc.property(textWith(gapless), ({ text, numbers }) => {
        expect(placeholderProblem(text, 'body')).toBeNull();
        expect(countPlaceholders(text)).toBe(Math.max(0, ...numbers));
      }),
    );
  });

  it('with a gap are refused at their field', () => {
    const withGap = gapless
      .filter((numbers) => new Set(numbers).size > 1)
      .chain((numbers) =>
        fc.integer({ min: 1, max: Math.max(...numbers) - 1 }).map((gone) => numbers.filter((one) => one !== gone)),
      );
    fc.assert(
      fc.property(textWith(withGap), ({ text }) => {
        expect(placeholderProblem(text, 'header.text')).toMatchObject({ code: 'INVALID_INPUT', field: 'header.text' });
      }),
    );
  });

  it.each([
    '{{}}',
    '{{ }}',
    '{{0}}',
    '{{01}}',
    '{{name}}',
    '{{1.5}}',
    '{{-1}}',
    '{{1',
    '1}}',
    '{{1}',
    '{{{1}}}',
    '{{1}} {{',
    '}} {{1}}',
    '{{1}} }}',
    '{{{{1}}}}',
    '{{1{2}}}',
    '{{99999999999999999999999}}',
    '{{2}}',
    '{{１}}',
  ])('written as %s are refused', (text) => {
    expect(placeholderProblem(text, 'body')?.code).toBe('INVALID_INPUT');
  });

  it.each(['{1}', '{ {1} }', 'a { b } c', '100 {', '} {', ''])('are not what %j holds', (text) => {
    expect(placeholderProblem(text, 'body')).toBeNull();
    expect(countPlaceholders(text)).toBe(0);
  });

  it('are looked for quickly in a long senseless text', () => {
    for (const piece of ['{', '}', '{{', '}}', '{{1', '{{1}']) {
      expect(placeholderProblem(piece.repeat(4096 / piece.length), 'body')).toBeDefined();
    }
  });
});

describe('the values', () => {
  it('stand in the text where their placeholders stood, as they were given', () => {
    // Values that look like placeholders or like patterns of a replacement are values.
    const value = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('{{1}}', '{{2}}', '$1', '$&', '$$', '\\1'));
    fc.assert(
      fc.property(textWith(gapless), fc.array(value, { minLength: 9, maxLength: 9 }), ({ text, numbers }, values) => {
        const params = values.slice(0, Math.max(0, ...numbers));
        const expected = text
          .split(/\{\{\s*\d+\s*\}\}/)
          .reduce((done, words, index) => done + params[numbers[index - 1]! - 1]! + words);
        expect(render(text, params)).toBe(expected);
      }),
    );
  });

  it('must be as many as the placeholders', () => {
    fc.assert(
      fc.property(textWith(gapless), fc.array(fc.constant('x'), { maxLength: 12 }), ({ text, numbers }, params) => {
        const wanted = Math.max(0, ...numbers);
        const problem = paramsProblem(text, params, 'params');
        if (params.length === wanted) expect(problem).toBeNull();
        else expect(problem).toMatchObject({ code: 'TEMPLATE_PARAMS_MISMATCH', field: 'params' });
      }),
    );
  });

  it.each([
    ['', 1],
    ['   ', 1],
    ['x'.repeat(1025), 1],
  ])('%j is refused at its place', (bad, place) => {
    expect(paramsProblem('{{1}} {{2}}', ['fine', bad], 'params')).toMatchObject({
      code: 'INVALID_INPUT',
      field: `params.${place}`,
    });
  });

  it('are never quoted in a problem', () => {
    const problem = paramsProblem('{{1}}', ['secret', 'secret'], 'params');
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

describe('the parts of an SMS', () => {
  it.each([
    ['x'.repeat(160), 1],
    ['x'.repeat(161), 2],
    ['x'.repeat(306), 2],
    ['x'.repeat(307), 3],
    ['€'.repeat(80), 1],
    ['€'.repeat(81), 2],
    ['ж'.repeat(70), 1],
    ['ж'.repeat(71), 2],
    ['ж'.repeat(135), 3],
  ])('of %j are %j', (text, parts) => {
    expect(smsSegments(text)).toBe(parts);
  });
});
