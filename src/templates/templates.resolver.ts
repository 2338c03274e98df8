import { type TemplateStatus } from '../providers/ports/templates.js';
import { type OnModuleInit } from '@nestjs/common';
import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { uuidOf } from '../common/ids.js';
import { isProblem, type Problem } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { connection, type Connection, COUNTED_TO, PageArgs, readCursor, sizeOfPage } from '../graphql/connection.js';
import { type DeletedModel, DeletedResult } from '../graphql/deleted.model.js';
import { badUserInput } from '../graphql/errors.js';
import { Nodes } from '../graphql/nodes.js';
import { type Caller, type CallerContext, CurrentCaller, Needs } from '../projects/caller.js';
import { type Where } from '../projects/project-rows.js';
import { AccountsReader } from '../providers/accounts.reader.js';
import { ProviderAccountModel } from '../providers/provider.model.js';
import { type TemplateEntity } from './template.entity.js';
import {
  ChannelEnum,
  TemplateConnection,
  TemplateInputModel,
  TemplateModel,
  TemplatePatchModel,
  TemplatePreviewModel,
  TemplatePreviewResult,
  TemplateRegistrationModel,
  TemplateResult,
  TemplateStatusEnum,
  TemplateSyncModel,
  TemplateSyncResult,
  toRegistrationModel,
  toTemplateModel,
} from './template.model.js';
import { type Channel } from './template.rules.js';
import { TemplateApprovals } from './template-approvals.service.js';
import { TemplateSyncs } from './template-sync.service.js';
import { TemplatesReader } from './templates.reader.js';
import { TemplatesService } from './templates.service.js';

@Resolver(() => TemplateModel)
export class TemplatesResolver implements OnModuleInit {
  constructor(
    private readonly templates: TemplatesService,
    private readonly approvals: TemplateApprovals,
    private readonly syncs: TemplateSyncs,
    private readonly reader: TemplatesReader,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('tpl', (id, { caller }) => this.reader.find(caller.projectId, id));
  }

  @Query(() => TemplateModel, { nullable: true, description: 'One template. READ.' })
  async template(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The template’s id, tpl_….' }) id: string,
  ): Promise<TemplateModel | null> {
    const uuid = uuidOf('tpl', id);
    return uuid ? this.reader.find(caller.projectId, uuid) : null;
  }

  @Query(() => TemplateConnection, { name: 'templates', description: 'The project’s templates, newest first. READ.' })
  async list(
    @CurrentCaller() caller: Caller,
    @Args() page: PageArgs,
    @Args('name', { type: () => String, nullable: true, description: 'Those of this name only.' }) name?: string | null,
    @Args('channel', { type: () => ChannelEnum, nullable: true, description: 'Those of this channel only.' })
    channel?: Channel | null,
  ): Promise<Connection<TemplateModel>> {
    if (name != null && unstorableAt(name) !== null)
      throw badUserInput('A name holds no NUL byte or half a character.', 'name');
    const where: Where<TemplateEntity> = (query) => {
      if (name != null) query.andWhere('row.name = :name', { name });
      if (channel != null) query.andWhere('row.channel = :channel', { channel });
    };
    const after = readCursor(page.after, (cursor) => uuidOf('tpl', cursor));
    const found = await this.reader.page(caller.projectId, sizeOfPage(page.first), after, where);
    return connection({
      ...found,
      hasPreviousPage: after !== null,
      node: toTemplateModel,
      cursor: (row) => toTemplateModel(row).id,
      count: () => this.reader.count(caller.projectId, where, COUNTED_TO),
    });
  }

  @Query(() => TemplatePreviewResult, { description: 'A template with values in place, by the rules of a send. READ.' })
  async previewTemplate(
    @CurrentCaller() caller: Caller,
    @Args('name', { type: () => String, description: 'The template’s name.' }) name: string,
    @Args('language', {
      type: () => String,
      nullable: true,
      description: 'Where the name exists in several languages.',
    })
    language: string | null | undefined,
    @Args('channel', { type: () => ChannelEnum, defaultValue: 'WHATSAPP', description: 'The template’s channel.' })
    channel: Channel,
    @Args('params', { type: () => [String], description: 'The body’s values, in order.' }) params: string[],
  ): Promise<TemplatePreviewModel | Problem> {
    return this.templates.preview(caller.projectId, { name, language: language ?? null, channel, params });
  }

