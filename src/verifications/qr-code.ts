import { encode } from 'uqr';

/** Light squares around it that scanners ask for (ISO/IEC 18004, quiet zone). */
const BORDER = 4;
/** What a QR code of the lowest correction holds (ISO/IEC 18004, table 7, version 40-L). */
const MOST_BYTES = 2953;

/**
 * A link as a QR code that any img tag shows: a data: URL of an SVG, mostly of 5 to 15 KB. null for a link that is longer
 * than a QR code can be.
 */
export function qrCodeOf(link: string): string | null {
  if (Buffer.byteLength(link) > MOST_BYTES) return null;
  const { data, size } = encode(link, { ecc: 'L', border: BORDER });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path stroke="#000" d="M0 .5${strokesOf(data)}"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/** Each run of dark squares as a stroke along the middle of its row, from where the one before ended. */
function strokesOf(rows: readonly (readonly boolean[])[]): string {
  let strokes = '';
  let [penX, penY] = [0, 0];
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      const start = x;
      while (row[x]) x++;
      if (x === start) continue;
      strokes += `m${start - penX} ${y - penY}h${x - start}`;
      [penX, penY] = [x, y];
    }
  }
  return strokes;
}
