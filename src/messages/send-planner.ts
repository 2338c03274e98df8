import { newId } from '../common/ids.js';
import { isProblem, type Problem, problem } from '../common/problem.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type TemplateCategory, type TemplatePart } from '../providers/ports.js';
import { type RoutingTable } from '../providers/routing.service.js';
import { render } from '../templates/template.rules.js';
import { readValues, templatePartsOf, type TemplateValues } from '../templates/template-values.js';
import { pickTemplate, type TemplateToSend } from '../templates/templates.service.js';
import { capabilityFor, chooseAccount, type Need, type Preference } from './account-choice.js';
import { type Windows } from './inbound/conversations.service.js';
import { type MessageContent, type TemplateMessage } from './message-content.js';
import { forbids, type OptOutScope } from './opt-outs.service.js';
import { type Fallback, PRIORITIES, type Priority, type Send } from './send-input.js';
import { type SendContent, type SendFile, type SendTemplate } from './send-content.js';

/** An upload, as far as a plan looks at it. */
export interface KnownFile {
  readonly type: string;
  readonly mimeType: string | null;
  readonly size: number | null;
  readonly filename: string | null;
  /** Its bytes are there. */
  readonly ready: boolean;
}

/** What a send is planned against: one reading of the project for a whole batch. */
export interface Surroundings {
  readonly templates: readonly TemplateToSend[];
  readonly routing: RoutingTable;
  /** By number, or the provider's own id of a person. */
  readonly optOuts: ReadonlyMap<string, OptOutScope>;
  /** Uploads by UUID. */
  readonly files: ReadonlyMap<string, KnownFile>;
  readonly windows: Windows;
  /** The accounts of the messages that are answered, by their UUIDs. */
  readonly quoted: ReadonlyMap<string, { readonly accountId: string }>;
  readonly now: Date;
}

export interface Plan {
  readonly messageId: string;
  readonly account: ProviderAccount;
  /** All accounts that may take it, in their order, `account` among them; null where there is no other one. */
  readonly route: readonly string[] | null;
  /** E.164, else the provider's own id of the person. */
  readonly person: string;
  readonly recipientId: string | null;
  readonly content: MessageContent;
  readonly priority: number;
  /** Held by the quiet hours until then. */
  readonly notBefore: Date | null;
  /** The other ways to reach the person that wait for their rules, in their order. */
  readonly waiting: readonly Fallback[];
  /** Those that are sent at once, beside it. */
  readonly beside: readonly { readonly send: Send; readonly plan: Plan }[];
}

const PRIORITY_OF: Readonly<Record<TemplateCategory, Priority>> = {
  AUTHENTICATION: 'HIGH',
  UTILITY: 'NORMAL',
  MARKETING: 'LOW',
};

/** Decides how a send would leave, or says why it cannot. Pure: nothing is stored or called. */
export function planSend(send: Send, around: Surroundings): Plan | Problem {
  if (send.replyTo !== null && !around.quoted.has(send.replyTo))
    return problem('NOT_FOUND', 'No message of that id exists in this project.', 'replyTo');
  const said = contentOf(send.content, around);
  if (isProblem(said)) return said;
  const { template } = said;
  // Before any account is looked for: no other way to write would be right either.
  if (around.optOuts.get(send.to) === 'ALL') return OPTED_OUT;
  // Without a number the account is named; nobody can be written to there whom it has not heard.
  const stranger = !send.to.startsWith('+') && !around.windows.find(send.accountId ?? '', send.to);
  const by: Preference = {
    accountId: send.accountId,
    first: send.replyTo === null ? null : around.quoted.get(send.replyTo)?.accountId,
    at: `content.${send.content.kind}`,
    closed: (account) => {
      // A template may be sent to anybody at any time.
      const judged = !template && !stranger && around.routing.can(account, 'INBOUND');
      return judged ? around.windows.closed(account, send.to, around.now) : null;
    },
    // The first account that carries the fallback too, before one that cannot.
    prefers: (account) => !isProblem(withSms(send.fallbacks, said.content, account, around)),
  };
  const account = chooseAccount(said.need, by, around.routing);
  if (isProblem(account)) return template ? withOtherLanguages(account, template, around) : account;
  if (stranger) {
    return problem(
      'INVALID_PHONE_NUMBER',
      'It is neither a phone number nor the recipientId of somebody who wrote to this account.',
      'to',
    );
  }
  const known = around.windows.find(account.id, send.to);
  const category = template && categoryAt(account, template);
  const scope = around.optOuts.get(known?.person ?? send.to) ?? around.optOuts.get(known?.recipientId ?? send.to);
  if (forbids(scope, category)) return OPTED_OUT;
  const lint = send.content.kind === 'template' ? lintProblem(send.content, account, around) : null;
  if (lint) return lint;
  const sms = withSms(send.fallbacks, said.content, account, around);
  if (isProblem(sms)) return sms;
  return {
    messageId: newId(),
    account,
    route: null,
    person: known?.person ?? send.to,
    recipientId: known?.recipientId ?? (send.to.startsWith('+') ? null : send.to),
    content: sms,
    priority: PRIORITIES.indexOf(send.priority ?? (template ? PRIORITY_OF[template.template.category] : 'NORMAL')),
    notBefore: null,
    waiting: [],
    beside: [],
  };
}

