import { type OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { isProblem, type Problem } from '../common/problem.js';
import { Nodes } from '../graphql/nodes.js';
import { type Caller, CurrentCaller, Needs } from './caller.js';
import { ProjectModel, projectModel, ProjectResult, QuietHoursInput } from './project.model.js';
import { ProjectsService } from './projects.service.js';

@Resolver(() => ProjectModel)
export class ProjectsResolver implements OnModuleInit {
  constructor(
    private readonly projects: ProjectsService,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.add<Caller>('prj', async (id, { caller }) => {
      const project = await this.projects.find(caller, id);
      return project && projectModel(project);
    });
  }

  @Needs('READ', 'OPERATOR')
  @Query(() => [ProjectModel], {
    name: 'projects',
    description: 'The own project; with OPERATOR all of them, oldest first.',
  })
  async list(@CurrentCaller() caller: Caller): Promise<ProjectModel[]> {
    return (await this.projects.visibleTo(caller)).map(projectModel);
  }

  @Needs('OPERATOR')
  @Mutation(() => ProjectResult, { description: 'Makes another tenant; `createApiKey` makes its first key. OPERATOR.' })
  async createProject(
    @Args('name', { type: () => String, description: 'What people call it: 1 to 128 characters.' }) name: string,
    @Args('defaultCountry', {
      type: () => String,
      defaultValue: 'ID',
      description: 'ISO 3166, two letters: local phone numbers are read as of that country.',
    })
    defaultCountry: string,
  ): Promise<ProjectModel | Problem> {
    const project = await this.projects.create({ name, defaultCountry });
    return isProblem(project) ? project : projectModel(project);
  }

  @Needs('MANAGE')
  @Mutation(() => ProjectResult, {
    description:
      'Sets the hours in which MARKETING may be sent, by the recipient’s clock; outside these hours it waits, SCHEDULED. ' +
      'To keep nights quiet: from 08:00, to 21:00. What waits already follows. Null switches them off. MANAGE.',
  })
  async setQuietHours(
    @CurrentCaller() caller: Caller,
    @Args('input', {
      type: () => QuietHoursInput,
      nullable: true,
      description: 'The hours in which MARKETING may be sent; null for any time.',
    })
    input?: QuietHoursInput | null,
  ): Promise<ProjectModel | Problem> {
    const project = await this.projects.setQuietHours(caller, input ?? null);
    return isProblem(project) ? project : projectModel(project);
  }
}
