import { Injectable } from '@nestjs/common';
import { type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { type NewEvent } from '../events/event-types.js';
import { MediaService } from '../media/media.service.js';
import { InboundMessages } from '../messages/inbound/inbound-messages.js';
import { MessageReports } from '../messages/message-reports.js';
import { type Family } from '../providers/callback-families.js';
import {
  type InboundMessage,
  type Observation,
  type PaymentReport,
  type StatusReport,
  type TemplateReport,
  type VerificationReport,
} from '../providers/ports/callbacks.js';
import { TemplateReports } from '../templates/template-reports.js';
import { PaymentReports } from '../payments/payment-reports.js';
import { InboundProofs } from '../verifications/inbound-proofs.js';
import { VerificationReports } from '../verifications/verification-reports.js';
import { countUnread } from './callback-metrics.js';

export interface Applied {
  /** What named something that we do not know yet. */
  readonly unknown: ReadonlySet<Observation>;
  readonly events: NewEvent[];
  /** To be called after the commit. */
  readonly announce: () => void;
}

/** Hands what providers told us to the rooms that it concerns, inside one transaction. */
@Injectable()
export class Observations {
  constructor(
    private readonly reports: MessageReports,
    private readonly inbound: InboundMessages,
    private readonly templates: TemplateReports,
    private readonly proofs: InboundProofs,
    private readonly verifications: VerificationReports,
    private readonly payments: PaymentReports,
    private readonly media: MediaService,
    private readonly signals: Signals,
  ) {}

  async apply(sql: Sql, family: Family, observations: readonly Observation[]): Promise<Applied> {
    const statuses = observations.filter((one): one is StatusReport => one.kind === 'status');
    const written = observations.filter((one): one is InboundMessage => one.kind === 'inbound');
    const moved = await this.reports.apply(sql, family, statuses);
    const heard = await this.inbound.apply(sql, family, written, (...words) => this.proofs.hear(...words));
    const proofs = observations.filter((one): one is VerificationReport => one.kind === 'verification');
    const proved = await this.verifications.apply(sql, family, proofs);
    const settlements = observations.filter((one): one is PaymentReport => one.kind === 'payment');
    const settled = await this.payments.apply(sql, family, settlements);
    const changed = await this.applyTemplates(sql, family, observations);
    const strange = observations.filter(({ kind }) => kind === 'unread').length;
    return {
      unknown: new Set<Observation>([
        ...moved.unknown.flatMap((place) => statuses[place] ?? []),
        ...heard.unknown.flatMap((place) => written[place] ?? []),
        ...proved.unknown.flatMap((place) => proofs[place] ?? []),
        ...settled.unknown.flatMap((place) => settlements[place] ?? []),
      ]),
      events: [...moved.events, ...heard.events, ...proved.events, ...settled.events, ...changed],
      announce: () => {
        countUnread(family.receiver.kind, strange);
        if (heard.withFiles.length > 0) this.media.announce(heard.withFiles);
        if (heard.withReplies.length > 0) this.signals.tell('messages', heard.withReplies);
        settled.announce();
        if (changed.length > 0)
          this.signals.tell(
            'templates',
            changed.map(({ subjectId }) => subjectId),
          );
      },
    };
  }

  private async applyTemplates(sql: Sql, family: Family, observations: readonly Observation[]): Promise<NewEvent[]> {
    const reports = observations.filter((one): one is TemplateReport => one.kind === 'template');
    const events: NewEvent[] = [];
    for (const [owner, ofOwner] of Map.groupBy(reports, (report) => report.owner)) {
      const accounts = family.withTemplatesOf(owner).map(({ id }) => id);
      if (accounts.length === 0) continue;
      events.push(...(await this.templates.apply(sql, family.receiver.projectId, accounts, ofOwner)));
    }
    return events;
  }
}

/** The provider's id that an observation is about; null where it is about none. */
export const referenceIn = (observation: Observation): string | null =>
  'reference' in observation ? observation.reference : null;