const OPTED_OUT = problem(
  'RECIPIENT_OPTED_OUT',
  'The person asked not to be written to; optIn takes that back when they agree again.',
  'to',
);

interface Said {
  readonly content: MessageContent;
  readonly need: Need;
  readonly template: TemplateToSend | null;
}

/** What is to be said, looked up: the template by its name, an upload by its id. */
export function contentOf(asked: SendContent, around: Surroundings): Said | Problem {
  switch (asked.kind) {
    case 'template':
      return templateOf(asked, around);
    case 'text':
      return { content: asked, need: needOf(asked.kind), template: null };
    case 'interactive':
      return { content: { ...asked, replyId: null }, need: needOf(asked.kind), template: null };
    case 'media': {
      const file = knownFile(asked.file, 'content.media', around);
      if (isProblem(file)) return file;
      const { mimeType = null, size = null, filename = null } = file ?? {};
      const content = { ...asked.file, kind: 'media', mimeType, size, caption: asked.caption } as const;
      return {
        content: { ...content, filename: asked.file.filename ?? filename },
        need: { ...needOf(asked.kind), file: { type: asked.file.type, mimeType, size } },
        template: null,
      };
    }
  }
}

const needOf = (kind: SendContent['kind']): Need => ({ capability: capabilityFor(kind), template: null, file: null });

/** What an upload is; undefined for a link, at which nobody has looked. */
function knownFile(file: SendFile, at: string, around: Surroundings): KnownFile | undefined | Problem {
  if (file.mediaId === null) return undefined;
  const known = around.files.get(file.mediaId);
  if (!known)
    return problem('NOT_FOUND', 'No upload of that id exists in this project: POST it to /media.', `${at}.mediaId`);
  if (!known.ready)
    return problem('MEDIA_REJECTED', 'Its bytes are not there yet; try again in a moment.', `${at}.mediaId`);
  if (known.type !== file.type)
    return problem(
      'MEDIA_REJECTED',
      `The upload is ${known.type} (${known.mimeType}), not ${file.type}.`,
      `${at}.type`,
    );
  return known;
}

function templateOf(asked: SendTemplate, around: Surroundings): Said | Problem {
  const found = pickTemplate(around.templates, asked, 'content.template');
  if (isProblem(found)) return found;
  const { template } = found;
  const values = readValues(template, asked, 'content.template');
  if (isProblem(values)) return values;
  const file = asked.headerMedia && knownFile(asked.headerMedia, 'content.template.headerMedia', around);
  if (isProblem(file)) return file;
  const filename = asked.headerMedia?.filename ?? file?.filename ?? null;
  return {
    content: {
      kind: 'template',
      templateId: template.id,
      name: template.name,
      language: template.language,
      params: values.params,
      text: render(template.body, values.params),
      ...headerOf(values, asked.headerMedia && { ...asked.headerMedia, filename }),
      ...(values.buttons.length > 0 && { buttons: values.buttons }),
    },
    need: { capability: 'TEMPLATE', template: { found, parts: templatePartsOf(template) }, file: null },
    template: found,
  };
}

