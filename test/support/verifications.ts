/** Numbers to be proved: what a merchant asks of the gateway, and what SendTalk made of it. */
import { type Subscription } from './client.js';
import { type ListedVerification, sendTalkVerifications } from './simulator-peers.js';
import { until } from './until.js';
import { PROBLEM, type World } from './world.js';

export const VERIFICATION_FIELDS = `id method status phone reference waLink waMessage qrCode watchToken checksLeft nextSendAt
  expiresAt verifiedAt createdAt problem { code message provider { code retryable } }
  steps { method startedAt account { id } message { id status } problem { code message provider { code retryable } } }
  events { type sequence occurredAt recordedAt data }`;
const RESULT = `{ __typename ... on Verification { ${VERIFICATION_FIELDS} } ${PROBLEM} }`;

/** What a merchant does. Where it may be refused it answers the Verification, or the Problem. */
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
    }, 'the verification is as it should be').catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(seen, null, 2)}`);
    });
  };
  const start = `mutation ($input: StartVerificationInput!) { startVerification(input: $input) ${RESULT} }`;
  return {
    start: async (input) => (await ask(start, { input })).startVerification,
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

/** The first that is so of what verificationUpdated tells from here on: the same may be told again before. */
export async function toldWhen(subscription: Subscription, fits: (told: any) => boolean): Promise<any> {
  for (;;) {
    const { verificationUpdated } = await subscription.next();
    if (fits(verificationUpdated)) return verificationUpdated;
  }
}

/** Its events, without the word that begins them all. */
export const eventsOf = ({ events }: { readonly events: readonly { readonly type: string }[] }): string[] =>
  events.map(({ type }) => type.replace('VERIFICATION_', ''));

/** Gives mobile numbers, each another one; few of them begin alike, for those are limited together. */
export function strangers(): () => string {
  let people = 0;
  return () => {
    people++;
    return `+62878${2 + (people % 7)}${String(people).padStart(7, '0')}`;
  };
}

/** All that SendTalk made for a number, newest first. */
export const madeFor = (
  { simulator }: Pick<World, 'simulator'>,
  phone: string,
): Promise<readonly ListedVerification[]> => sendTalkVerifications(simulator.url, { userPhone: phone });

/** What SendTalk made for a number last. */
export async function lastMadeFor(world: Pick<World, 'simulator'>, phone: string): Promise<ListedVerification> {
  const [made] = await madeFor(world, phone);
  if (!made) throw new Error('SendTalk made nothing for that number.');
  return made;
}

/** The codes that a number was sent, newest first. */
export const codesSentTo = ({ simulator }: Pick<World, 'simulator'>, phone: string): string[] =>
  simulator.ledger.messages({ recipient: phone.slice(1) }).map(({ params: [code] }) => code ?? '');

/** The latest of them, once it is there. */
export const codeSentTo = (world: Pick<World, 'simulator'>, phone: string): Promise<string> =>
  until(() => codesSentTo(world, phone)[0], 'a code is sent');
