import { Injectable } from '@nestjs/common';
import { type EventPage, EventFollower } from '../events/event-follower.js';
import { type VerificationModel, toVerificationModel } from './verification.model.js';
import { VerificationsReader } from './verifications.reader.js';

/** A verification as it changes: follows the log and reads the row, so that what is told is how it is now. */
@Injectable()
export class VerificationUpdates {
  constructor(
    private readonly follower: EventFollower,
    private readonly reader: VerificationsReader,
  ) {}

  /**
   * First as it is, then after each change; nothing ever for an id that does not exist (null: that cannot exist). The log is
   * taken hold of before the first reading, so that no change falls between.
   */
  follow(projectId: string, id: string | null, signal: AbortSignal): AsyncGenerator<VerificationModel> {
    const pages = this.follower.follow({ projectId, types: null, subjectId: id ?? '' }, null, signal);
    return this.read(projectId, id, pages);
  }

  private async *read(
    projectId: string,
    id: string | null,
    pages: AsyncGenerator<EventPage>,
  ): AsyncGenerator<VerificationModel> {
    const first = id === null ? null : await this.reader.find(projectId, id);
    if (first) yield toVerificationModel(first);
    let told = first?.sequence ?? 0;
    for await (const page of pages) {
      if (id === null || !page.some(({ subjectKind }) => subjectKind === 'verification')) continue;
      const row = await this.reader.find(projectId, id);
      // What a page tells may have been in the row when it was read before.
      if (!row || row.sequence === told) continue;
      told = row.sequence;
      yield toVerificationModel(row);
    }
  }
}
