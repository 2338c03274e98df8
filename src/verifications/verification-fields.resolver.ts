import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { type Problem } from '../common/problem.js';
import { EventLog } from '../events/event-log.js';
import { EventModel, toEventModels } from '../events/event.model.js';
import { ProblemModel } from '../graphql/problem.model.js';
import { UrlScalar } from '../graphql/scalars.js';
import { MessageModel, toMessageModel } from '../messages/message.model.js';
import { MessagesReader } from '../messages/messages.reader.js';
import { type Caller, type CallerContext } from '../projects/caller.js';
import { AccountsReader } from '../providers/accounts.reader.js';
import { ProviderAccountModel } from '../providers/provider.model.js';
import { qrCodeOf } from './qr-code.js';
import { toStepModel, VerificationModel, VerificationStepModel } from './verification.model.js';
import { type VerificationStep } from './verification-row.js';
import { VerificationsReader } from './verifications.reader.js';

/**
 * What a verification's type shows of its steps and of other rooms; each field is one query for a whole page. Nothing that
 * leads out of the verification is for a watcher: the code stands in the message, and it is the watcher who is to prove.
 */
@Resolver(() => VerificationModel)
export class VerificationFieldsResolver {
  constructor(
    private readonly reader: VerificationsReader,
    private readonly log: EventLog,
  ) {}

  @ResolveField(() => [VerificationStepModel], { description: 'The ways that were tried, first to last.' })
  async steps(
    @Parent() verification: VerificationModel,
    @Context() context: CallerContext,
  ): Promise<VerificationStepModel[]> {
    return (await this.stepsOf(verification, context)).map(toStepModel);
  }

  @ResolveField(() => UrlScalar, {
    nullable: true,
    description: 'Opens WhatsApp with the message written; null for CODE, and until the provider made it.',
  })
  async waLink(@Parent() verification: VerificationModel, @Context() context: CallerContext): Promise<string | null> {
    return (await this.linked(verification, context))?.waLink ?? null;
  }

  @ResolveField(() => String, {
    nullable: true,
    description: 'The message that the person is to send as it is; null where there is no link.',
  })
  async waMessage(
    @Parent() verification: VerificationModel,
    @Context() context: CallerContext,
  ): Promise<string | null> {
    return (await this.linked(verification, context))?.waMessage ?? null;
  }

  @ResolveField(() => String, {
    nullable: true,
    description:
      'The link as a QR code: a data: URL of a PNG or SVG that any img tag shows. Null where there is no link, or one longer than a QR code can be.',
  })
  async qrCode(@Parent() verification: VerificationModel, @Context() context: CallerContext): Promise<string | null> {
    const step = await this.linked(verification, context);
    return step?.qrCode ?? (step?.waLink ? qrCodeOf(step.waLink) : null);
  }

  @ResolveField(() => ProblemModel, {
    nullable: true,
    description: 'Why it FAILED; to a watchToken only that the code was wrong.',
  })
  problem(@Parent() verification: VerificationModel, @Context() { caller }: CallerContext): Problem | null {
    return shownTo(caller, verification.ownProblem);
  }

  @ResolveField(() => [EventModel], { description: 'All that happened to it, oldest first; none for a watchToken.' })
  async events(@Parent() verification: VerificationModel, @Context() context: CallerContext): Promise<EventModel[]> {
    const { projectId, watches } = context.caller;
    if (watches !== undefined) return [];
    // Made into models as one reading, so that what they show is loaded for all verifications of the page at once.
    const load = async (ids: readonly string[]): Promise<Map<string, EventModel[]>> =>
      Map.groupBy(toEventModels(await this.log.ofSubjects(projectId, ids)), ({ subjectId }) => subjectId);
    return (await context.loader('verificationEvents', load).load(verification.uuid)) ?? [];
  }

  /** The newest step with a link; none while a code is what is waited for. */
  private async linked(verification: VerificationModel, context: CallerContext): Promise<VerificationStep | null> {
    if (verification.method === 'CODE') return null;
    const steps = await this.stepsOf(verification, context);
    return steps.findLast(({ waLink }) => waLink !== null) ?? null;
  }

  private async stepsOf({ uuid }: VerificationModel, context: CallerContext): Promise<VerificationStep[]> {
    const load = (ids: readonly string[]): Promise<Map<string, VerificationStep[]>> =>
      this.reader.stepsOf(context.caller.projectId, ids);
    return (await context.loader('verificationSteps', load).load(uuid)) ?? [];
  }
}

@Resolver(() => VerificationStepModel)
export class VerificationStepFieldsResolver {
  constructor(
    private readonly accounts: AccountsReader,
    private readonly messages: MessagesReader,
  ) {}

  @ResolveField(() => ProviderAccountModel, {
    nullable: true,
    description: 'The account through which it goes; null for a watchToken.',
  })
  async account(
    @Parent() { accountId }: VerificationStepModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    if (accountId === null || context.caller.watches !== undefined) return null;
    return this.accounts.load(context, accountId);
  }

  @ResolveField(() => MessageModel, {
    nullable: true,
    description: 'For CODE: the message that carries the code; null for a watchToken.',
  })
  async message(
    @Parent() step: VerificationStepModel,
    @Context() context: CallerContext,
  ): Promise<MessageModel | null> {
    return context.caller.watches === undefined ? this.messageOf(step, context) : null;
  }

  @ResolveField(() => ProblemModel, {
    nullable: true,
    description: 'Why it cannot prove the number, or why its message failed; null for a watchToken.',
  })
  async problem(@Parent() step: VerificationStepModel, @Context() context: CallerContext): Promise<Problem | null> {
    if (step.ownProblem) return shownTo(context.caller, step.ownProblem);
    const message = await this.messageOf(step, context);
    return message?.status === 'FAILED' ? shownTo(context.caller, message.problem) : null;
  }

  private async messageOf({ messageId }: VerificationStepModel, context: CallerContext): Promise<MessageModel | null> {
    if (messageId === null) return null;
    const load = async (ids: readonly string[]): Promise<Map<string, MessageModel>> => {
      const found = await this.messages.findMany(context.caller.projectId, ids);
      return new Map([...found].map(([id, row]) => [id, toMessageModel(row)]));
    };
    return context.loader('verificationMessages', load).load(messageId);
  }
}

/**
 * A problem as its row holds it. To a watcher, who is a person in a browser, only a wrong code is told: the rest is for whoever
 * runs the account, and what a provider said may quote what it was sent.
 */
function shownTo({ watches }: Caller, problem: Problem | null): Problem | null {
  if (!problem || (watches !== undefined && problem.code !== 'CODE_INCORRECT')) return null;
  // In JSON it is a text.
  return { ...problem, retryAt: problem.retryAt ? new Date(problem.retryAt) : null };
}
