import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

export interface RootDocument {
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly name: string;
  /** The field alone, with something of the right type for each argument that it must have. */
  readonly text: string;
}

/** One document for each field of the three roots: valid, and of no use but to see who is let in. */
export function rootDocuments(schema: GraphQLSchema): RootDocument[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, root]) =>
    Object.values(root?.getFields() ?? {}).map((field) => ({
      operation,
      name: field.name,
      text: `${operation} { ${selectionOf(field)} }`,
    })),
  );
}

function selectionOf({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const needed = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${valueOf(arg.type)}`);
  const given = needed.length > 0 ? `(${needed.join(', ')})` : '';
  return `${name}${given}${isCompositeType(getNamedType(type)) ? ' { __typename }' : ''}`;
}

const SCALARS: Readonly<Record<string, string>> = {
  Int: '1',
  Float: '1',
  Boolean: 'true',
  DateTime: '"2026-03-01T09:00:00Z"',
  URL: '"https://shop.example"',
  JSONObject: '{}',
  MinorUnits: '1',
  Currency: '"IDR"',
};

function valueOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return `[${valueOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return SCALARS[type.name] ?? '"x"';
  const all = Object.values(type.getFields());
  const fields = type.isOneOf ? all.slice(0, 1) : all.filter(isRequiredInputField);
  return `{ ${fields.map((field) => `${field.name}: ${valueOf(field.type)}`).join(', ')} }`;
}
