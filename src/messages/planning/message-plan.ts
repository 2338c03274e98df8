import { isProblem, type Problem } from '../../common/problem.js';
import { zoneOf } from '../../common/zones.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type Capability } from '../../providers/capability.js';
import { type RoutingTable } from '../../providers/routing.service.js';
import { capabilityFor } from './account-choice.js';
import { type MessageContent } from '../message-content.js';
import { type Priority, type Send } from './send-input.js';
import { type Judged, judgeSend, type Plan, type Surroundings } from './send-planner.js';

/** What sending it would do. */
export interface MessagePlan {
  /** E.164; null for a person without a number. */
  readonly to: string | null;
  /** Null where nothing holds it. */
  readonly notBefore: Date | null;
  /** As the recipient reads it; of a file its caption. */
  readonly text: string;
  readonly priority: Priority;
  readonly candidates: readonly RouteCandidate[];
  /** Why it would not be accepted; null when it would. */
  readonly problem: Problem | null;
}

/** An account that was considered, and why it was or was not chosen. */
export interface RouteCandidate {
  readonly account: ProviderAccount;
  readonly chosen: boolean;
  /** A sentence or two. */
  readonly reason: string;
}

/** Plans a send by the rules of sending it; a Problem where it is not known what would be said. Pure. */
export function planMessage(send: Send, around: Surroundings): MessagePlan | Problem {
  const judged = judgeSend(send, around);
  if (isProblem(judged)) return judged;
  const { person, content, priority, plan } = judged;
  const refused = isProblem(plan);
  const scheduled = send.scheduledAt && send.scheduledAt > around.now ? send.scheduledAt : null;
  return {
    to: person.startsWith('+') ? person : null,
    notBefore: (refused ? null : plan.notBefore) ?? scheduled,
    text: textOf(content),
    priority,
    candidates: considered(send, judged, around).map((account) => ({
      account,
      chosen: !refused && plan.account === account,
      reason: reasonOf(account, send, judged, around),
    })),
    problem: refused ? plan : null,
  };
}

function textOf(content: MessageContent): string {
  switch (content.kind) {
    case 'media':
      return content.caption ?? '';
    case 'unknown':
      return '';
    default:
      return content.text;
  }
}

/** The accounts of a capability in their order, held ones too: as the route was set, else all that have it, oldest first. */
function routeOf(capability: Capability, routing: RoutingTable): readonly ProviderAccount[] {
  const listed = routing.listed(capability);
  const able = routing.accounts.filter((account) => routing.can(account, capability));
  const enabled = able.filter((account) => account.enabled);
  const isSet = listed.length !== enabled.length || listed.some((account, place) => account !== enabled[place]);
  return isSet ? listed : able;
}

/** Those on the route, then the others that have the capability. */
function considered(send: Send, { verdicts }: Judged, { routing }: Surroundings): readonly ProviderAccount[] {
  if (send.accountId !== null) return routing.accounts.filter(({ id }) => id === send.accountId);
  const capability = capabilityFor(send.content.kind);
  const route = routeOf(capability, routing);
  // The account that heard what is answered is tried before those that the route names first.
  const first = verdicts[0]?.account;
  const leads = first && route.find(({ enabled }) => enabled) !== first ? [first] : [];
  const able = routing.accounts.filter((account) => routing.can(account, capability));
  return [...new Set([...leads, ...route, ...able])];
}

function reasonOf(account: ProviderAccount, send: Send, judged: Judged, around: Surroundings): string {
  const { verdicts, plan } = judged;
  const verdict = verdicts.find((one) => one.account === account);
  if (verdict?.refusal) return verdict.refusal;
  if (!verdict) return whyNotConsidered(account, send, judged, around);
  if (isProblem(plan)) return plan.message;
  if (plan.account === account) return whyChosen(send, plan, around) + standing(account) + whenOf(send, plan, around);
  if (!plan.route?.includes(account.id)) return 'The SMS that rides in the same request cannot ride there.';
  return whyNext(account, verdicts, plan);
}

/** Of one that was not judged: it is not tried, or the person is in the way and no account. */
function whyNotConsidered(
  account: ProviderAccount,
  { accountId, content }: Send,
  { plan }: Judged,
  { routing }: Surroundings,
): string {
  const capability = capabilityFor(content.kind);
  if (accountId === null && !routeOf(capability, routing).includes(account))
    return `It is not on the route for ${capability}.`;
  if (accountId === null && !account.enabled) return 'It is held (enabled: false).';
  return isProblem(plan) ? plan.message : '';
}

function whyChosen({ accountId, replyTo, content }: Send, plan: Plan, around: Surroundings): string {
  if (accountId !== null) return 'It is the account that was named.';
  if (replyTo !== null && around.quoted.get(replyTo)?.accountId === plan.account.id)
    return 'It heard the message that is answered.';
  const capability = capabilityFor(content.kind);
  if (routeOf(capability, around.routing)[0] === plan.account) return `It is the first on the route for ${capability}.`;
  const rides = plan.content.kind === 'template' && plan.content.sms ? ' with its SMS' : '';
  return `It is the first that remains on the route for ${capability}: those before it are held, cannot take it${rides}, or work worse.`;
}

/** What there is to know of the one that is chosen although it does not work as it should. */
function standing({ enabled, health }: ProviderAccount): string {
  if (!enabled) return ' It is held (enabled: false): the message waits in its queue until it is let go.';
  if (health === 'FAILING')
    return ' The provider refused its credentials, so it stopped: the message waits in its queue until they are mended.';
  if (health === 'DEGRADED')
    return ' Half or more of its calls failed of late, so it pauses: the message waits until a probing call is taken.';
  return '';
}

/** What holds it, and whether it outlives that. */
function whenOf({ scheduledAt, expiresAt }: Send, { notBefore, person }: Plan, { quiet, now }: Surroundings): string {
  const at = notBefore ?? (scheduledAt && scheduledAt > now ? scheduledAt : null);
  if (!at) return '';
  const zone = zoneOf(person);
  const why =
    notBefore && quiet
      ? `because of the quiet hours: MARKETING leaves from ${quiet.from} to ${quiet.to} in ${zone}.`
      : 'its scheduledAt.';
  const late =
    expiresAt && expiresAt <= at ? ' Its expiresAt comes before that, so it would be EXPIRED and not sent.' : '';
  return ` It waits until ${at.toISOString()}, ${why}${late}`;
}

/** Of one on the route of the message that is not the one that is chosen. */
function whyNext(account: ProviderAccount, verdicts: Judged['verdicts'], { account: chosen, route }: Plan): string {
  if (account.health === 'FAILING')
    return 'The provider refused its credentials, so it stopped: it can take it once they are mended.';
  if (account.health === 'DEGRADED')
    return 'Half or more of its calls failed of late, so it pauses: it would be tried when those that work have refused it.';
  const working = verdicts
    .map((verdict) => verdict.account)
    .filter(({ id, health }) => route?.includes(id) && health !== 'FAILING' && health !== 'DEGRADED');
  const before = working[working.indexOf(account) - 1];
  return before === undefined || before === chosen
    ? 'It would be tried next, after a refusal or a deferral.'
    : `It would be tried after ${before.name}.`;
}
