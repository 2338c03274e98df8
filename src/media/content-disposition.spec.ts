import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contentDisposition } from './content-disposition.js';

it('names a download in ASCII and in UTF-8', () => {
  expect(contentDisposition(null)).toBe('attachment');
  expect(contentDisposition('invoice 7.pdf')).toBe(
    `attachment; filename="invoice 7.pdf"; filename*=UTF-8''invoice%207.pdf`,
  );
  expect(contentDisposition('a"b\\c%é\'(1)*.pdf')).toBe(
    `attachment; filename="a_b_c__'(1)*.pdf"; filename*=UTF-8''a%22b%5Cc%25%C3%A9%27%281%29%2A.pdf`,
  );
});

it('never ends the quotes or the line, and says the whole name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const parts = /^attachment; filename="([ !#$&-.0-[\]-~]*)"; filename\*=UTF-8''([!#$&+.^_`|~\w%-]*)$/.exec(
        contentDisposition(name),
      );
      expect(decodeURIComponent(parts?.[2] ?? 'none')).toBe(name);
    }),
  );
});
