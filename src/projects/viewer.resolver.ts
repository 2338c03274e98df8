import { Query, Resolver } from '@nestjs/graphql';
import { type ApiKeyModel, apiKeyModel, ViewerModel } from './api-key.model.js';
import { ApiKeysService } from './api-keys.service.js';
import { type Caller, CurrentCaller } from './caller.js';
import { type ProjectModel, projectModel } from './project.model.js';
import { ProjectsService } from './projects.service.js';

@Resolver()
export class ViewerResolver {
  constructor(
    private readonly projects: ProjectsService,
    private readonly keys: ApiKeysService,
  ) {}

  @Query(() => ViewerModel, { description: 'Who is asking: the key and its project. READ.' })
  viewer(@CurrentCaller() caller: Caller): {
    readonly project: Promise<ProjectModel>;
    readonly apiKey: Promise<ApiKeyModel>;
  } {
    const { projects, keys } = this;
    // Read when they are selected.
    return {
      get project() {
        return projects.own(caller).then(projectModel);
      },
      get apiKey() {
        return keys.own(caller).then(apiKeyModel);
      },
    };
  }
}
