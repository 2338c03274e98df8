import { accountIn, type OfAccount } from './account-kind.js';
import { msisdn, type SimulatedKind } from './behaviour.js';
import { type CallbackManner, type InboundMedia, type InboundMessage } from './callback-manner.js';
import { type PostedCallback } from './callbacks.js';
import { FILES_PATH } from './files.js';
import { SAMPLE_FILES } from './sample-files.js';
import { type SimulatedProvider, type SimulatedWorld } from './simulated-provider.js';

/** A person writes to an account. Exactly one of `text`, `media`, `button`, `quickReply`, `list` and `raw` says what. */
export interface InboundInput
  extends OfAccount, Pick<InboundMessage, 'to' | 'name' | 'replyTo' | 'recipientId' | (typeof CONTENTS)[number]> {
  readonly kind: SimulatedKind;
  /** The number, in any form; left out where the provider keeps it back and tells only the `recipientId`. */
  readonly from?: string;
  readonly messageId?: string;
  /** `base64` is the file; a small one of its type where absent. */
  readonly media?: Pick<InboundMedia, 'type' | 'caption' | 'filename'> & {
    readonly mimeType?: string;
    readonly base64?: string;
  };
  /** ISO 8601; now where absent. */
  readonly at?: string;
  /** The same callback so many times. */
  readonly times?: number;
  readonly forged?: boolean;
  /** In place of the account's own address. */
  readonly url?: string;
}

const CONTENTS = ['text', 'button', 'quickReply', 'list', 'raw'] as const;

/** Lets persons write to accounts, and the providers tell of it. */
export class Inbox {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly providers: readonly SimulatedProvider[],
  ) {}

  /** How the callbacks were taken at the first try; a string says what is wrong with the input. */
  async receive(input: InboundInput): Promise<PostedCallback[] | string> {
    const { world } = this;
    const manner = this.providers.find(({ kind }) => kind === input.kind)?.manner;
    if (manner === undefined) return `has the kind ${input.kind}, which tells of no messages`;
    const account = accountIn(input) ?? '';
    if (world.accounts.find(input.kind, account) === undefined) return `needs the account of one of ${input.kind}'s`;
    const { from, recipientId, media } = input;
    if (from === undefined && recipientId === undefined) return 'needs from, or a recipientId';
    if (CONTENTS.filter((name) => input[name] !== undefined).length + (media ? 1 : 0) !== 1)
      return `needs exactly one of media, ${CONTENTS.join(', ')}`;

    const at = input.at === undefined ? world.now() : new Date(input.at);
    const { to, name, replyTo, text, button, quickReply, list, raw } = input;
    const message: InboundMessage = {
      account,
      messageId: input.messageId ?? manner.newMessageId(at),
      ...(from !== undefined && { from: msisdn(from.replace(/[\s().-]/g, '')) }),
      ...{ recipientId, to, name, replyTo, text, button, quickReply, list, raw },
      ...(media && { media: this.held(manner, account, media, at) }),
    };
    const style = world.callbacks.styleOf(input.kind, account, { forged: input.forged });
    const post = manner.inbound(message, at, style);
    if (typeof post === 'string') return post;
    const person = message.from ?? recipientId ?? '';
    if (!input.forged) world.windows.open(input.kind, account, person, at);
    const subject = { account, messageId: message.messageId, status: '-', recipient: person };
    const how = { url: input.url, once: false };
    const posts = Array.from({ length: input.times ?? 1 }, () => world.callbacks.post(manner, subject, post, how));
    const posted = (await Promise.all(posts)).filter((one) => one !== undefined);
    return posted.length === 0 ? 'goes nowhere: the account has no callback URL; give one, or set it' : posted;
  }

  private held(
    manner: CallbackManner,
    account: string,
    media: NonNullable<InboundInput['media']>,
    at: Date,
  ): InboundMedia {
    const sample = SAMPLE_FILES[media.type];
    const file = this.world.files.add({
      ...(manner.newFileId && { id: manner.newFileId() }),
      account,
      at,
      bytes: media.base64 === undefined ? sample.bytes : Buffer.from(media.base64, 'base64'),
      mimeType: media.mimeType ?? sample.mimeType,
      filename: media.filename ?? sample.filename,
    });
    return {
      type: media.type,
      fileId: file.id,
      url: `${this.world.url()}${FILES_PATH}${file.id}`,
      mimeType: file.mimeType,
      sha256: file.sha256,
      filename: media.filename,
      caption: media.caption,
    };
  }
}
