import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK, type Clock, DAY, HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { fault } from '../common/fault.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { AccountStore } from '../providers/account-store.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type Answer } from '../providers/ports/outcome.js';
import { type MediaSource } from '../providers/ports/questions.js';
import { ProviderCalls } from '../providers/provider-calls.service.js';
import { type Claim } from '../queue/lanes.js';
import { MediaFiles } from './media-files.js';
import { LARGEST_FILE, mimeTypeOf } from './media-types.js';

/** Longer than a message's call: 100 MiB may be on their way. */
const CALL_MS = 60 * SECOND;
/** The call and a moment to store what came; a process that holds a file for longer than that has died. */
const LEASE_MS = CALL_MS + 30 * SECOND;
/** When a fetch that failed is tried again; the last pause goes on for a day. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR];
const GIVEN_UP_AFTER_MS = DAY;
const UNKNOWN_TYPE = 'application/octet-stream';

interface DueFile {
  readonly projectId: string;
  readonly id: string;
  readonly reference: string;
  readonly mimeType: string | null;
  readonly filename: string | null;
  /** This one included. */
  readonly tries: number;
  readonly createdAt: Date;
}

interface Fetched {
  readonly bytes: Buffer;
  readonly mimeType: string | null;
}

/** Fetches what persons sent from the providers that keep it, each file by one worker at a time. */
@Injectable()
export class FetchMedia {
  private readonly logger = new Logger(FetchMedia.name);

  constructor(
    private readonly database: Database,
    private readonly store: AccountStore,
    private readonly calls: ProviderCalls,
    private readonly files: MediaFiles,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async dueAccounts(): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select a.id from provider_accounts a where exists (
         select 1 from media m where m.account_id = a.id and m.due_at is not null and m.due_at <= $1)`,
      [this.clock.now()],
    );
    return rows.map(({ id }) => id);
  }

  async claim(accountId: string): Promise<Claim> {
    const account = (await this.store.byIds([accountId])).get(accountId);
    if (!account) return { work: null };
    if (account.deletedAt) return this.giveUpAll(account);
    const file = await this.take(accountId);
    return file ? { work: () => this.work(account, file), more: true } : { work: null };
  }

  private async take(accountId: string): Promise<DueFile | undefined> {
    const now = this.clock.now();
    const [file] = await this.database.rows<DueFile>(
      `update media m set due_at = $3, tries = tries + 1
         from (select project_id, id from media where account_id = $1 and due_at is not null and due_at <= $2
                order by due_at, id limit 1 for update skip locked) due
        where m.project_id = due.project_id and m.id = due.id
       returning m.project_id as "projectId", m.id, m.reference, m.mime_type as "mimeType", m.filename, m.tries,
         m.created_at as "createdAt"`,
      [accountId, now, later(now, LEASE_MS)],
    );
    return file;
  }

  private async work(account: ProviderAccount, file: DueFile): Promise<void> {
    try {
      const fetched = await this.calls.ask(
        account,
        (provider, signal) => askFor(file, provider.media, signal),
        null,
        CALL_MS,
      );
      await (isProblem(fetched) ? this.miss(file, fetched) : this.keep(file, fetched));
    } catch (error) {
      this.logger.error(fault(error));
      await this.miss(file, OUR_FAULT);
    }
  }

  /** Whatever it is: a person sent it, and somebody may want to see it. */
  private async keep(file: DueFile, { bytes, mimeType: said }: Fetched): Promise<void> {
    const draft = await this.files.draft([bytes]);
    const mimeType = (await mimeTypeOf(bytes, file.filename)) ?? said ?? file.mimeType ?? UNKNOWN_TYPE;
    await this.files.adopt(draft, file.projectId, file.id);
    await this.database.rows(
      `update media set mime_type = $3, size = $4, sha256 = $5, fetched_at = $6, due_at = null, problem = null
        where project_id = $1 and id = $2`,
      [file.projectId, file.id, mimeType, draft.size, draft.sha256, this.clock.now()],
    );
  }

  /** Another time, unless that is no use or the day is over. */
  private async miss(file: DueFile, why: Problem): Promise<void> {
    const now = this.clock.now();
    const waits = why.code === 'TOO_MANY_REQUESTS';
    // Credentials are mended by a person.
    const passing = waits || why.code === 'PROVIDER_AUTH_FAILED' || why.provider?.retryable || why === OUR_FAULT;
    const over = now.getTime() - file.createdAt.getTime() >= GIVEN_UP_AFTER_MS;
    const pause = PAUSES_MS[Math.min(file.tries, PAUSES_MS.length) - 1] as number;
    const dueAt = passing && !over ? (why.retryAt ?? later(now, pause)) : null;
    // A turn of the budget that never came was no try.
    await this.database.rows(
      'update media set due_at = $3, tries = $4, problem = $5 where project_id = $1 and id = $2 and fetched_at is null',
      [file.projectId, file.id, dueAt, waits ? file.tries - 1 : file.tries, JSON.stringify(why)],
    );
  }

  private async giveUpAll(account: ProviderAccount): Promise<Claim> {
    await this.database.rows(
      'update media set due_at = null, problem = $3 where project_id = $1 and account_id = $2 and due_at is not null',
      [account.projectId, account.id, JSON.stringify(ACCOUNT_GONE)],
    );
    return { work: null };
  }
}

const OUR_FAULT = problem('PROVIDER_UNAVAILABLE', 'It could not be fetched or stored; the log of the worker says why.');
const ACCOUNT_GONE = problem('NO_ROUTE', 'The account that it came through was deleted before it was fetched.');
const NO_MEDIA: Answer<Fetched> = {
  outcome: 'failed',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'The account cannot fetch what persons send.',
    providerCode: null,
    providerMessage: null,
  },
  retryable: false,
};

const askFor = async (file: DueFile, source: MediaSource | undefined, signal: AbortSignal): Promise<Answer<Fetched>> =>
  source ? source.fetch(file.reference, LARGEST_FILE, signal) : NO_MEDIA;
