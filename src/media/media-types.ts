/** What a file is, by its bytes: never by its name alone, and never by what its sender says. */
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { type Detector, fileTypeFromBuffer, fileTypeFromFile } from 'file-type';
import { WHATSAPP_MEDIA } from '../common/whatsapp-media.js';
import { type MediaType } from '../providers/ports/messaging.js';

export interface MediaKind {
  readonly type: MediaType;
  readonly mimeType: string;
}

export const LARGEST_FILE = WHATSAPP_MEDIA.DOCUMENT.maxBytes;

/** What WhatsApp carries, by its MIME type. */
const SENT: ReadonlyMap<string, MediaType> = new Map(
  Object.entries(WHATSAPP_MEDIA).flatMap(([type, { mimeTypes }]) => mimeTypes.map((each) => [each, type as MediaType])),
);

/** Names of file-type's for formats that WhatsApp calls otherwise. */
const ALSO: Readonly<Record<string, string>> = {
  'audio/x-m4a': 'audio/mp4',
  'audio/ogg; codecs=opus': 'audio/ogg',
  'application/ogg': 'audio/ogg',
};

/** Word, Excel and PowerPoint of before 2007 are one container, whose bytes do not say which of them it is. */
const OLD_OFFICE: Readonly<Record<string, string>> = {
  '.doc': 'application/msword',
  '.xls': 'application/vnd.ms-excel',
  '.ppt': 'application/vnd.ms-powerpoint',
};

/** A text has no signature, so its name must claim nothing that has one: a readable photo.jpg is no photo and no text. */
const TEXT_NAMES: ReadonlySet<string> = new Set(['', '.txt', '.text', '.csv', '.tsv', '.log', '.md', '.json']);

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** file-type reads on behind the signature and knows no PNG that is cut short: whether it can be shown is not ours to say. */
const png: Detector = {
  id: 'png',
  detect: async (tokenizer) => {
    const head = Buffer.alloc(PNG_SIGNATURE.length);
    await tokenizer.peekBuffer(head, { mayBeLess: true });
    return head.equals(PNG_SIGNATURE) ? { ext: 'png', mime: 'image/png' } : undefined;
  },
};

/**
 * What a file (its bytes, or where it is) is; null where WhatsApp does not carry the like. The name decides only between
 * formats whose bytes look alike.
 */
export async function sniff(file: Buffer | string, filename: string | null): Promise<MediaKind | null> {
  const mimeType = await mimeTypeOf(file, filename);
  const type = mimeType === null ? undefined : SENT.get(mimeType);
  return type ? { type, mimeType: mimeType as string } : null;
}

/** Why a file is not taken. */
export type Rejection = 'too large' | 'wrong type';

export const REJECTIONS: Readonly<Record<Rejection, string>> = {
  'too large': 'The file is too large: an image has at most 5 MB, audio and video 16 MB, a document 100 MB.',
  'wrong type':
    'The file is of no type that WhatsApp carries, whatever its name says: send JPEG, PNG, MP4, 3GPP, AAC, AMR, MP3, M4A, ' +
    'OGG, PDF, Word, Excel, PowerPoint or plain text.',
};

/** What a file of `size` bytes is, or why it is not taken. */
export async function judge(
  file: Buffer | string,
  size: number,
  filename: string | null,
): Promise<MediaKind | Rejection> {
  if (size > LARGEST_FILE) return 'too large';
  const kind = await sniff(file, filename);
  if (!kind) return 'wrong type';
  return size > WHATSAPP_MEDIA[kind.type].maxBytes ? 'too large' : kind;
}

/** What the bytes of a type of file may look like, as far as the first of them tell. */
const LOOKS_LIKE: Readonly<Partial<Record<MediaType, readonly string[]>>> = {
  // Office files are containers, whose bytes may not say so at once; two letters make a bitmap.
  DOCUMENT: ['application/zip', 'application/x-cfb', 'image/bmp'],
  // Where there are no pictures in it, it only sounds.
  AUDIO: ['video/mp4', 'video/3gpp'],
};

/**
 * Whether a file of this MIME type, read off its first bytes, surely is none of those that are taken as `type`. Of texts
 * nobody can say: they are told by having no signature.
 */
export function isSurelyOther(mimeType: string, type: MediaType, taken: readonly string[]): boolean {
  if (mimeType.startsWith('text/') || mimeType === 'application/xml') return false;
  return !taken.includes(mimeType) && !LOOKS_LIKE[type]?.includes(mimeType);
}

/** The MIME type of any file, also of one that WhatsApp would not carry; null where nobody can tell. */
export async function mimeTypeOf(file: Buffer | string, filename: string | null): Promise<string | null> {
  const extension = extname(filename ?? '').toLowerCase();
  const found = await signatureOf(file);
  if (found === 'application/x-cfb') return OLD_OFFICE[extension] ?? found;
  // Its maker writes no brand into an MP4 that only sounds, as many programs do: the name says so.
  if (found === 'video/mp4' && extension === '.m4a') return 'audio/mp4';
  // Two letters, BM, make a bitmap for file-type: a list of "BMI, weight" begins with them too.
  if (found !== undefined && found !== 'image/bmp') return ALSO[found] ?? found;
  return TEXT_NAMES.has(extension) && (await isText(file)) ? 'text/plain' : (found ?? null);
}

async function signatureOf(file: Buffer | string): Promise<string | undefined> {
  const options = { customDetectors: [png] };
  const found = typeof file === 'string' ? fileTypeFromFile(file, options) : fileTypeFromBuffer(file, options);
  // A parser that trips over a file says as much as one that does not know it.
  return found.then(
    (type) => type?.mime,
    () => undefined,
  );
}

/** UTF-8 without NUL, and not empty. */
async function isText(file: Buffer | string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let empty = true;
  try {
    for await (const chunk of typeof file === 'string' ? createReadStream(file) : [file]) {
      if ((chunk as Buffer).includes(0)) return false;
      decoder.decode(chunk as Buffer, { stream: true });
      empty &&= (chunk as Buffer).length === 0;
    }
    decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
  return !empty;
}
