import { Injectable } from '@nestjs/common';
import { type EventPage, EventFollower } from '../events/event-follower.js';
import { type PaymentModel, toPaymentModel } from './payment.model.js';
import { PaymentsReader } from './payments.reader.js';

/** A payment as it changes: follows the log and reads the row, so that what is told is how it is now. */
@Injectable()
export class PaymentUpdates {
  constructor(
    private readonly follower: EventFollower,
    private readonly reader: PaymentsReader,
  ) {}

  /**
   * First as it is, then after each change; nothing ever for an id that does not exist (null: that cannot exist). The log is
   * taken hold of before the first reading, so that no change falls between.
   */
  follow(projectId: string, id: string | null, signal: AbortSignal): AsyncGenerator<PaymentModel> {
    const pages = this.follower.follow({ projectId, types: null, subjectId: id ?? '' }, null, signal);
    return this.read(projectId, id, pages);
  }

  private async *read(
    projectId: string,
    id: string | null,
    pages: AsyncGenerator<EventPage>,
  ): AsyncGenerator<PaymentModel> {
    const first = id === null ? null : await this.reader.find(projectId, id);
    if (first) yield toPaymentModel(first);
    let told = first?.sequence ?? 0;
    for await (const page of pages) {
      if (id === null || !page.some(({ subjectKind }) => subjectKind === 'payment')) continue;
      const row = await this.reader.find(projectId, id);
      // What a page tells may have been in the row when it was read before.
      if (!row || row.sequence === told) continue;
      told = row.sequence;
      yield toPaymentModel(row);
    }
  }
}
