import { isProblem, type Problem, problem } from '../../common/problem.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type RoutingTable } from '../../providers/routing.service.js';
import { readValues } from '../../templates/template-values.js';
import { pickTemplate, type TemplateToSend } from '../../templates/templates.service.js';
import { type MessageContent, type TemplateMessage } from '../message-content.js';
import { textOf } from '../secret-values.js';
import { type Fallback } from './send-input.js';

/** What is looked at to find the SMS: the project's templates and accounts. */
export interface SmsSurroundings {
  readonly templates: readonly TemplateToSend[];
  readonly routing: RoutingTable;
}

/** The fallback that rides, by its place in the list, and what the person would read. */
export interface RidingSms {
  readonly place: number;
  readonly sms: NonNullable<TemplateMessage['sms']>;
}

/** An SMS is no message of its own at any account: it rides beside a message, or is not sent at all. */
export const isSms = (fallback: Fallback | undefined): boolean =>
  fallback?.content.kind === 'template' && fallback.content.channel === 'SMS';

/**
 * The SMS that rides in the same request: the first fallback with a template of channel SMS that is registered at the same
 * account, by the rule that is set there (interface.md, Wappin's SMS). Null where none rides; paths are of `fallbacks`.
 */
export function ridingSms(
  fallbacks: readonly Fallback[],
  content: MessageContent,
  account: ProviderAccount,
  around: SmsSurroundings,
): RidingSms | null | Problem {
  if (content.kind !== 'template' || !around.routing.can(account, 'SMS_FALLBACK')) return null;
  const riding = smsAmong(fallbacks, account, around);
  if (riding === null || isProblem(riding)) return riding;
  const rules = around.routing.messaging(account)?.smsRules;
  const rule = fallbacks[riding.place]?.rule;
  if (rule && rules?.has(rule)) return riding;
  return problem(
    'UNSUPPORTED_BY_PROVIDER',
    `When ${account.name} sends the SMS is set at the provider: its smsRule means ${[...(rules ?? [])].join(' or ')}.`,
    `fallbacks.${riding.place}.rule`,
  );
}

/** How to mend an SMS that rides nowhere: neither beside `content` nor, for it comes first, beside a fallback before it. */
export function whyNotRiding(
  content: MessageContent,
  account: ProviderAccount,
  oneRides: boolean,
  routing: RoutingTable,
): string {
  const { name } = account;
  if (!routing.can(account, 'SMS_FALLBACK'))
    return `The account ${name} sends no SMS beside a message: only an account of Wappin does.`;
  if (content.kind !== 'template')
    return `The account ${name} sends an SMS beside a template, and beside nothing else.`;
  if (oneRides)
    return 'One SMS rides in the same request, the first that is registered at the account; leave out the others.';
  return `The account ${name} sends the SMS template that it knows: register one there with registerTemplate and name it here, of channel SMS.`;
}

function smsAmong(
  fallbacks: readonly Fallback[],
  account: ProviderAccount,
  around: SmsSurroundings,
): RidingSms | Problem | null {
  for (const [place, { content, accountId }] of fallbacks.entries()) {
    if (content.kind !== 'template' || content.channel !== 'SMS') continue;
    if (accountId !== null && accountId !== account.id) continue;
    const at = `fallbacks.${place}.content.template`;
    const found = pickTemplate(around.templates, content, at);
    if (isProblem(found)) return found;
    const { template, registrations } = found;
    const there = registrations.find((one) => one.accountId === account.id);
    if (!there) continue;
    if (there.status !== 'APPROVED')
      return problem('TEMPLATE_NOT_APPROVED', `The SMS template is ${there.status} at ${account.name}.`, `${at}.name`);
    const values = readValues(template, content, at);
    if (isProblem(values)) return values;
    const { params } = values;
    const text = textOf(template.body, params, content);
    return { place, sms: { templateId: template.id, params, text, ...(content.secret && { secret: true }) } };
  }
  return null;
}
