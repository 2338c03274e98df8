/** Sends messages: the file first, where it is ours, then the message that names it. */
import { type ProblemCode } from '../../common/problem.js';
import { WHATSAPP_MEDIA } from '../../common/whatsapp-media.js';
import { type Messaging, type Outbound } from '../ports/messaging.js';
import { type Outcome } from '../ports/outcome.js';
import { type Account, type Tools } from '../ports/provider.js';
import { type Graph } from './meta.graph.js';
import { Uploads } from './meta.media.js';
import { judgeSend } from './meta.outcome.js';
import { fileOf, lint, sendBody } from './meta.request.js';
import { type MetaMediaSource, paths } from './meta.wire.js';

const ABOUT_THE_FILE: ReadonlySet<ProblemCode> = new Set(['MEDIA_REJECTED', 'PROVIDER_REJECTED']);

export function metaMessaging(account: Account, graph: Graph, tools: Tools): Messaging {
  const uploads = new Uploads(account, graph, tools);

  async function post(message: Outbound, source: MetaMediaSource | null, signal: AbortSignal): Promise<Outcome> {
    const { read, exchange } = await graph.call(
      {
        method: 'POST',
        path: paths.messages(account.credentials['phoneNumberId'] ?? ''),
        json: sendBody(message, source),
      },
      signal,
    );
    return { ...judgeSend(read), exchange };
  }

  async function sendOne(message: Outbound, signal: AbortSignal): Promise<Outcome> {
    const file = fileOf(message);
    if (!file || file.key === null) return post(message, null, signal);
    const upload = await uploads.get(file.key, file, signal);
    if (upload.kind === 'none') return upload.trouble;
    const outcome = await post(message, { id: upload.id }, signal);
    // It may be the id that was refused: the next message with this file uploads it anew.
    if (outcome.outcome === 'refused' && ABOUT_THE_FILE.has(outcome.failure.code)) {
      await uploads.forgetId(file.key, upload.id);
    }
    return outcome;
  }

  return {
    carries: new Set(['template', 'text', 'media', 'interactive', 'order', 'orderStatus'] as const),
    // There is no key of a request: a second one is a second message.
    repeatSafe: false,
    templateParts: new Set(['header', 'buttons'] as const),
    media: WHATSAPP_MEDIA,
    fetchesLinks: true,
    lint,
    send: (batch, signal) => Promise.all(batch.map((message) => sendOne(message, signal))),
  };
}
