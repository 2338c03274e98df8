import { Injectable } from '@nestjs/common';
import { RoutingService } from '../../providers/routing.service.js';
import { toConsentModel } from '../message.model.js';
import { OptOutsService } from '../opt-outs.service.js';
import { type ContactModel } from './contact.model.js';
import { closesAt, ConversationsService } from './conversations.service.js';

/** What is known of a person: consent, and the windows at each account. */
@Injectable()
export class ContactsService {
  constructor(
    private readonly routing: RoutingService,
    private readonly conversations: ConversationsService,
    private readonly optOuts: OptOutsService,
  ) {}

  /** Null for somebody without a number who never wrote. `accountId` `''` is no account's. */
  async find(projectId: string, asked: string, accountId: string | null): Promise<ContactModel | null> {
    const [routing, conversations] = await Promise.all([
      this.routing.table(projectId),
      this.conversations.of(projectId, [asked]),
    ]);
    // Somebody whose number was kept back at first may have told it since.
    const phone = [asked, ...conversations.map(({ person }) => person)].find((name) => name.startsWith('+')) ?? null;
    const person = phone ?? asked;
    if (phone === null && conversations.length === 0) return null;
    const known = conversations.find((one) => one.recipientId !== null);
    const recipientId = known?.recipientId ?? (phone === null ? asked : null);
    const word = await this.optOuts.of(projectId, person);
    const nothingSaid = { phone, recipientId, optedOut: null, reason: null, changedAt: null };
    const accounts = routing.accounts.filter(
      (account) => routing.can(account, 'INBOUND') && (accountId === null || account.id === accountId),
    );
    return {
      phone,
      recipientId,
      consent: word ? { ...toConsentModel(word), phone, recipientId } : nothingSaid,
      windows: accounts.map(({ id }) => {
        const heard = conversations.filter((one) => one.accountId === id).map((one) => one.heardAt.getTime());
        const heardAt = heard.length > 0 ? new Date(Math.max(...heard)) : null;
        return { accountId: id, lastInboundAt: heardAt, closesAt: heardAt && closesAt(heardAt) };
      }),
    };
  }
}
