import { type CallbackPost } from '../callback-manner.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { type SimulatedMetaAccount } from './meta-account.js';
import { type MetaTemplate, type MetaTemplateStatus } from './meta-template.js';
import { type MetaWebhooks } from './meta-webhooks.js';

const REVIEW_MS = 200;

/** Meta's review: everything is approved after a moment, but a name can ask for something else. */
export class MetaReview {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly webhooks: MetaWebhooks,
  ) {}

  /** A template was created or edited, and is PENDING. */
  begin(owner: string, template: MetaTemplate): void {
    this.later(owner, () => this.decide(owner, template));
  }

  /** Sets a status and tells whoever listens. */
  change(owner: string, template: MetaTemplate, status: MetaTemplateStatus, reason = 'NONE'): void {
    template.status = status;
    template.rejectedReason = status === 'REJECTED' ? reason : 'NONE';
    this.tell(owner, template.name, status, (account) =>
      this.webhooks.templateStatus(account, template, this.world.now(), this.styleOf(account)),
    );
  }

  private decide(owner: string, template: MetaTemplate): void {
    if (template.status !== 'PENDING' || template.name.includes('unreviewed')) return;
    if (template.name.includes('recategorized') && template.category !== 'MARKETING') {
      const previous = template.category;
      template.category = 'MARKETING';
      this.tell(owner, template.name, 'MARKETING', (account) =>
        this.webhooks.templateCategory(account, template, previous, this.world.now(), this.styleOf(account)),
      );
    }
    if (template.name.includes('rejected')) return this.change(owner, template, 'REJECTED', 'INVALID_FORMAT');
    this.change(owner, template, 'APPROVED');
    const next = template.name.includes('paused') ? 'PAUSED' : template.name.includes('disabled') ? 'DISABLED' : null;
    if (next === null) return;
    this.later(owner, () => {
      if (template.status === 'APPROVED') this.change(owner, template, next);
    });
  }

  private later(owner: string, run: () => void): void {
    this.world.timers.after(this.accountsOf(owner)[0]?.reviewMs ?? REVIEW_MS, run);
  }

  /** Once for each callback address of the business account's numbers. */
  private tell(
    owner: string,
    name: string,
    status: string,
    write: (account: SimulatedMetaAccount) => CallbackPost,
  ): void {
    const told = new Set<string>();
    for (const account of this.accountsOf(owner)) {
      const url = this.world.callbacks.target('META', account.phoneNumberId)?.url;
      if (!url || told.has(url)) continue;
      told.add(url);
      const subject = { account: account.phoneNumberId, messageId: name, status, recipient: '-' };
      void this.world.callbacks.post(this.webhooks, subject, write(account), { once: false });
    }
  }

  private styleOf(account: SimulatedMetaAccount): ReturnType<SimulatedWorld['callbacks']['styleOf']> {
    return this.world.callbacks.styleOf('META', account.phoneNumberId);
  }

  private accountsOf(owner: string): SimulatedMetaAccount[] {
    return this.world.accounts.all('META').filter(({ businessAccountId }) => businessAccountId === owner);
  }
}
