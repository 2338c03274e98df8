import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

export const MAX_DEPTH = 12;
export const MAX_ALIASES = 30;
/** As many tokens as a document may have: 1000 inputs written out in full have about 50,000. */
export const MAX_TOKENS = 100_000;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
}

/**
 * Depth and aliases as they come out with fragments spread, each fragment measured once, so that fragments that
 * spread each other do not make the check itself the attack. Introspection is free: tools send it deep.
 */
export const limits: ValidationRule = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition(operation: OperationDefinitionNode) {
    const measured = measure(operation.selectionSet, context, new Map());
    if (measured.depth > MAX_DEPTH) {
      report(context, operation, `The query is ${measured.depth} fields deep; at most ${MAX_DEPTH} are answered.`);
    }
    if (measured.aliases > MAX_ALIASES) {
      report(context, operation, `The query has ${measured.aliases} aliases; at most ${MAX_ALIASES} are answered.`);
    }
  },
});

function report(context: ValidationContext, node: OperationDefinitionNode, message: string): void {
  context.reportError(new GraphQLError(message, { nodes: [node] }));
}

const NOTHING: Measure = { depth: 0, aliases: 0 };

function measure(set: SelectionSetNode, context: ValidationContext, fragments: Map<string, Measure>): Measure {
  let depth = 0;
  let aliases = 0;
  for (const selection of set.selections) {
    let inner = NOTHING;
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      if (name === '__schema' || name === '__type') continue;
      if (selection.selectionSet) inner = measure(selection.selectionSet, context, fragments);
      depth = Math.max(depth, inner.depth + 1);
      if (selection.alias) aliases += 1;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      inner = measure(selection.selectionSet, context, fragments);
      depth = Math.max(depth, inner.depth);
    } else {
      inner = measureFragment(context.getFragment(selection.name.value), context, fragments);
      depth = Math.max(depth, inner.depth);
    }
    aliases += inner.aliases;
  }
  return { depth, aliases };
}

function measureFragment(
  fragment: FragmentDefinitionNode | null | undefined,
  context: ValidationContext,
  fragments: Map<string, Measure>,
): Measure {
  if (!fragment) return NOTHING;
  const known = fragments.get(fragment.name.value);
  if (known) return known;
  // One that spreads itself is refused by another rule; here it must only come to an end.
  fragments.set(fragment.name.value, NOTHING);
  const measured = measure(fragment.selectionSet, context, fragments);
  fragments.set(fragment.name.value, measured);
  return measured;
}
