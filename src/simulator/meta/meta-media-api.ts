import { randomBytes, randomInt } from 'node:crypto';
import { type Answer, headerOf, type ProviderCall } from '../behaviour.js';
import { type StoredFile } from '../files.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedMetaAccount } from './meta-account.js';
import { type MetaError, metaError, noSuchObject } from './meta-errors.js';

const MIB = 1024 * 1024;
/** How long an address of a file is good. */
const ADDRESS_LIFE_MS = 5 * 60 * 1000;
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Where a file is downloaded; with its id, its end and a word that nobody guesses in the query. */
export const DOWNLOAD_PATH = '/whatsapp_business/attachments/';

const DOCUMENT_TYPES = [
  'text/plain',
  'application/pdf',
  'application/vnd.ms-powerpoint',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
];
const AUDIO_TYPES = ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'];

/** What each type of message takes, in bytes; after Meta's page on supported media. */
const RULES: Readonly<Record<string, { readonly mimeTypes: readonly string[]; readonly most: number }>> = {
  image: { mimeTypes: ['image/jpeg', 'image/png'], most: 5 * MIB },
  video: { mimeTypes: ['video/mp4', 'video/3gpp'], most: 16 * MIB },
  audio: { mimeTypes: AUDIO_TYPES, most: 16 * MIB },
  document: { mimeTypes: DOCUMENT_TYPES, most: 100 * MIB },
  sticker: { mimeTypes: ['image/webp'], most: 500 * 1024 },
};
const MIME_TYPES = Object.values(RULES).flatMap(({ mimeTypes }) => mimeTypes);

/** Whether a file of this type can be sent as such a message. */
export const fitsMessage = (messageType: string, mimeType: string): boolean =>
  RULES[messageType]?.mimeTypes.includes(mimeType) ?? false;

/** Sixteen digits, as Meta's are. */
export const newMediaId = (): string => `1${randomInt(1e9)}${randomInt(1e9)}`.padEnd(16, '0').slice(0, 16);

const bare = (mimeType: string): string => mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';

interface Address {
  readonly fileId: string;
  readonly endsAt: number;
}

/** Uploads, addresses that live for five minutes, downloads. */
export class MetaMediaApi {
  private readonly addresses = new Map<string, Address>();

  constructor(private readonly world: SimulatedWorld) {}

  /** `POST /{phone-number-id}/media`: the id of what was stored. */
  async upload(account: SimulatedMetaAccount, call: ProviderCall): Promise<{ readonly id: string } | MetaError> {
    const form = await formOf(call);
    if (form === undefined) return metaError(100, 'The body must be multipart/form-data.');
    const type = form.get('type');
    const file = form.get('file');
    if (form.get('messaging_product') !== 'whatsapp')
      return metaError(100, 'The parameter messaging_product is required.');
    if (!(file instanceof File)) return metaError(100, 'The parameter file is required.');
    const mimeType = bare(typeof type === 'string' && type !== '' ? type : file.type);
    const rule = Object.values(RULES).find(({ mimeTypes }) => mimeTypes.includes(mimeType));
    if (rule === undefined || (file.type !== '' && !MIME_TYPES.includes(bare(file.type)))) {
      const given = rule === undefined ? mimeType : file.type;
      return metaError(
        131053,
        `Param file must be a file with one of the following types: ${MIME_TYPES.join(', ')}. Received file of type '${given}'.`,
      );
    }
    if (file.size === 0) return metaError(131053, 'The file is empty.');
    if (file.size > rule.most)
      return metaError(131053, `The file has ${file.size} bytes; ${rule.most} is the most for ${mimeType}.`);
    const bytes = Buffer.from(await file.arrayBuffer());
    const { id } = this.world.files.add({
      id: newMediaId(),
      account: account.phoneNumberId,
      bytes,
      mimeType,
      filename: file.name || null,
      at: this.world.now(),
    });
    return { id };
  }

