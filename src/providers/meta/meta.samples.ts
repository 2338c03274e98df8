/** The sample file of a template's header, through Meta's Resumable Upload API ("Upload a file", Graph API v26.0). */
import { textOf } from '../../common/untrusted-json.js';
import { WHATSAPP_MEDIA } from '../../common/whatsapp-media.js';
import { type Answer } from '../ports/outcome.js';
import { type Account } from '../ports/provider.js';
import { type TemplateHeader, type TemplateHeaderFormat } from '../ports/templates.js';
import { type Graph } from './meta.graph.js';
import { failed, failure } from './meta.outcome.js';
import { paths } from './meta.wire.js';

interface SampleRule {
  readonly types: readonly string[];
  readonly maxBytes: number;
}

/** The types of file that a resumable upload takes, by the header they are for. */
const SAMPLES: Readonly<Partial<Record<TemplateHeaderFormat, SampleRule>>> = {
  IMAGE: { types: ['image/jpeg', 'image/png'], maxBytes: WHATSAPP_MEDIA.IMAGE.maxBytes },
  VIDEO: { types: ['video/mp4'], maxBytes: WHATSAPP_MEDIA.VIDEO.maxBytes },
  DOCUMENT: { types: ['application/pdf'], maxBytes: WHATSAPP_MEDIA.DOCUMENT.maxBytes },
};

type Handle = Answer<{ readonly handle: string | null }>;

/** The handle of a header's sample: uploaded where it is a link, else the sample as it is. */
export async function sampleHandle(
  header: TemplateHeader | null,
  account: Account,
  graph: Graph,
  signal: AbortSignal,
): Promise<Handle> {
  const appId = account.credentials['appId'];
  const rule = header ? SAMPLES[header.format] : undefined;
  const sample = header?.sample ?? null;
  if (!rule || sample === null || !/^https?:\/\//i.test(sample)) return { outcome: 'answered', handle: sample };
  if (!appId) {
    const message =
      "The header's sample is a link, which is uploaded through an app: give the account its appId, or give a handle as the sample.";
    return { outcome: 'failed', failure: failure('INVALID_INPUT', message, null), retryable: false };
  }
  const got = await graph.download(sample, rule.maxBytes, false, signal);
  if (got.kind === 'none') {
    return got.status === null
      ? rejected(`The header's sample could not be fetched. ${got.trouble.failure.message}`, true)
      : rejected(`The link of the header's sample is answered with HTTP ${got.status}.`, false);
  }
  const type = (got.contentType ?? '').split(';')[0]!.trim().toLowerCase();
  if (!rule.types.includes(type)) {
    return rejected(`The header's sample is not of the type ${rule.types.join(' or ')}.`, false);
  }

  const query = new URLSearchParams({ file_name: nameOf(sample), file_length: `${got.body.length}`, file_type: type });
  const call = { method: 'POST', path: `${paths.uploads(appId)}?${query.toString()}` } as const;
  const { read: session } = await graph.call(call, signal);
  if (session.outcome !== 'good') return failed(session);
  const id = textOf(session.said['id']);
  // It has a query of its own, and goes into the address as it came.
  if (id === null || !/^upload:[\w.~:?&=%+-]+$/.test(id)) return rejected('Meta gave no session for the upload.', true);

  const { read: stored } = await graph.call(
    {
      method: 'POST',
      path: id,
      headers: { Authorization: graph.authorization('OAuth'), file_offset: '0' },
      raw: { contentType: type, body: got.body, kept: `(${type}, ${got.body.length} bytes)` },
    },
    signal,
  );
  if (stored.outcome !== 'good') return failed(stored);
  const handle = textOf(stored.said['h']);
  return handle === null ? rejected('Meta gave no handle for the upload.', true) : { outcome: 'answered', handle };
}

function rejected(message: string, retryable: boolean): Handle {
  return { outcome: 'failed', failure: failure('MEDIA_REJECTED', message, null), retryable };
}

function nameOf(link: string): string {
  return (URL.canParse(link) && new URL(link).pathname.split('/').at(-1)) || 'sample';
}
