import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type RoutingTable } from '../providers/routing.service.js';
import { takesMoreThanBody } from '../templates/template-input.js';
import { paramsProblem, render, type TemplateCategory } from '../templates/template.rules.js';
import { pickTemplate, type TemplateToSend } from '../templates/templates.service.js';
import { type MessageContent } from './message-content.js';
import { type OptOutScope } from './opt-outs.service.js';
import { PRIORITIES, type Priority, type Send } from './send-input.js';

/** What a send is planned against: one reading of the project for a whole batch. */
export interface Surroundings {
  readonly templates: readonly TemplateToSend[];
  readonly routing: RoutingTable;
  /** By E.164 number. */
  readonly optOuts: ReadonlyMap<string, OptOutScope>;
}

export interface Plan {
  readonly messageId: string;
  readonly account: ProviderAccount;
  readonly content: MessageContent;
  readonly priority: number;
}

const PRIORITY_OF: Readonly<Record<TemplateCategory, Priority>> = {
  AUTHENTICATION: 'HIGH',
  UTILITY: 'NORMAL',
  MARKETING: 'LOW',
};

/** Decides how a send would leave, or says why it cannot. Pure: nothing is stored or called. */
export function planSend(send: Send, around: Surroundings): Plan | Problem {
  const found = pickTemplate(around.templates, send.template, 'content.template');
  if (isProblem(found)) return found;
  const { template } = found;
  const mismatch = paramsProblem(template.body, send.template.params, 'content.template.params');
  if (mismatch) return mismatch;
  const account = chooseAccount(send, found, around.routing);
  if (isProblem(account)) return account;
  const category = found.registrations.find(({ accountId }) => accountId === account.id)?.category ?? template.category;
  const scope = around.optOuts.get(send.to);
  if (scope === 'ALL' || (scope === 'MARKETING' && category === 'MARKETING')) {
    return problem(
      'RECIPIENT_OPTED_OUT',
      'The person asked not to be written to; optIn takes that back when they agree again.',
      'to',
    );
  }
  return {
    messageId: newId(),
    account,
    content: {
      kind: 'template',
      templateId: template.id,
      name: template.name,
      language: template.language,
      params: send.template.params,
      text: render(template.body, send.template.params),
    },
    priority: PRIORITIES.indexOf(send.priority ?? PRIORITY_OF[template.category]),
  };
}

/** The first account on the route through which the template may go. */
export function chooseAccount(
  send: Pick<Send, 'accountId'>,
  { template, registrations }: TemplateToSend,
  routing: RoutingTable,
): ProviderAccount | Problem {
  const at = send.accountId === null ? 'content.template' : 'accountId';
  let candidates = routing.tried('TEMPLATE');
  if (send.accountId !== null) {
    const named = routing.account(send.accountId);
    if (!named) return problem('NOT_FOUND', 'No provider account of that id exists in this project.', 'accountId');
    if (!routing.can(named, 'TEMPLATE'))
      return problem('UNSUPPORTED_BY_PROVIDER', `The account ${named.name} cannot send templates.`, 'accountId');
    // Named on purpose, it is taken even while it is held: the message waits in its queue.
    candidates = [named];
  }
  if (candidates.length === 0) {
    return problem(
      'NO_ROUTE',
      'No enabled account of this project sends templates: connect one, enable one, or set the route.',
      at,
    );
  }
  if (template.channel === 'SMS' || takesMoreThanBody(template)) {
    const what = template.channel === 'SMS' ? 'an SMS template' : 'a template whose header or buttons take values';
    return problem(
      'UNSUPPORTED_BY_PROVIDER',
      `None of the accounts that would be used can send ${what}.`,
      'content.template.name',
    );
  }
  const known = candidates.filter((account) => registrations.some(({ accountId }) => accountId === account.id));
  if (known.length === 0) {
    return problem(
      'NO_ROUTE',
      'The template is registered at none of the accounts that would be used: say with registerTemplate what they call it.',
      at,
    );
  }
  const approved = known.find((account) =>
    registrations.some((one) => one.accountId === account.id && one.status === 'APPROVED'),
  );
  return (
    approved ??
    problem(
      'TEMPLATE_NOT_APPROVED',
      'The template is registered, but not approved, at the accounts that would be used.',
      'content.template.name',
    )
  );
}
