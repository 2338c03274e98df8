/** What a person wrote, in WhatsApp's own form (Cloud API, "Messages webhook reference"), which others pass on. Pure. */
import { nameOf, objectOf, textOf, wordsOf, type JsonObject } from './untrusted-json.js';

type FileType = 'IMAGE' | 'VIDEO' | 'AUDIO' | 'DOCUMENT';

export type WhatsAppInbound =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'media';
      readonly type: FileType;
      readonly reference: string;
      readonly mimeType: string | null;
      readonly filename: string | null;
      readonly caption: string | null;
    }
  /** A button or a row of a list that was chosen: its title and its id. */
  | { readonly kind: 'interactive'; readonly text: string; readonly replyId: string | null };

/** A sticker is a small picture. */
const FILES: ReadonlyMap<string, FileType> = new Map([
  ['image', 'IMAGE'],
  ['sticker', 'IMAGE'],
  ['video', 'VIDEO'],
  ['audio', 'AUDIO'],
  ['document', 'DOCUMENT'],
]);

/**
 * The content that stands under the name of its type; null where it is of another type, or lacks what it needs.
 * `referenceOf` reads by what a file is fetched.
 */
export function whatsAppInbound(
  message: JsonObject,
  referenceOf: (file: JsonObject) => string | null,
): WhatsAppInbound | null {
  const type = textOf(message['type']) ?? '';
  const part = objectOf(message[type]);
  if (part === null) return null;
  switch (type) {
    case 'text': {
      const text = wordsOf(part['body']);
      return text === null ? null : { kind: 'text', text };
    }
    case 'button':
      return chosen(part['text'], part['payload']);
    case 'interactive': {
      const reply = objectOf(part['button_reply']) ?? objectOf(part['list_reply']);
      return chosen(reply?.['title'], reply?.['id']);
    }
    default: {
      const file = FILES.get(type);
      const reference = file ? referenceOf(part) : null;
      return file && reference !== null ? { kind: 'media', type: file, reference, ...describedBy(part) } : null;
    }
  }
}

function chosen(title: unknown, id: unknown): WhatsAppInbound | null {
  const text = wordsOf(title);
  return text === null ? null : { kind: 'interactive', text, replyId: wordsOf(id) };
}

function describedBy(file: JsonObject): { mimeType: string | null; filename: string | null; caption: string | null } {
  return {
    mimeType: nameOf(file['mime_type']),
    filename: nameOf(file['filename']),
    caption: wordsOf(file['caption']),
  };
}
