/** Files as do-send-media takes them (document 1.7): what each type may be, by its name, its Content-Type and its bytes. */

interface Format {
  readonly mimeTypes: readonly string[];
  /** In hex, from the byte at `from`. */
  readonly begins: readonly string[];
  readonly from?: number;
}

const MIB = 1024 * 1024;
const OFFICE = 'application/vnd.openxmlformats-officedocument.';
const OLE: Pick<Format, 'begins'> = { begins: ['d0cf11e0a1b11ae1'] };
const ZIP: Pick<Format, 'begins'> = { begins: ['504b0304'] };
const JPEG: Format = { mimeTypes: ['image/jpeg', 'image/jpg'], begins: ['ffd8ff'] };
const OGG: Format = { mimeTypes: ['audio/ogg', 'audio/opus', 'application/ogg'], begins: ['4f676753'] };

/** The sizes are Meta's; the document states none. */
const TYPES: Readonly<Record<string, { readonly most: number; readonly formats: Readonly<Record<string, Format>> }>> = {
  image: {
    most: 5 * MIB,
    formats: { jpg: JPEG, jpeg: JPEG, png: { mimeTypes: ['image/png'], begins: ['89504e470d0a1a0a'] } },
  },
  document: {
    most: 100 * MIB,
    formats: {
      pdf: { mimeTypes: ['application/pdf'], begins: ['25504446'] },
      doc: { mimeTypes: ['application/msword'], ...OLE },
      xls: { mimeTypes: ['application/vnd.ms-excel'], ...OLE },
      ppt: { mimeTypes: ['application/vnd.ms-powerpoint'], ...OLE },
      docx: { mimeTypes: [`${OFFICE}wordprocessingml.document`], ...ZIP },
      xlsx: { mimeTypes: [`${OFFICE}spreadsheetml.sheet`], ...ZIP },
      pptx: { mimeTypes: [`${OFFICE}presentationml.presentation`], ...ZIP },
    },
  },
  audio: {
    most: 16 * MIB,
    formats: {
      aac: { mimeTypes: ['audio/aac'], begins: ['fff1', 'fff9', '41444946'] },
      m4a: { mimeTypes: ['audio/mp4', 'audio/m4a', 'audio/x-m4a'], begins: ['66747970'], from: 4 },
      mp3: { mimeTypes: ['audio/mpeg', 'audio/mp3'], begins: ['494433', 'fffb', 'fff3', 'fff2'] },
      ogg: OGG,
      opus: OGG,
    },
  },
};

export interface UploadedFile {
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/** Whether Wappin takes the file as a `media_type`. */
export function takesFile(mediaType: string, { filename, mimeType, bytes }: UploadedFile): boolean {
  const type = Object.hasOwn(TYPES, mediaType) ? TYPES[mediaType] : undefined;
  const format = type?.formats[/\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? ''];
  if (type === undefined || format === undefined || bytes.length > type.most) return false;
  const declared = mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (declared !== 'application/octet-stream' && !format.mimeTypes.includes(declared)) return false;
  const head = bytes.subarray(format.from ?? 0, 16).toString('hex');
  return format.begins.some((begin) => head.startsWith(begin));
}

export interface MediaForm {
  /** Those that are texts. */
  readonly fields: Readonly<Record<string, string>>;
  /** The part `media`, where it is a file. */
  readonly file: UploadedFile | undefined;
}

/** A multipart form; undefined when the body is none. Does not throw. */
export async function readForm(contentType: string, body: Buffer): Promise<MediaForm | undefined> {
  if (!/^multipart\/form-data\s*;/i.test(contentType)) return undefined;
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return undefined;
  }
  const texts = [...form].filter((part): part is [string, string] => typeof part[1] === 'string');
  const media = form.get('media');
  const file =
    media instanceof File && media.name !== ''
      ? { filename: media.name, mimeType: media.type, bytes: Buffer.from(await media.arrayBuffer()) }
      : undefined;
  return { fields: Object.fromEntries(texts), file };
}
