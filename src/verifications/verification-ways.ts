import { Injectable } from '@nestjs/common';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { RoutingService, type RoutingTable } from '../providers/routing.service.js';
import { type Template, TemplatesService, type TemplateToSend } from '../templates/templates.service.js';
import { type VerificationLanguage } from '../providers/ports/verification.js';
import { METHODS_IN_ORDER, type VerificationMethod } from './verification.status.js';

/** One way to prove a number: a method with what it takes. */
export type Way =
  | { readonly method: 'SENDTALK'; readonly account: ProviderAccount }
  /** `number`: where the person writes to, E.164. */
  | { readonly method: 'INBOUND'; readonly account: ProviderAccount; readonly number: string }
  | { readonly method: 'CODE'; readonly template: Template };

/** What is asked for; null where the choice is ours. */
export interface Wanted {
  readonly projectId: string;
  readonly method: VerificationMethod | null;
  /** A UUID; `''` for an id that cannot be one. */
  readonly accountId: string | null;
  readonly language: VerificationLanguage;
}

/** Finds the ways that a project has to prove a number, in the order in which they are tried. */
@Injectable()
export class VerificationWays {
  constructor(
    private readonly routing: RoutingService,
    private readonly templates: TemplatesService,
  ) {}

  /** At least one, or why there is none. */
  async of(wanted: Wanted): Promise<readonly Way[] | Problem> {
    const [table, templates] = await Promise.all([
      this.routing.table(wanted.projectId),
      this.templates.forCodes(wanted.projectId, wanted.language),
    ]);
    const named = wanted.accountId === null ? null : (table.account(wanted.accountId) ?? NO_ACCOUNT);
    if (isProblem(named)) return named;
    if (named && !named.enabled)
      return problem(
        'NO_ROUTE',
        `The account ${named.name} is switched off: enable it, or name another one.`,
        'accountId',
      );
    const around = { table, templates, named };
    if (wanted.method) return waysOf(wanted.method, around);
    const found = METHODS_IN_ORDER.map((method) => waysOf(method, around));
    const ways = found.flatMap((some) => (isProblem(some) ? [] : some));
    if (ways.length > 0) return lastWhatIsDown(ways);
    const problems = found.filter((one) => isProblem(one));
    if (!named) return problems.find(({ code }) => code === 'PROVIDER_AUTH_FAILED') ?? NO_WAY;
    // What the account could do if it were mended says more than what it can never do.
    const mendable = problems.find(({ code }) => code === 'PROVIDER_AUTH_FAILED' || code === 'NO_ROUTE');
    return mendable ?? cannot(named, 'prove a number in any way');
  }
}

interface Around {
  readonly table: RoutingTable;
  readonly templates: readonly TemplateToSend[];
  /** The account that the caller named. */
  readonly named: ProviderAccount | null;
}

function waysOf(method: VerificationMethod, around: Around): readonly Way[] | Problem {
  switch (method) {
    case 'SENDTALK':
      return throughProvider(around);
    case 'INBOUND':
      return throughInbound(around);
    case 'CODE':
      return throughCode(around);
  }
}

function throughProvider({ table, named }: Around): readonly Way[] | Problem {
  if (named && !table.can(named, 'VERIFICATION')) return cannot(named, 'prove numbers itself');
  const accounts = named ? [named] : table.tried('VERIFICATION');
  const working = accounts.filter(({ stoppedAt }) => stoppedAt === null);
  const [first] = accounts;
  if (!first) {
    const who = table.providersWith('VERIFICATION').join(' or ');
    return problem('NO_ROUTE', `No account of the project proves numbers itself: connect one of ${who}.`, 'method');
  }
  return working.length > 0
    ? lastWhatIsDown(working.map((account) => ({ method: 'SENDTALK', account })))
    : stopped(first);
}

function throughInbound({ table, named }: Around): readonly Way[] | Problem {
  if (named && !table.can(named, 'INBOUND')) return cannot(named, 'pass on what persons write');
  const accounts = named ? [named] : table.tried('INBOUND');
  const ways = accounts.flatMap((account): Way[] => {
    const number = account.ownNumber ?? account.sender;
    return number === null ? [] : [{ method: 'INBOUND', account, number }];
  });
  if (ways.length > 0) return ways;
  const [first] = accounts;
  return problem(
    'NO_ROUTE',
    first
      ? `It is not known to which number persons write at ${first.name}: give the account its sender, or test it where the provider tells the number.`
      : 'No account of the project passes on what persons write.',
    named ? 'accountId' : 'method',
  );
}

function throughCode({ table, templates, named }: Around): readonly Way[] | Problem {
  if (named && !table.can(named, 'TEMPLATE')) return cannot(named, 'send templates');
  const senders = new Set((named ? [named] : table.tried('TEMPLATE')).map(({ id }) => id));
  const fitting = templates.find(({ registrations }) =>
    registrations.some(
      ({ accountId, status, category }) =>
        senders.has(accountId) && status === 'APPROVED' && category === 'AUTHENTICATION',
    ),
  );
  if (fitting) return [{ method: 'CODE', template: fitting.template }];
  return problem(
    'TEMPLATE_NOT_FOUND',
    'No approved AUTHENTICATION template of the channel WHATSAPP with one parameter exists in that language: make and register one.',
    'language',
  );
}

/** Whose calls fail just now is tried when nothing else is left. */
function lastWhatIsDown(ways: readonly Way[]): readonly Way[] {
  const isDown = (way: Way): boolean => way.method === 'SENDTALK' && way.account.health === 'DEGRADED';
  return [...ways.filter((way) => !isDown(way)), ...ways.filter(isDown)];
}

const NO_ACCOUNT = problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
const NO_WAY = problem(
  'NO_ROUTE',
  'The project has no way to prove a number: connect SendTalk, or an account that passes on what persons write and has its number, or register an approved AUTHENTICATION template in the language.',
);

const cannot = ({ name }: ProviderAccount, what: string): Problem =>
  problem('UNSUPPORTED_BY_PROVIDER', `The account ${name} cannot ${what}.`, 'accountId');

const stopped = ({ name }: ProviderAccount): Problem =>
  problem(
    'PROVIDER_AUTH_FAILED',
    `The account ${name} stopped, for its credentials were refused: mend them with updateProviderAccount.`,
  );