/** The asked language is not sent in, but another one may be: that is for the caller to choose. */
function withOtherLanguages(why: Problem, { template }: TemplateToSend, around: Surroundings): Problem {
  if (why.code !== 'TEMPLATE_NOT_APPROVED' && why.code !== 'NO_ROUTE') return why;
  const { name, channel } = template;
  const others = around.templates.filter(
    (other) =>
      other.template !== template &&
      other.template.name === name &&
      other.template.channel === channel &&
      other.registrations.some((one) => one.status === 'APPROVED' && around.routing.account(one.accountId)),
  );
  const languages = others.map((other) => other.template.language).join(', ');
  return languages === '' ? why : problem(why.code, `${why.message} In ${languages} it is approved.`, why.field);
}

function headerOf(values: TemplateValues, file: SendFile | null): Pick<TemplateMessage, 'header'> {
  if (values.header === null) return {};
  if (values.header !== 'media') return { header: values.header };
  return file ? { header: { file } } : {};
}

/** As the account has it: Meta moves templates to another category on its own. */
function categoryAt(account: ProviderAccount, { template, registrations }: TemplateToSend): TemplateCategory {
  return registrations.find(({ accountId }) => accountId === account.id)?.category ?? template.category;
}

/** The first value that the provider would refuse. */
function lintProblem(asked: SendTemplate, account: ProviderAccount, { routing }: Surroundings): Problem | null {
  const messaging = routing.messaging(account);
  const values = [
    ...asked.params.map((value, index) => ({ value, at: `params.${index}` })),
    ...asked.headerParams.map((value, index) => ({ value, at: `headerParams.${index}` })),
    ...asked.buttonParams.map(({ value }, index) => ({ value, at: `buttonParams.${index}.value` })),
  ];
  for (const { value, at } of values) {
    const wrong = messaging?.lint?.(value);
    if (wrong != null) return problem('INVALID_INPUT', wrong, `content.template.${at}`);
  }
  return null;
}

/**
 * The content with the SMS that rides in the same request: the first fallback with a template of channel SMS that is
 * registered at the same account (interface.md, Wappin's SMS).
 */
function withSms(
  fallbacks: readonly Fallback[],
  content: MessageContent,
  account: ProviderAccount,
  around: Surroundings,
): MessageContent | Problem {
  if (fallbacks.length === 0) return content;
  const messaging = around.routing.messaging(account);
  const parts: ReadonlySet<TemplatePart> = messaging?.templateParts ?? new Set();
  const riding = parts.has('sms') && content.kind === 'template' ? smsAmong(fallbacks, account, around) : undefined;
  if (isProblem(riding)) return riding;
  const other = fallbacks.findIndex((_one, index) => index !== riding?.index);
  if (other >= 0) {
    const why = whyNotRiding(content, account, parts.has('sms'), riding !== undefined);
    return problem('UNSUPPORTED_BY_PROVIDER', why, `fallbacks.${other}`);
  }
  if (!riding || content.kind !== 'template') return content;
  const rule = fallbacks[riding.index]?.rule;
  if (!rule || !messaging?.smsRules?.has(rule)) {
    return problem(
      'UNSUPPORTED_BY_PROVIDER',
      `When ${account.name} sends the SMS is set at the provider: its smsRule means ${[...(messaging?.smsRules ?? [])].join(' or ')}.`,
      `fallbacks.${riding.index}.rule`,
    );
  }
  return { ...content, sms: riding.sms };
}

/** How to mend a fallback that cannot ride in the same request, the only kind there is. */
function whyNotRiding(
  content: MessageContent,
  { name }: ProviderAccount,
  carriesSms: boolean,
  oneRides: boolean,
): string {
  if (!carriesSms) return `The account ${name} sends no SMS beside a message: only an account of Wappin does.`;
  if (content.kind !== 'template')
    return `The account ${name} sends an SMS beside a template, and beside nothing else.`;
  if (oneRides)
    return 'One SMS rides in the same request, the first that is registered at the account; leave out the others.';
  return `The account ${name} sends the SMS template that it knows: register one there with registerTemplate and name it here, of channel SMS.`;
}

function smsAmong(
  fallbacks: readonly Fallback[],
  account: ProviderAccount,
  around: Surroundings,
): { readonly index: number; readonly sms: NonNullable<TemplateMessage['sms']> } | Problem | undefined {
  for (const [index, { content, accountId }] of fallbacks.entries()) {
    if (content.kind !== 'template' || content.channel !== 'SMS') continue;
    if (accountId !== null && accountId !== account.id) continue;
    const at = `fallbacks.${index}.content.template`;
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
    return { index, sms: { templateId: template.id, params, text: render(template.body, params) } };
  }
  return undefined;
}
