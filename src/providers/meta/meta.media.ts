/** Files: how ours are uploaded to Meta, and how a person's are fetched. */
import { multipart } from '../../common/multipart.js';
import { textOf } from '../../common/untrusted-json.js';
import { type OutboundFile } from '../ports/messaging.js';
import { type Answer, type Exchange, type Failure } from '../ports/outcome.js';
import { type Account, type Tools } from '../ports/provider.js';
import { type MediaSource } from '../ports/questions.js';
import { type Graph } from './meta.graph.js';
import { failed, failure, type Trouble } from './meta.outcome.js';
import { paths } from './meta.wire.js';

/** Meta keeps an upload for 30 days. */
const REMEMBERED_MS = 29 * 24 * 60 * 60 * 1000;
const REMEMBERED_AT_MOST = 1_000;

export type Upload =
  { readonly kind: 'ready'; readonly id: string } | { readonly kind: 'none'; readonly trouble: Trouble };

interface Remembered {
  readonly upload: Promise<Upload>;
  readonly until: number;
}

/** Uploads the house's own files, each once: sends of the same file at the same time share the call. */
export class Uploads {
  private readonly remembered = new Map<string, Remembered>();

  constructor(
    private readonly account: Account,
    private readonly graph: Graph,
    private readonly tools: Tools,
  ) {}

  async get(key: string, file: OutboundFile, signal: AbortSignal): Promise<Upload> {
    const now = this.tools.now().getTime();
    const held = this.remembered.get(key);
    if (held && held.until > now) return held.upload;
    const upload = this.upload(file, signal);
    this.remember(key, { upload, until: now + REMEMBERED_MS });
    const done = await upload;
    if (done.kind === 'none') this.forget(key, upload);
    return done;
  }

  /** Drops an id that Meta may no longer take, unless another one is there already. */
  async forgetId(key: string, id: string): Promise<void> {
    const held = this.remembered.get(key);
    const upload = await held?.upload;
    if (held && upload?.kind === 'ready' && upload.id === id) this.forget(key, held.upload);
  }

  private forget(key: string, upload: Promise<Upload>): void {
    if (this.remembered.get(key)?.upload === upload) this.remembered.delete(key);
  }

  private remember(key: string, entry: Remembered): void {
    this.remembered.delete(key);
    const [oldest] = this.remembered.keys();
    if (oldest !== undefined && this.remembered.size >= REMEMBERED_AT_MOST) this.remembered.delete(oldest);
    this.remembered.set(key, entry);
  }

  private async upload(file: OutboundFile, signal: AbortSignal): Promise<Upload> {
    const got = await file.bytes(signal);
    if (got.outcome === 'failed') {
      return none({ outcome: got.retryable ? 'deferred' : 'refused', failure: got.failure });
    }
    const { read, exchange } = await this.graph.call(
      {
        method: 'POST',
        path: paths.media(this.account.credentials['phoneNumberId'] ?? ''),
        raw: {
          ...multipart(
            { messaging_product: 'whatsapp', type: got.mimeType },
            {
              field: 'file',
              filename: file.filename ?? 'file',
              mimeType: got.mimeType,
              bytes: got.bytes,
            },
          ),
          kept: `(${got.mimeType}, ${got.bytes.length} bytes)`,
        },
      },
      signal,
    );
    if (read.outcome !== 'good') return none(unsent(read), exchange);
    const id = textOf(read.said['id']);
    return id === null
      ? none({ outcome: 'deferred', failure: failure('PROVIDER_UNAVAILABLE', NO_ID, null) }, exchange)
      : { kind: 'ready', id };
  }
}

const NO_ID = 'Meta took the file and gave no id for it; it is tried again.';

/** No message has left while a file is on its way: what is uncertain of the upload is sure of the message. */
function unsent(trouble: Trouble): Trouble {
  return trouble.outcome === 'uncertain' ? { outcome: 'deferred', failure: trouble.failure } : trouble;
}

function none(trouble: Trouble, exchange?: Exchange): Upload {
  return { kind: 'none', trouble: { ...trouble, ...(exchange ? { exchange } : {}) } };
}

/** Fetches what a person sent: its id gives an address that lives for about 5 minutes and asks for the token too. */
export function mediaSource(graph: Graph): MediaSource {
  return {
    async fetch(reference, maxBytes, signal) {
      const { read } = await graph.call({ method: 'GET', path: encodeURIComponent(reference) }, signal);
      if (read.outcome !== 'good') return failed(read);
      const url = addressOf(textOf(read.said['url']), graph);
      if (url === null) return given('PROVIDER_REJECTED', 'Meta gave no safe address for the file.', false);
      const size = Number(textOf(read.said['file_size']) ?? 0);
      if (size > maxBytes) return given('MEDIA_REJECTED', `The file is larger than ${maxBytes} bytes.`, false);
      const got = await graph.download(url, maxBytes, true, signal);
      if (got.kind === 'file') {
        return { outcome: 'answered', bytes: got.body, mimeType: textOf(read.said['mime_type']) ?? got.contentType };
      }
      // An address that is over is made anew by the next question.
      if (got.status === 404 || got.status === 410) {
        return given('PROVIDER_UNAVAILABLE', 'The address of the file was no longer good.', true);
      }
      return failed(got.trouble);
    },
  };
}

/** The token goes along: never in the clear, but to the account's own host (a simulator on this machine). */
function addressOf(written: string | null, graph: Graph): string | null {
  if (written === null || !URL.canParse(written)) return null;
  const url = new URL(written);
  return url.protocol === 'https:' || graph.isOwn(url) ? url.href : null;
}

function given(code: Failure['code'], message: string, retryable: boolean): Answer<never> {
  return { outcome: 'failed', failure: failure(code, message, null), retryable };
}
