import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codesIn } from './proof-codes.js';

const CODE = 'AbCdEfGh0123456789IjKlMnOpQrSt';
const codes = (text: string): string[] => codesIn(text).map(({ selector, secret }) => selector + secret);

describe('the codes in a text', () => {
  it.each([
    ['alone', CODE],
    ['after a label', `Kode Verifikasi: ${CODE}\nBerlaku`],
    ['between marks', `*${CODE}*, "_${CODE}_"`],
    ['among letters of another script', `コード${CODE}é`],
  ])('are found %s', (_where, text) => {
    expect(codes(text)).toEqual([CODE]);
  });

  it.each([
    ['short of a letter', CODE.slice(1)],
    ['broken by a blank', `${CODE.slice(0, 15)} ${CODE.slice(15)}`],
    ['nothing', ''],
  ])('are none where there is one %s', (_what, text) => {
    expect(codes(text)).toEqual([]);
  });

  it('are found where they are glued to what stood around', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), fc.string({ maxLength: 100 }), (before, after) => {
        expect(codes(`${before}${CODE}${after}`)).toContain(CODE);
      }),
    );
  });

  it('are looked for a while, and first where they stand by themselves', () => {
    const found = codes(`${'x9'.repeat(200)}Z ${'Ab3'.repeat(2_000)} ${CODE}`);
    expect(found[0]).toBe(CODE);
    expect(found.length).toBeLessThanOrEqual(300);
  });

  it('have the part to find them by, and the part that proves', () => {
    expect(codesIn(CODE)).toEqual([{ selector: 'AbCdEfGh', secret: '0123456789IjKlMnOpQrSt' }]);
  });
});
