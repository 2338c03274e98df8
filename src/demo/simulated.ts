/** The providers that the demo talks to. */
export const KINDS = ['DOKU', 'WAPPIN', 'SENDTALK', 'EXOTEL', 'META'] as const;
export type Kind = (typeof KINDS)[number];

/** What a person writes; exactly one of the fields below `name`. */
export interface Writing {
  readonly from: string;
  /** The name that the person shows. */
  readonly name?: string;
  readonly text?: string;
  readonly button?: { readonly id: string; readonly title: string };
  readonly media?: { readonly type: 'image'; readonly caption?: string };
  /** The provider's id of the message that it answers. */
  readonly replyTo?: string;
}

interface Counts {
  readonly accepted: number;
  /** Verifications, or payment pages, that were made. */
  readonly created: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** The world outside: the providers' own consoles, and the people who write to them (docs/simulator.md). */
export class Simulated {
  constructor(readonly url: string) {}

  /** Enters in the provider's console where its callbacks go. */
  async direct(target: {
    readonly kind: Kind;
    readonly account: string;
    readonly url?: string;
    readonly token?: string;
    readonly plan?: object;
  }): Promise<void> {
    await this.control('callbacks', target);
  }

  /** As in Meta's app dashboard: it keeps the address only when that answers its challenge. */
  async subscribe(account: string, url: string, verifyToken: string): Promise<void> {
    const { verified, httpStatus } = await this.control<{ verified: boolean; httpStatus: number | null }>(
      'meta/subscribe',
      { account, url, verifyToken },
    );
    if (!verified) throw new Error(`Meta’s challenge was not answered as it should be: HTTP ${httpStatus}.`);
  }

  /** A template that the provider's own console has approved. `params`: how many values it takes. */
  async addTemplate(template: { readonly kind: Kind; readonly name: string; readonly params: number }): Promise<void> {
    await this.control('templates', template);
  }

  /** Lets a person write; answers the provider's id of the message, once the callback has been taken. */
  async receive(kind: Kind, account: string, { from, ...writing }: Writing): Promise<string> {
    const { posted } = await this.control<{
      posted: { messageId: string; httpStatus: number | null; taken: boolean }[];
    }>('inbound', { kind, account, from, ...writing });
    const [first] = posted;
    if (!first?.taken) throw new Error(`What a person wrote through ${kind} was answered HTTP ${first?.httpStatus}.`);
    return first.messageId;
  }

  /** Lets a person send a text to SendTalk, which checks it and calls us where it is right. */
  async sendToSendTalk(from: string, text: string): Promise<void> {
    const { outcome } = await this.control<{ outcome: string }>('sendtalk/verifications/send', { from, text });
    if (outcome !== 'verified') throw new Error(`What a person sent to SendTalk was ${outcome}.`);
  }

  /** Lets a person pay an order in the chat. */
  async payOrder(kind: Kind, reference: string): Promise<void> {
    await this.control('orders/pay', { kind, reference });
  }

  /** Enters addresses in DOKU's back office, by channel; answers the key that its requests for a token are signed by. */
  async enterDokuUrls(account: string, notificationUrls: Readonly<Record<string, string>>): Promise<string> {
    const { publicKey } = await this.control<{ publicKey: string }>('doku/account', { account, notificationUrls });
    return publicKey;
  }

  /** Lets a person pay on DOKU's page; the page itself is a browser's. */
  async payByPage(invoice: string, channel: string): Promise<void> {
    await this.control('doku/pay', { invoice, channel });
  }

  /** What a provider says that it was sent, which is not what we say that we sent. */
  async counts(kind: Kind): Promise<Counts> {
    const answer = await fetch(`${this.url}/_simulator/ledger?kind=${kind}&limit=0`);
    return ((await answer.json()) as { counts: Counts }).counts;
  }

  private async control<Said>(endpoint: string, body: object): Promise<Said> {
    const answer = await fetch(`${this.url}/_simulator/${endpoint}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The simulator refused /_simulator/${endpoint}: ${await answer.text()}`);
    return (await answer.json()) as Said;
  }
}
