import { type OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { EventFollower } from '../events/event-follower.js';
import { followOne } from '../events/follow-one.js';
import { connection, type Connection, COUNTED_TO, PageArgs, readCursor, sizeOfPage } from '../graphql/connection.js';
import { Nodes } from '../graphql/nodes.js';
import { asItIs, live } from '../graphql/subscription.js';
import { type Caller, CurrentCaller, Needs, OpenToWatchers } from '../projects/caller.js';
import { StartVerifications } from './start-verifications.js';
import { StartVerificationInput, VerificationFilter } from './verification.input.js';
import {
  toVerificationModel,
  VerificationConnection,
  VerificationModel,
  VerificationResult,
} from './verification.model.js';
import { type Verification } from './verification-row.js';
import { VerificationsReader, whereOf } from './verifications.reader.js';
import { VerificationsService } from './verifications.service.js';
import { WatchTokens } from './watch-tokens.js';

const verificationId = { type: () => ID, description: 'The verification’s id, ver_….' } as const;

@Resolver(() => VerificationModel)
export class VerificationsResolver implements OnModuleInit {
  constructor(
    private readonly starts: StartVerifications,
    private readonly verifications: VerificationsService,
    private readonly reader: VerificationsReader,
    private readonly follower: EventFollower,
    private readonly tokens: WatchTokens,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('ver', (id, { caller }) => this.find(caller, id));
  }

  @OpenToWatchers()
  @Query(() => VerificationModel, { nullable: true, description: 'One verification. READ, or its watchToken.' })
  async verification(
    @CurrentCaller() caller: Caller,
    @Args('id', verificationId) id: string,
  ): Promise<VerificationModel | null> {
    const uuid = visibleTo(caller, id);
    return uuid === null ? null : this.find(caller, uuid);
  }

  @Query(() => VerificationConnection, {
    name: 'verifications',
    description: 'The project’s verifications, newest first. READ.',
  })
  async list(
    @CurrentCaller() caller: Caller,
    @Args() page: PageArgs,
    @Args('filter', { type: () => VerificationFilter, nullable: true, description: 'Which ones.' })
    filter?: VerificationFilter | null,
  ): Promise<Connection<VerificationModel>> {
    const where = whereOf(filter, caller);
    const after = readCursor(page.after, (cursor) => uuidOf('ver', cursor));
    const found = await this.reader.page(caller.projectId, sizeOfPage(page.first), after, where);
    return connection({
      ...found,
      hasPreviousPage: after !== null,
      node: (row) => toVerificationModel(row),
      cursor: (row) => toVerificationModel(row).id,
      count: () => this.reader.count(caller.projectId, where, COUNTED_TO),
    });
  }

  @Needs('SEND')
  @Mutation(() => VerificationResult, {
    description:
      'Starts to prove a phone number. With SENDTALK it answers when SendTalk has, or after 15 s without the link, which then follows. SEND.',
  })
  async startVerification(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => StartVerificationInput, description: 'The number, and how it is to be proved.' })
    input: StartVerificationInput,
  ): Promise<VerificationModel | Problem> {
    const started = await this.starts.start(caller, input);
    return isProblem(started) ? started : toVerificationModel(started, this.tokens.make(started));
  }

  @Needs('SEND')
  @Mutation(() => VerificationResult, {
    description:
      'Checks the code that a person typed; a wrong one is CODE_INCORRECT, and the fifth is the last. The right one again answers the same verification. SEND.',
  })
  async checkVerification(
    @CurrentCaller() caller: Caller,
    @Args('id', verificationId) id: string,
    @Args('code', { type: () => String, description: 'What the person typed.' }) code: string,
  ): Promise<VerificationModel | Problem> {
    return model(await this.verifications.check(caller, uuidOf('ver', id), code));
  }

  @Needs('SEND')
  @Mutation(() => VerificationResult, {
    description:
      'Sends another code, or makes another link: a new step of the same verification. TOO_MANY_REQUESTS within a minute of the one before. SEND.',
  })
  async resendVerification(
    @CurrentCaller() caller: Caller,
    @Args('id', verificationId) id: string,
  ): Promise<VerificationModel | Problem> {
    return model(await this.starts.resend(caller, uuidOf('ver', id)));
  }

  @Needs('SEND')
  @Mutation(() => VerificationResult, {
    description: 'Takes a verification back; INVALID_TRANSITION when it is too late. SEND.',
  })
  async cancelVerification(
    @CurrentCaller() caller: Caller,
    @Args('id', verificationId) id: string,
  ): Promise<VerificationModel | Problem> {
    return model(await this.verifications.cancel(caller, uuidOf('ver', id)));
  }

  @OpenToWatchers()
  @Subscription(() => VerificationModel, {
    resolve: asItIs,
    description:
      'First the verification as it is, then after each change. States in between may be merged. READ, or its watchToken.',
  })
  verificationUpdated(
    @CurrentCaller() caller: Caller,
    @Args('id', verificationId) id: string,
  ): AsyncGenerator<VerificationModel> {
    const uuid = visibleTo(caller, id);
    return live((signal) =>
      followOne(
        this.follower,
        { projectId: caller.projectId, kind: 'verification', id: uuid },
        { find: (one) => this.reader.find(caller.projectId, one), show: (row) => toVerificationModel(row) },
        signal,
      ),
    );
  }

  private async find(caller: Caller, id: string): Promise<VerificationModel | null> {
    const row = await this.reader.find(caller.projectId, id);
    return row && toVerificationModel(row);
  }
}

/** The UUID of what is asked for; null where it cannot exist, and for a watcher where it is not the one watched. */
function visibleTo({ watches }: Caller, id: string): string | null {
  const uuid = uuidOf('ver', id);
  return watches === undefined || watches === uuid ? uuid : null;
}

const model = (verification: Verification | Problem): VerificationModel | Problem =>
  isProblem(verification) ? verification : toVerificationModel(verification);
