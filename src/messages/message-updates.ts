import { Injectable } from '@nestjs/common';
import { EventFollower } from '../events/event-follower.js';
import { type Where } from '../projects/project-rows.js';
import { type MessageEntity } from './message.entity.js';
import { type MessageModel, toMessageModel } from './message.model.js';
import { type Message } from './message-row.js';
import { MessagesReader } from './messages.reader.js';

/** Messages as they change: follows the log and reads the rows, so that what is told is what the caller may see now. */
@Injectable()
export class MessageUpdates {
  constructor(
    private readonly follower: EventFollower,
    private readonly reader: MessagesReader,
  ) {}

  /**
   * One message, first as it is (nothing ever for an id that does not exist), or all that `where` lets through. The
   * log is taken hold of before the first reading, so that no change falls between.
   */
  follow(
    projectId: string,
    one: { readonly uuid: string | null } | null,
    where: Where<MessageEntity> | null,
    signal: AbortSignal,
  ): AsyncGenerator<MessageModel> {
    const pages = this.follower.follow(
      { projectId, types: null, subjectId: one ? (one.uuid ?? '') : null },
      null,
      signal,
    );
    return this.read(projectId, one, where, pages);
  }

  /** What persons wrote, one by one in the order of the log; from just after `after`, else from now on. */
  received(
    projectId: string,
    accountId: string | null,
    after: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<MessageModel> {
    const types = ['MESSAGE_RECEIVED'] as const;
    const pages = this.follower.follow({ projectId, types, subjectId: null }, after, signal);
    return this.readReceived(projectId, accountId, pages);
  }

  private async *readReceived(
    projectId: string,
    accountId: string | null,
    pages: ReturnType<EventFollower['follow']>,
  ): AsyncGenerator<MessageModel> {
    for await (const page of pages) {
      const ids = page.map(({ subjectId }) => subjectId);
      const found = await this.reader.findMany(projectId, ids);
      for (const id of ids) {
        const row = found.get(id);
        if (row && (accountId === null || row.accountId === accountId)) yield toMessageModel(row);
      }
    }
  }

  private async *read(
    projectId: string,
    one: { readonly uuid: string | null } | null,
    where: Where<MessageEntity> | null,
    pages: ReturnType<EventFollower['follow']>,
  ): AsyncGenerator<MessageModel> {
    const all = where ?? (() => undefined);
    // What a page tells of one message may have been in its row when that was read before.
    let told = 0;
    const isNew = ({ sequence }: Message): boolean => one === null || sequence !== told;
    if (one?.uuid)
      for (const row of await this.reader.findFitting(projectId, [one.uuid], all)) {
        told = row.sequence;
        yield toMessageModel(row);
      }
    for await (const page of pages) {
      const changed = new Set(
        page.filter(({ subjectKind }) => subjectKind === 'message').map(({ subjectId }) => subjectId),
      );
      if (changed.size === 0) continue;
      for (const row of (await this.reader.findFitting(projectId, [...changed], all)).filter(isNew)) {
        told = row.sequence;
        yield toMessageModel(row);
      }
    }
  }
}
