import { registerEnumType } from '@nestjs/graphql';

/**
 * A GraphQL enum made from a table of its values and what each means: `enumOf('Role', 'What …', { OWNER: 'May …' })`.
 * Answers what `@Field(() => …)` takes.
 */
export function enumOf<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): Record<Value, Value> {
  const entries = Object.entries(values) as [Value, string][];
  const members = Object.fromEntries(entries.map(([value]) => [value, value])) as Record<Value, Value>;
  registerEnumType(members, {
    name,
    description,
    valuesMap: Object.fromEntries(entries.map(([value, meaning]) => [value, { description: meaning }])) as Record<
      Value,
      { description: string }
    >,
  });
  return members;
}
