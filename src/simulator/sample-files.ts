import { type InboundMedia } from './callback-manner.js';

interface SampleFile {
  readonly mimeType: string;
  readonly filename: string;
  readonly bytes: Buffer;
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF =
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n';

/** The least that is a file of its type by its first bytes: what a person sends where the input has no file. */
export const SAMPLE_FILES: Readonly<Record<InboundMedia['type'], SampleFile>> = {
  image: { mimeType: 'image/png', filename: 'image.png', bytes: Buffer.from(PNG, 'base64') },
  video: {
    mimeType: 'video/mp4',
    filename: 'video.mp4',
    bytes: Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'),
  },
  audio: { mimeType: 'audio/ogg', filename: 'audio.ogg', bytes: Buffer.from(`OggS\0\x02${'\0'.repeat(21)}`, 'latin1') },
  document: { mimeType: 'application/pdf', filename: 'document.pdf', bytes: Buffer.from(PDF, 'latin1') },
  sticker: {
    mimeType: 'image/webp',
    filename: 'sticker.webp',
    bytes: Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64'),
  },
};
