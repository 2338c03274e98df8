import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { MediaService } from '../media/media.service.js';
import { MerchantLinks } from '../media/merchant-links.js';
import {
  type Messaging,
  type Outbound,
  type OutboundContent,
  type OutboundFile,
  type OutboundTemplate,
} from '../providers/ports/messaging.js';
import { type Answer, type Outcome } from '../providers/ports/outcome.js';
import { type FilePart, type TemplateMessage } from './message-content.js';
import { type Message } from './message-row.js';
import { type Since, stoppedSince } from './still-sendable.js';

/** A message in hand, with what its account calls its template and the message that it answers. */
export type Claimed = Message &
  Since & {
    readonly attemptId: string;
    readonly externalId: string | null;
    readonly paramNames: readonly string[] | null;
    readonly headerName: string | null;
    readonly smsExternalId: string | null;
    readonly quotes: string | null;
  };

/** Puts messages into the terms of their provider, and sends them. */
@Injectable()
export class OutboundMessages {
  constructor(
    private readonly media: MediaService,
    private readonly links: MerchantLinks,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One outcome for each message, in order. What cannot be put into the provider's terms is refused here. */
  async send(
    messaging: Messaging | undefined,
    batch: readonly Claimed[],
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    if (!messaging) return batch.map(() => NOT_ABLE);
    const contents = await Promise.all(batch.map((message) => this.checked(messaging, this.contentOf(message))));
    const leaving = batch.flatMap((message, index) => {
      const content = contents[index];
      return content && !('outcome' in content) ? [outbound(message, content)] : [];
    });
    const outcomes = leaving.length > 0 ? [...(await messaging.send(leaving, signal))] : [];
    return contents.map((content) => (content && 'outcome' in content ? content : (outcomes.shift() ?? NOT_ABLE)));
  }

  /** Where the provider would be the first to see what is behind a merchant's link, it is looked at before. */
  private async checked(
    { fetchesLinks, media }: Messaging,
    content: OutboundContent | Outcome,
  ): Promise<OutboundContent | Outcome> {
    const file = 'kind' in content ? fileOf(content) : null;
    const rule = file && media?.[file.type];
    if (!fetchesLinks || !file || !rule || file.key !== null) return content;
    const failure = await this.links.refusal(file.link, file.type, rule);
    return failure ? { outcome: 'refused', failure } : content;
  }

  private contentOf(message: Claimed): OutboundContent | Outcome {
    const { content } = message;
    const stopped = stoppedSince(message, this.clock.now());
    if (stopped) return stopped;
    switch (content.kind) {
      case 'template':
        return this.templateOf(message, content);
      case 'text':
        return content;
      case 'media':
        return { kind: 'media', file: this.file(message.projectId, content), caption: content.caption };
      case 'interactive':
        return { kind: 'interactive', text: content.text, buttons: content.buttons, list: content.list };
      case 'order': {
        const { kind, text, footer, headerImage, details } = content;
        return { kind, text, footer, headerImage: headerImage && this.file(message.projectId, headerImage), details };
      }
      case 'orderStatus':
        return { kind: 'orderStatus', text: content.text, details: content.details };
      case 'unknown':
        return NOT_ABLE;
    }
  }

  private templateOf(message: Claimed, content: TemplateMessage): OutboundContent | Outcome {
    const { externalId, category, paramNames, smsExternalId } = message;
    if (externalId === null || (content.sms && smsExternalId === null)) return NOT_REGISTERED;
    return {
      kind: 'template',
      externalId,
      language: content.language,
      category: category ?? 'UTILITY',
      params: content.params,
      paramNames: paramNames ?? [],
      header: this.headerOf(message, content),
      buttons: content.buttons ?? [],
      sms: content.sms && smsExternalId !== null ? { externalId: smsExternalId, params: content.sms.params } : null,
      ...(content.order && { order: content.order }),
    };
  }

  private headerOf({ projectId, headerName }: Claimed, { header }: TemplateMessage): OutboundTemplate['header'] {
    if (!header) return null;
    if ('file' in header) return { file: this.file(projectId, header.file) };
    return headerName === null ? header : { ...header, name: headerName };
  }

  private file(projectId: string, { type, url, mediaId, filename }: FilePart): OutboundFile {
    return {
      type,
      key: mediaId,
      link: url ?? (mediaId === null ? '' : this.media.linkTo(projectId, mediaId)),
      filename,
      bytes: (signal) => (url === null ? this.ours(projectId, mediaId) : this.links.fetch(url, type, signal)),
    };
  }

  private async ours(
    projectId: string,
    mediaId: string | null,
  ): Promise<Answer<{ readonly bytes: Buffer; readonly mimeType: string }>> {
    const file = mediaId === null ? undefined : (await this.media.find(projectId, [mediaId])).get(mediaId);
    const bytes = file && (await this.media.bytes(projectId, file.id));
    if (file?.mimeType && bytes) return { outcome: 'answered', bytes, mimeType: file.mimeType };
    const message = 'The upload is not there any more: upload it again, and send a new message.';
    return {
      outcome: 'failed',
      retryable: false,
      failure: { code: 'MEDIA_REJECTED', message, providerCode: null, providerMessage: null },
    };
  }
}

/** HIGH, the first of the priorities. */
const URGENT = 0;

const outbound = (message: Claimed, content: OutboundContent): Outbound => ({
  attemptId: message.attemptId,
  requestKey: message.requestKey,
  to: message.person,
  urgent: message.priority === URGENT,
  quotes: message.quotes,
  content,
});

function fileOf(content: OutboundContent): OutboundFile | null {
  if (content.kind === 'media') return content.file;
  if (content.kind === 'order') return content.headerImage;
  return content.kind === 'template' && content.header && 'file' in content.header ? content.header.file : null;
}

const refusedHere = (code: 'UNSUPPORTED_BY_PROVIDER' | 'TEMPLATE_NOT_FOUND', message: string): Outcome => ({
  outcome: 'refused',
  failure: { code, message, providerCode: null, providerMessage: null },
});
const NOT_ABLE = refusedHere('UNSUPPORTED_BY_PROVIDER', 'The account cannot send this message.');
const NOT_REGISTERED = refusedHere(
  'TEMPLATE_NOT_FOUND',
  'The template is not registered at the account any more: say with registerTemplate what it calls it.',
);
