import { type FileHandle } from 'node:fs/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.js';
import { fileName } from '../common/file-name.js';
import { newId } from '../common/ids.js';
import { Database, type Sql } from '../database/database.js';
import { Signals } from '../database/signals.js';
import { ProjectRows } from '../projects/project-rows.js';
import { type MediaType } from '../providers/ports/messaging.js';
import { MediaEntity } from './media.entity.js';
import { type Draft, MediaFiles } from './media-files.js';
import { type MediaKey, MediaLinks } from './media-links.js';
import { judge, type MediaKind, type Rejection } from './media-types.js';

/** What is known of a file. */
export interface MediaFile {
  readonly id: string;
  readonly type: MediaType;
  /** Of one that is not ready, what the provider said, if anything. */
  readonly mimeType: string | null;
  /** In bytes; null while it is not ready. */
  readonly size: number | null;
  readonly filename: string | null;
  /** Whether its bytes are here. */
  readonly ready: boolean;
}

/** A file that a person sent. */
export interface ExpectedFile {
  readonly projectId: string;
  /** A UUID that the caller made up. */
  readonly id: string;
  readonly accountId: string;
  /** What MediaSource.fetch takes. */
  readonly reference: string;
  readonly type: MediaType;
  readonly mimeType: string | null;
  readonly filename: string | null;
}

export type Upload = { readonly id: string } | { readonly rejected: Rejection };

/** Files: what merchants upload, and what persons send. */
@Injectable()
export class MediaService {
  private readonly logger = new Logger(MediaService.name);
  private readonly rows: ProjectRows<MediaEntity>;

  constructor(
    private readonly database: Database,
    private readonly files: MediaFiles,
    private readonly links: MediaLinks,
    private readonly signals: Signals,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.rows = new ProjectRows(database, MediaEntity);
  }

  /** Those that exist, by id; all ids are UUIDs. `sql` is the caller's transaction, where there is one. */
  async find(projectId: string, ids: readonly string[], sql: Sql = this.database): Promise<Map<string, MediaFile>> {
    const files = await sql.rows<MediaFile>(
      `select id, type, mime_type as "mimeType", size, filename, fetched_at is not null as ready from media
        where (project_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))`,
      [ids.map(() => projectId), ids],
    );
    return new Map(files.map((file) => [file.id, file]));
  }

  /** The whole row, for GET /media. */
  row(projectId: string, id: string): Promise<MediaEntity | null> {
    return this.rows.find(projectId, id);
  }

  /** The file's bytes, to be read and closed; null where they are not on this disc. */
  open({ projectId, id }: MediaKey): Promise<FileHandle | null> {
    return this.ifHere(id, this.files.open(projectId, id));
  }

  /** null where there is no such file or its bytes are not here. */
  async bytes(projectId: string, id: string): Promise<Buffer | null> {
    const row = await this.rows.find(projectId, id);
    if (!row?.fetchedAt) return null;
    return this.ifHere(id, this.files.read(projectId, id));
  }

  /** Where anybody may fetch the file without a key, for 24 h. */
  linkTo(projectId: string, id: string): string {
    return this.links.make({ projectId, id });
  }

  /** Keeps an upload. Answers its id, a UUID, or why it is not taken. Throws what the source throws. */
  async upload(projectId: string, source: AsyncIterable<Buffer>, filename: string | null): Promise<Upload> {
    const draft = await this.files.draft(source);
    try {
      const kind = await judge(draft.path, draft.size, filename);
      return typeof kind === 'string' ? { rejected: kind } : { id: await this.keep(projectId, draft, kind, filename) };
    } finally {
      await this.files.discard(draft);
    }
  }

  /** Notes files that persons sent, in the caller's transaction; `announce` after the commit has them fetched. */
  async expect(sql: Sql, files: readonly ExpectedFile[]): Promise<void> {
    if (files.length === 0) return;
    const now = this.clock.now();
    await sql.rows(
      `insert into media (project_id, id, type, mime_type, filename, account_id, reference, due_at, tries, created_at)
       select project_id, id, type, mime_type, filename, account_id, reference, $2, 0, $2
         from json_to_recordset($1) as n (project_id uuid, id uuid, type text, mime_type text, filename text,
           account_id uuid, reference text)`,
      [
        JSON.stringify(
          files.map(({ projectId, id, type, mimeType, filename, accountId, reference }) => ({
            ...{ project_id: projectId, id, type, mime_type: mimeType, filename: filename && fileName(filename) },
            ...{ account_id: accountId, reference },
          })),
        ),
        now,
      ],
    );
  }

  /** Files of these accounts wait to be fetched. Meta's addresses live for five minutes. */
  announce(accountIds: readonly string[]): void {
    if (accountIds.length > 0) this.signals.tell('media', accountIds);
  }

  private async ifHere<Found>(id: string, found: Promise<Found>): Promise<Found | null> {
    return found.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      this.logger.error({ mediaId: id }, 'The bytes of a file are not in DATA_DIR; all processes must share it.');
      return null;
    });
  }

  private async keep(projectId: string, draft: Draft, kind: MediaKind, filename: string | null): Promise<string> {
    const id = newId();
    const now = this.clock.now();
    // The bytes first: a file that nobody knows of harms nobody, one that is known and not there does.
    await this.files.adopt(draft, projectId, id);
    await this.database.rows(
      `insert into media (project_id, id, type, mime_type, size, sha256, filename, tries, fetched_at, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)`,
      [projectId, id, kind.type, kind.mimeType, draft.size, draft.sha256, filename && fileName(filename), now],
    );
    return id;
  }
}