  @ResolveField(() => [TemplateRegistrationModel], {
    description: 'What each provider account calls it, and whether it may be sent there.',
  })
  async registrations(
    @Parent() template: TemplateModel,
    @Context() context: CallerContext,
  ): Promise<TemplateRegistrationModel[]> {
    const load = async (ids: readonly string[]): Promise<Map<string, TemplateRegistrationModel[]>> => {
      const found = await this.templates.registrationsOf(context.caller.projectId, ids);
      return new Map(
        ids.map((id) => [id, found.filter(({ templateId }) => templateId === id).map(toRegistrationModel)]),
      );
    };
    return (await context.loader('registrations', load).load(template.uuid)) ?? [];
  }

  @Needs('MANAGE')
  @Mutation(() => TemplateResult, {
    description: 'Makes a template. To be sent it must be registered at an account. MANAGE.',
  })
  async createTemplate(
    @CurrentCaller() caller: Caller,
    @Args('input', { type: () => TemplateInputModel, description: 'The template.' }) input: TemplateInputModel,
  ): Promise<TemplateModel | Problem> {
    return model(
      await this.templates.create(caller, { ...input, buttons: input.buttons ?? [], samples: input.samples ?? [] }),
    );
  }

  @Needs('MANAGE')
  @Mutation(() => TemplateResult, {
    description:
      'Changes a template; messages that were accepted keep the text they had. Where a provider has it the change goes there first, and its refusal is answered. MANAGE.',
  })
  async updateTemplate(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The template’s id, tpl_….' }) id: string,
    @Args('input', { type: () => TemplatePatchModel, description: 'What is to be changed.' }) input: TemplatePatchModel,
  ): Promise<TemplateModel | Problem> {
    return model(await this.approvals.update(caller, uuidOf('tpl', id), input));
  }

  @Needs('MANAGE')
  @Mutation(() => DeletedResult, {
    description:
      'Retires a template, once the providers that take templates by API have deleted it: its name may be used again. MANAGE.',
  })
  async deleteTemplate(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The template’s id, tpl_….' }) id: string,
  ): Promise<DeletedModel | Problem> {
    const removed = await this.approvals.remove(caller, uuidOf('tpl', id));
    return isProblem(removed) ? removed : { id };
  }

  @Needs('MANAGE')
  @Mutation(() => TemplateResult, {
    description:
      'Sends a template for approval, at a provider that takes them by API; refused or changed, it is sent again. MANAGE.',
  })
  async submitTemplate(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The template’s id, tpl_….' }) id: string,
    @Args('accountId', { type: () => ID, description: 'The account’s id, acc_….' }) accountId: string,
  ): Promise<TemplateModel | Problem> {
    return model(
      await this.approvals.submit(caller, { template: uuidOf('tpl', id), account: uuidOf('acc', accountId) }),
    );
  }

  @Needs('MANAGE')
  @Mutation(() => TemplateSyncResult, {
    description:
      'Reads all of an account’s templates, every page, and the status of each; answers what it found. MANAGE.',
  })
  async syncTemplates(
    @CurrentCaller() caller: Caller,
    @Args('accountId', { type: () => ID, description: 'The account’s id, acc_….' }) accountId: string,
  ): Promise<TemplateSyncModel | Problem> {
    return this.syncs.sync(caller, uuidOf('acc', accountId));
  }

  @Needs('MANAGE')
  @Mutation(() => TemplateResult, {
    description:
      'Says what an account calls it: for providers whose own console approves templates. Said again it replaces what was said. MANAGE.',
  })
  async registerTemplate(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID, description: 'The template’s id, tpl_….' }) id: string,
    @Args('accountId', { type: () => ID, description: 'The account’s id, acc_….' }) accountId: string,
    @Args('externalId', {
      type: () => String,
      description: 'What the account calls it: TMP-240223-07652, templ_uat_2.',
    })
    externalId: string,
    @Args('status', {
      type: () => TemplateStatusEnum,
      defaultValue: 'APPROVED',
      description: 'Where it stands there; only APPROVED is sent.',
    })
    status: TemplateStatus,
  ): Promise<TemplateModel | Problem> {
    return model(
      await this.templates.register(
        caller,
        { template: uuidOf('tpl', id), account: uuidOf('acc', accountId) },
        externalId,
        status,
      ),
    );
  }
}

@Resolver(() => TemplateRegistrationModel)
export class TemplateRegistrationsResolver {
  constructor(private readonly accounts: AccountsReader) {}

  @ResolveField(() => ProviderAccountModel, { description: 'The account.' })
  async account(
    @Parent() registration: TemplateRegistrationModel,
    @Context() context: CallerContext,
  ): Promise<ProviderAccountModel | null> {
    return this.accounts.load(context, registration.accountId);
  }
}

const model = (template: TemplateEntity | Problem): TemplateModel | Problem =>
  isProblem(template) ? template : toTemplateModel(template);
