import { Field, InputType, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { type ProjectEntity } from './project.entity.js';
import { quietHoursOf } from './quiet-hours.js';

@ObjectType('QuietHours', {
  description:
    'The hours in which MARKETING may be sent, by the clock of the recipient’s zone; outside these hours it waits, SCHEDULED. ' +
    'To keep nights quiet: from 08:00, to 21:00. Where `from` is the later one they cross midnight.',
})
export class QuietHoursModel {
  @Field(() => String, { description: 'HH:MM: from then on MARKETING may be sent.' })
  readonly from!: string;

  @Field(() => String, { description: 'HH:MM: from then on it may not, and waits.' })
  readonly to!: string;
}

@InputType('QuietHoursInput', {
  description:
    'The hours in which MARKETING may be sent, not those in which it may not. To keep nights quiet: from 08:00, to 21:00.',
})
export class QuietHoursInput {
  @Field(() => String, {
    description: 'HH:MM, 00:00 to 23:59, by the recipient’s clock: from then on MARKETING may be sent.',
  })
  readonly from!: string;

  @Field(() => String, {
    description:
      'HH:MM, 00:00 to 23:59: from then on it may not, and waits. Earlier than `from`, the hours cross midnight; the same is refused.',
  })
  readonly to!: string;
}

@ObjectType('Project', {
  implements: () => NodeModel,
  description: 'A tenant: everything else belongs to one, and no key of another sees it.',
})
export class ProjectModel extends NodeModel {
  @Field(() => String, { description: 'What people call it.' })
  readonly name!: string;

  @Field(() => String, { description: 'ISO 3166, two letters: local phone numbers are read as of that country.' })
  readonly defaultCountry!: string;

  @Field(() => QuietHoursModel, {
    nullable: true,
    description: 'When MARKETING may be sent; null where it may be at any time, as in a new project.',
  })
  readonly quietHours!: QuietHoursModel | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt!: Date;
}

export const ProjectResult = resultUnion('ProjectResult', () => ProjectModel, 'The project');

export function projectModel(project: ProjectEntity): ProjectModel {
  const { id, name, defaultCountry, createdAt } = project;
  return { id: publicId('prj', id), name, defaultCountry, quietHours: quietHoursOf(project), createdAt };
}