  /** A file of one of these accounts; undefined when there is none, or none any more. */
  find(accounts: readonly SimulatedMetaAccount[], id: string): StoredFile | undefined {
    const file = this.world.files.get(id);
    if (file === undefined || !accounts.some(({ phoneNumberId }) => phoneNumberId === file.account)) return undefined;
    return this.world.now().getTime() - file.at.getTime() < KEPT_MS ? file : undefined;
  }

  /** `GET /{media-id}`. `origin`: where the caller finds the simulator. */
  describe(file: StoredFile, origin: string): Record<string, unknown> {
    const word = randomBytes(18).toString('base64url');
    const endsAt = this.world.now().getTime() + ADDRESS_LIFE_MS;
    this.forgetEnded();
    this.addresses.set(word, { fileId: file.id, endsAt });
    return {
      messaging_product: 'whatsapp',
      url: `${origin}${DOWNLOAD_PATH}?mid=${file.id}&ext=${Math.floor(endsAt / 1000)}&hash=${word}`,
      mime_type: file.mimeType,
      sha256: file.sha256,
      file_size: file.bytes.length,
      id: file.id,
    };
  }

  /** The bytes, for whoever has the address and the token; `accounts` are those of the token. */
  download(accounts: readonly SimulatedMetaAccount[], call: ProviderCall): Answer {
    const address = this.addresses.get(call.query.get('hash') ?? '');
    const id = call.query.get('mid') ?? '';
    const file = this.find(accounts, id);
    if (accounts.length === 0) return { status: 401, body: '', contentType: 'text/html' };
    if (file === undefined || address?.fileId !== id || address.endsAt <= this.world.now().getTime()) {
      return { status: 404, body: '', contentType: 'text/html' };
    }
    return { status: 200, body: file.bytes, contentType: file.mimeType };
  }

  delete(file: StoredFile): boolean {
    return this.world.files.delete(file.id);
  }

  private forgetEnded(): void {
    const now = this.world.now().getTime();
    for (const [word, { endsAt }] of this.addresses) {
      if (endsAt > now) return;
      this.addresses.delete(word);
    }
  }
}

interface Session {
  readonly owner: string;
  readonly length: number;
  readonly mimeType: string;
}

/** The Resumable Upload API: samples for a template's header. */
export class MetaUploads {
  private readonly sessions = new Map<string, Session>();
  private readonly handles = new Set<string>();

  /** `POST /{app-id}/uploads`. */
  begin(appId: string, fields: URLSearchParams): { readonly id: string } | MetaError {
    const length = Number(fields.get('file_length'));
    const mimeType = fields.get('file_type') ?? '';
    if (!Number.isInteger(length) || length < 1) return metaError(100, '(#100) The parameter file_length is required.');
    if (!['application/pdf', 'image/jpeg', 'image/jpg', 'image/png', 'video/mp4'].includes(mimeType)) {
      return metaError(
        100,
        'Param file_type must be one of {application/pdf, image/jpeg, image/jpg, image/png, video/mp4}.',
      );
    }
    const id = `upload:${randomBytes(24).toString('base64url')}`;
    this.sessions.set(id, { owner: appId, length, mimeType });
    return { id };
  }

  /** `POST /{session}` with the bytes: the handle. */
  store(id: string, call: ProviderCall): { readonly h: string } | MetaError {
    const session = this.sessions.get(id);
    if (session === undefined) return noSuchObject(call.method, id);
    if (headerOf(call, 'file_offset') !== '0') return metaError(100, 'The header file_offset is required.');
    if (call.body.length !== session.length) {
      return metaError(100, `file_length is ${session.length}, and ${call.body.length} bytes came.`);
    }
    const handle = `4::${randomBytes(30).toString('base64')}`;
    this.handles.add(handle);
    return { h: handle };
  }

  knows(handle: string): boolean {
    return this.handles.has(handle);
  }
}

/** The parts of a multipart body; undefined when it is none. */
async function formOf(call: ProviderCall): Promise<FormData | undefined> {
  const contentType = headerOf(call, 'content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  try {
    return await new Response(new Uint8Array(call.body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return undefined;
  }
}
