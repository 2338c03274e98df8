import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'uqr';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Pixels of one square, and light squares around all. */
const SCALE = 4;
const BORDER = 4;

/** A link as a QR code: a PNG of one bit a pixel, in which 1 is white. */
export function qrPng(link: string): Buffer {
  const { data, size } = encode(link, { ecc: 'L', border: BORDER });
  const width = size * SCALE;
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(width, 4);
  const rows = data.flatMap((squares) => Array.from({ length: SCALE }, () => rowOf(squares, width)));
  const pixels = deflateSync(Buffer.concat(rows));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** One row of pixels, behind the byte that says they are as they are. */
function rowOf(squares: readonly boolean[], width: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8));
  for (let x = 0; x < width; x++) {
    if (!squares[Math.floor(x / SCALE)]) row[1 + (x >> 3)]! |= 0x80 >> (x & 7);
  }
  return row;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
