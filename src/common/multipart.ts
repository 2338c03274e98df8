import { randomUUID } from 'node:crypto';

export interface FormFile {
  /** The name of its field. */
  readonly field: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/** A form of texts and one file (RFC 7578), as the pieces of its body. Fields that are undefined are left out. */
export function multipart(
  fields: Readonly<Record<string, string | undefined>>,
  { field, filename, mimeType, bytes }: FormFile,
): { contentType: string; body: readonly Buffer[] } {
  const boundary = `kurir-${randomUUID()}`;
  const texts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  // RFC 7578, 4.2: a quote or a line break in the name would end the header.
  const safeName = filename.replace(/["\r\n\\]/g, '_');
  const head =
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${safeName}"\r\n` +
    `Content-Type: ${mimeType}\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: [Buffer.from(texts.join('') + head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)],
  };
}
