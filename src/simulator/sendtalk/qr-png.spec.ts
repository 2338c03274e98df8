import { inflateSync } from 'node:zlib';
import jsQR from 'jsqr';
import { expect, it } from 'vitest';
import { qrPng } from './qr-png.js';

/** The pixels of a PNG of one bit a pixel, without filters, as a scanner takes them. */
function scanned(png: Buffer): { readonly pixels: Uint8ClampedArray; readonly width: number } {
  const width = png.readUInt32BE(16);
  const at = png.indexOf('IDAT');
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
  const stride = 1 + Math.ceil(width / 8);
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  for (let y = 0; y < width; y++)
    for (let x = 0; x < width; x++) {
      const isWhite = (rows[y * stride + 1 + (x >> 3)]! & (0x80 >> (x & 7))) !== 0;
      if (!isWhite) pixels.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  return { pixels, width };
}

it('a link is read back from its picture by a scanner', () => {
  const link = `https://wa.me/6281110008888?text=${'Kode+Verifikasi%3A+TTJZek5X'.repeat(20)}`;
  const { pixels, width } = scanned(qrPng(link));
  expect(jsQR.default(pixels, width, width)?.data).toBe(link);
});
