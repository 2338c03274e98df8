import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { qrCodeOf } from './qr-code.js';

const PIXELS = 4;

/** Draws what the SVG says: a light square of its size, and on it the strokes of the path. */
function paint(url: string): { readonly pixels: Uint8ClampedArray; readonly width: number } {
  const [, base64] = /^data:image\/svg\+xml;base64,([A-Za-z0-9+/]+=*)$/.exec(url)!;
  const svg = Buffer.from(base64!, 'base64').toString();
  const [, wide, high] = /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 (\d+) (\d+)"/.exec(svg)!;
  expect(high).toBe(wide);
  expect(svg).toContain(`<path fill="#fff" d="M0 0h${wide}v${wide}H0z"/>`);
  const width = Number(wide) * PIXELS;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  const [, strokes] = /<path stroke="#000" d="M0 \.5((?:m-?\d+ \d+h\d+)+)"\/><\/svg>$/.exec(svg)!;
  let [x, y] = [0, 0];
  for (const [, across, down, length] of strokes!.matchAll(/m(-?\d+) (\d+)h(\d+)/g)) {
    x += Number(across);
    y += Number(down);
    for (let row = 0; row < PIXELS; row++) {
      const start = ((y * PIXELS + row) * width + x * PIXELS) * 4;
      for (let at = start; at < start + Number(length) * PIXELS * 4; at++) if (at % 4 !== 3) pixels[at] = 0;
    }
    x += Number(length);
  }
  return { pixels, width };
}

const linkOf = (characters: number): string => {
  const start = 'https://wa.me/6281230000000?text=';
  return start + 'Kode%20saya%3A%20aB3'.repeat(200).slice(0, characters - start.length);
};

describe('the QR code of a link', () => {
  it.each([40, 120, 400, 900])('of %i characters is read back by a scanner', (characters) => {
    const link = linkOf(characters);
    const { pixels, width } = paint(qrCodeOf(link)!);
    expect(jsQR.default(pixels, width, width)?.data).toBe(link);
  });

  it('of an ordinary link is small enough to stand in an answer', () => {
    expect(qrCodeOf(linkOf(400))!.length).toBeLessThan(15_000);
  });

  it('is there for the longest that a QR code holds, and for nothing longer', () => {
    expect(qrCodeOf(linkOf(2953))).not.toBeNull();
    expect(qrCodeOf(linkOf(2954))).toBeNull();
    expect(qrCodeOf(`https://wa.me/62?text=${'é'.repeat(1500)}`)).toBeNull();
  });
});
