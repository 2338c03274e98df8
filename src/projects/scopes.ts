/** What a key may do. A set: SEND and MANAGE include READ, ADMIN those three, OPERATOR stands apart. */
export const SCOPES = {
  READ: 'Queries and subscriptions.',
  SEND: 'Messages and verifications; includes READ.',
  MANAGE: 'Templates, routes, auto replies, opt-outs and quiet hours; includes READ.',
  ADMIN: 'Provider accounts and the keys of its own project; includes READ, SEND and MANAGE.',
  OPERATOR: 'Makes projects and the keys of other projects; only keys of the first project can hold it.',
} as const;

export type Scope = keyof typeof SCOPES;

const INCLUDED: Readonly<Record<Scope, readonly Scope[]>> = {
  READ: [],
  SEND: ['READ'],
  MANAGE: ['READ'],
  ADMIN: ['READ', 'SEND', 'MANAGE'],
  OPERATOR: [],
};

/** All that a key with these scopes may do. */
export function withIncluded(scopes: readonly Scope[]): ReadonlySet<Scope> {
  return new Set(scopes.flatMap((scope) => [scope, ...INCLUDED[scope]]));
}
