/** Files on their way to Wappin: which ones it takes, and the multipart form that carries one. */
import { nameInLink } from '../../common/file-name.js';
import { multipart } from '../../common/multipart.js';
import { WHATSAPP_MEDIA } from '../../common/whatsapp-media.js';
import { type MediaRules, type OutboundMedia } from '../ports/messaging.js';
import { type Outcome } from '../ports/outcome.js';
import { type Content } from './wappin.calls.js';
import { recipientNumber, type WappinIds, type WappinMediaRequest } from './wappin.wire.js';

/** By type what Wappin takes (document 1.7, chapter on do-send-media), each with the ending that it knows it by. No video. */
const IMAGES: Readonly<Record<string, string>> = { 'image/jpeg': 'jpg', 'image/png': 'png' };
const DOCUMENTS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
};
const AUDIO: Readonly<Record<string, string>> = {
  'audio/aac': 'aac',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
};
const ENDINGS: Readonly<Record<string, string>> = { ...IMAGES, ...DOCUMENTS, ...AUDIO };
const OTHER_ENDINGS: Readonly<Record<string, string>> = { 'image/jpeg': 'jpeg', 'audio/ogg': 'opus' };

/** The sizes are WhatsApp's own: Wappin states none. */
export const WAPPIN_MEDIA: MediaRules = {
  IMAGE: { ...WHATSAPP_MEDIA.IMAGE, mimeTypes: Object.keys(IMAGES) },
  DOCUMENT: { ...WHATSAPP_MEDIA.DOCUMENT, mimeTypes: Object.keys(DOCUMENTS) },
  AUDIO: { ...WHATSAPP_MEDIA.AUDIO, mimeTypes: Object.keys(AUDIO) },
};

const NAMES = { IMAGE: 'image', DOCUMENT: 'document', AUDIO: 'audio' } as const;

/** The form of a do-send-media, or why there is none: a file that Wappin does not take is never uploaded. */
export async function mediaForm(
  ids: WappinIds,
  to: string,
  { file, caption }: OutboundMedia,
  signal: AbortSignal,
): Promise<Content | Outcome> {
  const rule = WAPPIN_MEDIA[file.type];
  if (file.type === 'VIDEO' || !rule) {
    return rejected('Wappin carries no video; send an image, a document or audio, or this through another account.');
  }
  const taken = await file.bytes(signal);
  if (taken.outcome === 'failed') {
    return { outcome: taken.retryable ? 'deferred' : 'refused', failure: taken.failure };
  }
  const type = taken.mimeType.split(';', 1)[0]!.trim().toLowerCase();
  if (!rule.mimeTypes.includes(type)) {
    const endings = rule.mimeTypes.map((each) => ENDINGS[each]).join(', ');
    return rejected(`The file is of the type ${type}; Wappin takes as ${file.type} one of ${endings}.`);
  }
  if (taken.bytes.length > rule.maxBytes) {
    return rejected(`The file is larger than ${rule.maxBytes / 2 ** 20} MB, the most for the type ${file.type}.`);
  }
  const fields: WappinMediaRequest = {
    ...ids,
    recipient_number: recipientNumber(to),
    media_type: NAMES[file.type],
    ...(rule.caption && caption !== null && { caption }),
  };
  const filename = withEnding(file.filename ?? nameInLink(file.link) ?? NAMES[file.type], type);
  return {
    // The table of the document says application/json, beside a field of the type File: only a form can carry that.
    ...multipart({ ...fields }, { field: 'media', filename, mimeType: type, bytes: taken.bytes }),
    // The file is described: its bytes are not kept with every attempt.
    kept: JSON.stringify({ ...fields, media: { filename, type, bytes: taken.bytes.length } }),
  };
}

/** The document names types by the endings of files: one that is called otherwise gets its own. */
function withEnding(name: string, type: string): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const fits = ending === ENDINGS[type] || ending === OTHER_ENDINGS[type];
  return fits ? name : `${name}.${ENDINGS[type]}`;
}

function rejected(message: string): Outcome {
  return {
    outcome: 'refused',
    failure: { code: 'MEDIA_REJECTED', message, providerCode: null, providerMessage: null },
  };
}
