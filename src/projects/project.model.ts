import { Field, ObjectType } from '@nestjs/graphql';
import { publicId } from '../common/ids.js';
import { NodeModel } from '../graphql/node.model.js';
import { resultUnion } from '../graphql/result-union.js';
import { DateTimeScalar } from '../graphql/scalars.js';
import { type ProjectEntity } from './project.entity.js';

@ObjectType('Project', {
  implements: () => NodeModel,
  description: 'A tenant: everything else belongs to one, and no key of another sees it.',
})
export class ProjectModel extends NodeModel {
  @Field(() => String, { description: 'What people call it.' })
  readonly name!: string;

  @Field(() => String, { description: 'ISO 3166, two letters: local phone numbers are read as of that country.' })
  readonly defaultCountry!: string;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  readonly createdAt!: Date;
}

export const ProjectResult = resultUnion('ProjectResult', () => ProjectModel, 'The project');

export function projectModel({ id, name, defaultCountry, createdAt }: ProjectEntity): ProjectModel {
  return { id: publicId('prj', id), name, defaultCountry, createdAt };
}
