import { createHmac } from 'node:crypto';
import { type CallbackPost, type PostingManner } from '../callback-manner.js';
import { type PostedCallback } from '../callbacks.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';

/** A webhook as it is to go out. */
export interface Webhook {
  /** The verification, for whoever looks at what was posted. */
  readonly about: { readonly id: string; readonly userPhone: string };
  readonly body: string;
  readonly times: number;
  readonly forged: boolean;
  /** Without a secret at all. */
  readonly unsigned?: boolean;
  /** In place of the account's own address. */
  readonly url?: string;
}

/** Posts what SendTalk posts. Nothing is documented of a second try, so there is none. */
export class SendTalkWebhooks implements PostingManner {
  readonly kind = 'SENDTALK';
  readonly retryAfterMs = [];

  constructor(private readonly world: SimulatedWorld) {}

  isTaken(httpStatus: number): boolean {
    return httpStatus >= 200 && httpStatus < 300;
  }

  /** All copies at once; answers how each was taken, none where there is no address. */
  async post(account: SimulatedSendTalkAccount, webhook: Webhook): Promise<PostedCallback[]> {
    const { about, body, times, url } = webhook;
    const post: CallbackPost = { headers: headersOf(account, webhook), body };
    const subject = { account: account.apiKey, messageId: about.id, status: 'verified', recipient: about.userPhone };
    const copies = Array.from({ length: times }, () =>
      this.world.callbacks.post(this, subject, post, { url, once: true }),
    );
    return (await Promise.all(copies)).filter((one) => one !== undefined);
  }
}

/** The documents say that there is a secret key, and not how it is told. */
function headersOf(
  { webhookSecret, webhookSecretHeader = 'Secret-Key', webhookSecretMode = 'plain' }: SimulatedSendTalkAccount,
  { body, forged, unsigned = false }: Webhook,
): Record<string, string> {
  const type = { 'content-type': 'application/json' };
  if (webhookSecret === undefined || unsigned) return type;
  const secret = forged ? 'not-the-secret' : webhookSecret;
  const told = webhookSecretMode === 'plain' ? secret : createHmac('sha256', secret).update(body).digest('hex');
  return { ...type, [webhookSecretHeader]: told };
}
