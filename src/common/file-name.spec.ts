import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fileName, nameInLink } from './file-name.js';

it.each([
  ['https://shop.example/files/invoice.pdf', 'invoice.pdf'],
  ['https://shop.example/f/Faktur%207%20%C3%A9.pdf?token=a.b#c.d', 'Faktur 7 é.pdf'],
  ['https://shop.example/a%2F..%2Fb.pdf', 'b.pdf'],
  ['https://shop.example/a%00%E2%80%AEb.pdf', 'ab.pdf'],
  ['https://shop.example/100%.pdf', '100%.pdf'],
  [`https://shop.example/${'a'.repeat(300)}.pdf`, `${'a'.repeat(111)}…${'a'.repeat(12)}.pdf`],
])('the link %s names its file', (link, name) => {
  expect(nameInLink(link)).toBe(name);
});

it.each([
  'https://shop.example',
  'https://shop.example/files/',
  'https://shop.example/invoice',
  'https://shop.example/.pdf',
  'https://shop.example/a.%2F',
  'https://shop.example/v1.2 final',
  'nonsense',
])('the link %s names no file', (link) => {
  expect(nameInLink(link)).toBeNull();
});

it('a name is bounded, without folders and without what is not seen, whatever was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (written) => {
      const name = fileName(written);
      if (name === null) return;
      expect(name.length).toBeLessThanOrEqual(128);
      expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}]/u);
      expect(name.isWellFormed()).toBe(true);
    }),
  );
});
