/** Numbers to be proved: what a merchant asks of the gateway, what SendTalk made of it, and what persons send to SendTalk. */
import { type PersonSends, type WebhookByHand } from '../../src/simulator/sendtalk/sendtalk-control.js';
import { type PostedCallback } from '../../src/simulator/callbacks.js';
import { type SimulatedVerification, type Verdict } from '../../src/simulator/sendtalk/sendtalk-verifications.js';
import { post } from './simulator-peers.js';
import { until } from './until.js';
import { PROBLEM, type World } from './world.js';

export const VERIFICATION_FIELDS = `id method status phone reference waLink waMessage qrCode watchToken checksLeft nextSendAt
  expiresAt verifiedAt createdAt problem { code message provider { code retryable } }
  steps { method startedAt account { id name } message { id status } problem { code message provider { code message retryable } } }
  events { type sequence occurredAt recordedAt data }`;
const RESULT = `{ __typename ... on Verification { ${VERIFICATION_FIELDS} } ${PROBLEM} }`;

/** What a merchant does. Each answers the Verification, or the Problem. */
export interface VerificationHands {
  readonly start: (input: Record<string, unknown>) => Promise<any>;
  readonly resend: (id: string) => Promise<any>;
  readonly cancel: (id: string) => Promise<any>;
  readonly check: (id: string, code: string) => Promise<any>;
  /** null where there is none. */
  readonly read: (id: string) => Promise<any>;
  /** The same once it is so; throws after 10 s with what it is. */
  readonly readWhen: (id: string, fits: (seen: any) => boolean) => Promise<any>;
  readonly readIn: (id: string, status: string) => Promise<any>;
}

export function verificationHands(ask: World['ask']): VerificationHands {
  const byId = async (mutation: string, id: string): Promise<any> =>
    (await ask(`mutation ($id: ID!) { ${mutation}(id: $id) ${RESULT} }`, { id }))[mutation];
  const read: VerificationHands['read'] = async (id) =>
    (await ask(`query ($id: ID!) { verification(id: $id) { ${VERIFICATION_FIELDS} } }`, { id })).verification;
  const readWhen: VerificationHands['readWhen'] = async (id, fits) => {
    let seen: any;
    return until(async () => {
      seen = await read(id);
      return fits(seen) && seen;
    }, `${id} is as it should be`).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(seen, null, 2)}`);
    });
  };
  return {
    start: async (input) =>
      (
        await ask(`mutation ($input: StartVerificationInput!) { startVerification(input: $input) ${RESULT} }`, {
          input,
        })
      ).startVerification,
    resend: (id) => byId('resendVerification', id),
    cancel: (id) => byId('cancelVerification', id),
    check: async (id, code) =>
      (
        await ask(`mutation ($id: ID!, $code: String!) { checkVerification(id: $id, code: $code) ${RESULT} }`, {
          id,
          code,
        })
      ).checkVerification,
    read,
    readWhen,
    readIn: (id, status) => readWhen(id, (seen) => seen.status === status),
  };
}

/** Its events, without the word that begins them all. */
export const eventsOf = ({ events }: { readonly events: readonly { readonly type: string }[] }): string[] =>
  events.map(({ type }) => type.replace('VERIFICATION_', ''));

/** Valid mobile numbers that nobody else has in this file; not many of them begin alike, for those are limited together. */
export function strangers(): () => string {
  let people = 0;
  return () => {
    people++;
    return `+62878${2 + (people % 7)}${String(people).padStart(7, '0')}`;
  };
}

/** As the simulator lists it. */
export type MadeBySendTalk = Pick<
  SimulatedVerification,
  'id' | 'account' | 'userPhone' | 'waMessage' | 'waLink' | 'expiresAt'
>;

/** All that SendTalk made for a number, newest first. */
export async function madeFor(world: Pick<World, 'simulator'>, phone: string): Promise<MadeBySendTalk[]> {
  const answer = await fetch(
    `${world.simulator.url}/_simulator/sendtalk/verifications?userPhone=${encodeURIComponent(phone)}`,
  );
  return ((await answer.json()) as { verifications: MadeBySendTalk[] }).verifications;
}

/** What SendTalk made for a number last. */
export async function lastMadeFor(world: Pick<World, 'simulator'>, phone: string): Promise<MadeBySendTalk> {
  const [made] = await madeFor(world, phone);
  if (!made) throw new Error('SendTalk made nothing for that number.');
  return made;
}

/** A person sends SendTalk a text; answers what SendTalk made of it, and how its webhook was taken. */
export const personSends = (
  world: Pick<World, 'simulator'>,
  input: PersonSends,
): Promise<{ outcome: Verdict; id: string | null; webhook: PostedCallback[] }> =>
  control(world, 'verifications/send', input);

/** A webhook that no person is behind; answers how each copy was taken. */
export const postWebhook = async (
  world: Pick<World, 'simulator'>,
  input: WebhookByHand,
): Promise<readonly PostedCallback[]> =>
  (await control<{ posted: PostedCallback[] }>(world, 'webhook', input)).posted;

async function control<Answer>({ simulator }: Pick<World, 'simulator'>, path: string, input: object): Promise<Answer> {
  const url = `${simulator.url}/_simulator/sendtalk/${path}`;
  const { status, body } = await post(url, { 'content-type': 'application/json' }, JSON.stringify(input));
  if (status !== 200) throw new Error(`The simulator does not do that: ${JSON.stringify(body)}`);
  return body as Answer;
}
