import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { type Caller, CurrentCaller, Needs } from '../projects/caller.js';
import { AccountsReader } from './accounts.reader.js';
import { NumberCheckModel, NumberCheckResult } from './number-check.model.js';
import { NumberChecksService } from './number-checks.service.js';

@Resolver(() => NumberCheckModel)
export class NumberChecksResolver {
  constructor(
    private readonly checks: NumberChecksService,
    private readonly accounts: AccountsReader,
  ) {}

  @Needs('SEND')
  @Mutation(() => NumberCheckResult, {
    description: 'Asks whether a number is on WhatsApp, unless a provider said so not long ago. SEND.',
  })
  async checkNumber(
    @CurrentCaller() caller: Caller,
    @Args('phone', { type: () => String, description: 'The number, written as people write it.' }) phone: string,
    @Args('accountId', {
      type: () => ID,
      nullable: true,
      description: 'The account to ask, acc_…; without it the route of NUMBER_CHECK.',
    })
    accountId?: string | null,
  ): Promise<NumberCheckModel | Problem> {
    const check = await this.checks.check(caller, phone, accountId == null ? null : (uuidOf('acc', accountId) ?? ''));
    if (isProblem(check)) return check;
    const account = await this.accounts.find(caller.projectId, check.accountId);
    if (!account) throw new Error('A number check is of an account that is not there.');
    return { phone: check.phone, onWhatsApp: check.onWhatsApp, checkedAt: check.checkedAt, account };
  }
}
