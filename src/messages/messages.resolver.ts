import { type OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { connection, type Connection, COUNTED_TO, PageArgs, readCursor, sizeOfPage } from '../graphql/connection.js';
import { badUserInput } from '../graphql/errors.js';
import { Nodes } from '../graphql/nodes.js';
import { readEventId } from '../events/event-id.js';
import { asItIs, live } from '../graphql/subscription.js';
import { type Caller, CurrentCaller, Needs } from '../projects/caller.js';
import { AcceptMessages } from './accept-messages.js';
import { MessageQuestions } from './message-questions.js';
import { MessageFilter, SendMessageInput } from './message.input.js';
import { MessageConnection, MessageModel, MessageResult, SendMessageResult, toMessageModel } from './message.model.js';
import { type Message } from './message-row.js';
import { MessageUpdates } from './message-updates.js';
import { MessagesReader, whereOf } from './messages.reader.js';
import { MessagesService } from './messages.service.js';

const MOST_INPUTS = 1000;
const messageId = { type: () => ID, description: 'The message’s id, msg_….' } as const;

@Resolver(() => MessageModel)
export class MessagesResolver implements OnModuleInit {
  constructor(
    private readonly accept: AcceptMessages,
    private readonly messages: MessagesService,
    private readonly questions: MessageQuestions,
    private readonly reader: MessagesReader,
    private readonly updates: MessageUpdates,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('msg', (id, { caller }) => this.find(caller, id));
  }

  @Query(() => MessageModel, { nullable: true, description: 'One message. READ.' })
  async message(@CurrentCaller() caller: Caller, @Args('id', messageId) id: string): Promise<MessageModel | null> {
    const uuid = uuidOf('msg', id);
    return uuid ? this.find(caller, uuid) : null;
  }

  @Query(() => MessageConnection, { name: 'messages', description: 'The project’s messages, newest first. READ.' })
  async list(
    @CurrentCaller() caller: Caller,
    @Args() page: PageArgs,
    @Args('filter', { type: () => MessageFilter, nullable: true, description: 'Which ones.' })
    filter?: MessageFilter | null,
  ): Promise<Connection<MessageModel>> {
    const where = whereOf(filter, caller);
    const after = readCursor(page.after, (cursor) => uuidOf('msg', cursor));
    const found = await this.reader.page(caller.projectId, sizeOfPage(page.first), after, where);
    return connection({
      ...found,
      hasPreviousPage: after !== null,
      node: toMessageModel,
      cursor: (row) => toMessageModel(row).id,
      count: () => this.reader.count(caller.projectId, where, COUNTED_TO),
    });
  }

  @Needs('SEND')
  @Mutation(() => SendMessageResult, {
    description: 'Accepts a message, durably: it answers after the commit, and the message leaves by itself. SEND.',
  })
  async sendMessage(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => SendMessageInput, description: 'The message.' }) input: SendMessageInput,
  ): Promise<MessageModel | Problem> {
    return model(await this.accept.send(caller, input));
  }

  @Needs('SEND')
  @Mutation(() => [SendMessageResult], {
    description:
      '1 to 1000 messages; each is accepted or refused on its own, and the answers are in the order of the inputs. SEND.',
  })
  async sendMessages(
    @CurrentCaller() caller: Caller,
    @Args('inputs', { type: () => [SendMessageInput], description: 'The messages, 1 to 1000.' })
    inputs: SendMessageInput[],
  ): Promise<(MessageModel | Problem)[]> {
    if (inputs.length < 1 || inputs.length > MOST_INPUTS) {
      throw badUserInput(`sendMessages takes 1 to ${MOST_INPUTS} inputs, ${inputs.length} were given.`, 'inputs');
    }
    return (await this.accept.sendAll(caller, inputs)).map(model);
  }

  @Needs('SEND')
  @Mutation(() => MessageResult, {
    description: 'Takes back a message that has not left; INVALID_TRANSITION when it is too late. SEND.',
  })
  async cancelMessage(
    @CurrentCaller() caller: Caller,
    @Args('id', messageId) id: string,
  ): Promise<MessageModel | Problem> {
    return model(await this.messages.cancel(caller, uuidOf('msg', id)));
  }

  @Needs('SEND')
  @Mutation(() => MessageResult, {
    description: 'Sends a FAILED or UNCONFIRMED message again. An UNCONFIRMED one may then arrive twice. SEND.',
  })
  async retryMessage(
    @CurrentCaller() caller: Caller,
    @Args('id', messageId) id: string,
  ): Promise<MessageModel | Problem> {
    return model(await this.messages.retry(caller, uuidOf('msg', id)));
  }

  @Needs('SEND')
  @Mutation(() => MessageResult, {
    description: 'A person’s word on an UNCONFIRMED message: it was sent (SUBMITTED) or it was not (FAILED). SEND.',
  })
  async resolveMessage(
    @CurrentCaller() caller: Caller,
    @Args('id', messageId) id: string,
    @Args('sent', { type: () => Boolean, description: 'Whether it was sent.' }) sent: boolean,
  ): Promise<MessageModel | Problem> {
    return model(await this.messages.resolve(caller, uuidOf('msg', id), sent));
  }

  @Needs('SEND')
  @Mutation(() => MessageResult, {
    description: 'Asks the provider where a message stands, and answers the message as it is then. SEND.',
  })
  async refreshMessage(
    @CurrentCaller() caller: Caller,
    @Args('id', messageId) id: string,
  ): Promise<MessageModel | Problem> {
    return model(await this.questions.refresh(caller, uuidOf('msg', id)));
  }

  @Needs('SEND')
  @Mutation(() => MessageResult, {
    description: 'Shows the person that an inbound message was read, where the provider can. SEND.',
  })
  async markRead(@CurrentCaller() caller: Caller, @Args('id', messageId) id: string): Promise<MessageModel | Problem> {
    return model(await this.questions.markRead(caller, uuidOf('msg', id)));
  }

  @Subscription(() => MessageModel, {
    resolve: asItIs,
    description: 'What persons write, as it comes; with `after`, the id of an event, first all that came since. READ.',
  })
  messageReceived(
    @CurrentCaller() caller: Caller,
    @Args('accountId', { type: () => ID, nullable: true, description: 'To this account only.' })
    accountId?: string | null,
    @Args('after', { type: () => ID, nullable: true, description: 'The id of the last event that you have seen.' })
    after?: string | null,
  ): AsyncGenerator<MessageModel> {
    const account = accountId == null ? null : (uuidOf('acc', accountId) ?? '');
    const cursor = readEventId(after);
    return live((signal) => this.updates.received(caller.projectId, account, cursor, signal));
  }

  @Subscription(() => MessageModel, {
    resolve: asItIs,
    description:
      'With an id, first the message as it is; then after each change. States in between may be merged. READ.',
  })
  messageUpdated(
    @CurrentCaller() caller: Caller,
    @Args('id', {
      type: () => ID,
      nullable: true,
      description: 'One message; without it all that the filter lets through.',
    })
    id?: string | null,
    @Args('filter', { type: () => MessageFilter, nullable: true, description: 'Which ones.' })
    filter?: MessageFilter | null,
  ): AsyncGenerator<MessageModel> {
    const where = whereOf(filter, caller);
    const one = id == null ? null : { uuid: uuidOf('msg', id) };
    return live((signal) => this.updates.follow(caller.projectId, one, filter ? where : null, signal));
  }

  private async find(caller: Caller, id: string): Promise<MessageModel | null> {
    const row = await this.reader.find(caller.projectId, id);
    return row && toMessageModel(row);
  }
}

const model = (message: Message | Problem): MessageModel | Problem =>
  isProblem(message) ? message : toMessageModel(message);
