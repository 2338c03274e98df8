/**
 * `Content-Disposition` for a download (RFC 6266): the name in UTF-8, and, for clients that know only that, in ASCII. What
 * could end the quotes or the line is escaped or left out.
 */
export function contentDisposition(filename: string | null): string {
  if (filename === null) return 'attachment';
  const name = filename.toWellFormed();
  const ascii = name.replace(/[^\x20-\x7e]|["\\%/]/g, '_');
  // RFC 8187 allows fewer characters as they are than encodeURIComponent leaves.
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
