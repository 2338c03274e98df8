import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, DAY } from '../common/clock.js';
import { readPhone } from '../common/phone.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { type Caller } from '../projects/caller.js';
import { type ProviderAccount } from './accounts.service.js';
import { type NumberCheckEntity } from './number-check.entity.js';
import { type Answer } from './ports/outcome.js';
import { ProviderCalls } from './provider-calls.service.js';
import { RoutingService } from './routing.service.js';

export type NumberCheck = NumberCheckEntity;

/** Who has WhatsApp seldom leaves it; who has none may join tomorrow. */
const GOOD_FOR_MS = { yes: 30 * DAY, no: DAY };

const NO_NUMBERS: Answer<{ readonly onWhatsApp: boolean }> = {
  outcome: 'failed',
  failure: {
    code: 'UNSUPPORTED_BY_PROVIDER',
    message: 'The account cannot check numbers.',
    providerCode: null,
    providerMessage: null,
  },
  retryable: false,
};

/** Tells whether a number is on WhatsApp: from what a provider said not long ago, or by asking one. */
@Injectable()
export class NumberChecksService {
  /** Checks under way, by what was asked: whoever asks the same meanwhile gets the same answer. */
  private readonly underWay = new Map<string, Promise<NumberCheck | Problem>>();

  constructor(
    private readonly database: Database,
    private readonly routing: RoutingService,
    private readonly calls: ProviderCalls,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * @param accountId the account to ask, whose own word alone counts then; `''` for an id that cannot be one. Without it
   * the word of any account counts, and the route of NUMBER_CHECK says which are asked.
   */
  async check(caller: Caller, written: string, accountId: string | null): Promise<NumberCheck | Problem> {
    const phone = readPhone(written, caller.country);
    if (phone === null)
      return problem('INVALID_PHONE_NUMBER', 'It is no phone number; write it with its country code.', 'phone');
    const name = `${caller.projectId} ${phone} ${accountId ?? 'any'}`;
    let checking = this.underWay.get(name);
    if (!checking) {
      checking = this.find(caller.projectId, phone, accountId).finally(() => this.underWay.delete(name));
      this.underWay.set(name, checking);
    }
    return checking;
  }

  private async find(projectId: string, phone: string, accountId: string | null): Promise<NumberCheck | Problem> {
    const accounts = await this.accountsFor(projectId, accountId);
    if (isProblem(accounts)) return accounts;
    const known = await this.known(projectId, phone, accountId);
    if (known) return known;
    let refusal: Problem | null = null;
    for (const account of accounts) {
      const checked = await this.ask(account, phone, accountId && 'accountId');
      if (!isProblem(checked)) return checked;
      refusal ??= checked;
    }
    return (
      refusal ??
      problem(
        'NO_ROUTE',
        'No enabled account of this project checks numbers: connect one, enable one, or set the route.',
      )
    );
  }

  /** Whom to ask, first to last. One that is named is asked even while it is held. */
  private async accountsFor(
    projectId: string,
    accountId: string | null,
  ): Promise<readonly ProviderAccount[] | Problem> {
    const table = await this.routing.table(projectId);
    if (accountId === null) return table.tried('NUMBER_CHECK');
    const named = table.account(accountId);
    if (!named) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    if (table.can(named, 'NUMBER_CHECK')) return [named];
    return problem('UNSUPPORTED_BY_PROVIDER', `The account ${named.name} cannot check numbers.`, 'accountId');
  }

  /** The latest word, while it is good. */
  private async known(projectId: string, phone: string, accountId: string | null): Promise<NumberCheck | null> {
    const [latest] = await this.database.rows<NumberCheck>(
      `select project_id as "projectId", phone, account_id as "accountId", on_whatsapp as "onWhatsApp",
              checked_at as "checkedAt" from number_checks
        where project_id = $1 and phone = $2 and ($3::uuid is null or account_id = $3)
        order by checked_at desc limit 1`,
      [projectId, phone, accountId],
    );
    if (!latest) return null;
    const age = this.clock.now().getTime() - latest.checkedAt.getTime();
    return age < (latest.onWhatsApp ? GOOD_FOR_MS.yes : GOOD_FOR_MS.no) ? latest : null;
  }

  private async ask(account: ProviderAccount, phone: string, field: string | null): Promise<NumberCheck | Problem> {
    const answer = await this.calls.ask(
      account,
      async ({ numbers }, signal) => (numbers ? numbers.check(phone, signal) : NO_NUMBERS),
      field,
    );
    if (isProblem(answer)) return answer;
    const { projectId, id: accountId } = account;
    const check = { projectId, phone, accountId, onWhatsApp: answer.onWhatsApp, checkedAt: this.clock.now() };
    await this.database.rows(
      `insert into number_checks (project_id, phone, account_id, on_whatsapp, checked_at) values ($1, $2, $3, $4, $5)
       on conflict (project_id, phone, account_id)
       do update set on_whatsapp = excluded.on_whatsapp, checked_at = excluded.checked_at`,
      [projectId, phone, accountId, check.onWhatsApp, check.checkedAt],
    );
    return check;
  }
}
