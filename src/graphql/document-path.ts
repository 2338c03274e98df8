import { type ASTNode, type GraphQLError, Kind, parse, visit } from 'graphql';

/**
 * Where in the answer an error that came before execution would have stood: the response keys of the fields around it,
 * for a variable those around its first use. Only for errors, so the document may be parsed once more.
 */
export function pathInDocument(error: GraphQLError): readonly string[] | undefined {
  const node = error.nodes?.[0];
  if (!node?.loc) return undefined;
  const { body } = node.loc.source;
  const { start, end } = node.loc;
  const variable = node.kind === Kind.VARIABLE_DEFINITION ? node.variable.name.value : null;
  const keys: string[] = [];
  let found: string[] | undefined;
  const enter = (inner: ASTNode): void => {
    if (inner.kind === Kind.FIELD) keys.push(inner.alias?.value ?? inner.name.value);
    if (found) return;
    const here = variable
      ? inner.kind === Kind.VARIABLE && inner.name.value === variable && keys.length > 0
      : inner.loc?.start === start && inner.loc.end === end;
    if (here) found = [...keys];
  };
  const leave = (inner: ASTNode): void => {
    if (inner.kind === Kind.FIELD) keys.pop();
  };
  visit(parse(body), { enter, leave });
  return found && found.length > 0 ? found : undefined;
}
