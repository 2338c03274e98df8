import { type Check, type Facts, type MessageFact, type SentFact } from './facts.js';

const LEFT = ['SUBMITTED', 'SENT', 'DELIVERED', 'READ'];

const sentOf = ({ sent }: Facts): Map<string, SentFact[]> => Map.groupBy(sent, ({ mark }) => mark);

/** Each mark that the API took has its one message. */
export const acceptedAreThere: Check = ({ accepted, messages }) => {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const marks = Map.groupBy(messages, ({ mark }) => mark);
  const gone = [...accepted].flatMap(([mark, id]) =>
    byId.get(id)?.mark === mark ? [] : [`${mark} was accepted as ${id} and is not there`],
  );
  const twice = [...marks].flatMap(([mark, found]) =>
    found.length > 1 ? [`${mark} is there ${found.length} times`] : [],
  );
  return [...gone, ...twice];
};

/** What is said to have left is in the ledger of the account of its accepted attempt, under the id that the attempt has. */
export const nothingLost: Check = (facts) => {
  const keys = new Map(facts.accounts.map(({ id, key }) => [id, key]));
  const sent = sentOf(facts);
  return facts.messages.flatMap((message) => {
    const found = sent.get(message.mark) ?? [];
    const lost = LEFT.includes(message.status) && found.length === 0 && !message.resolved;
    const unfounded = message.attempts
      .filter(({ outcome }) => outcome === 'ACCEPTED')
      .filter(
        (attempt) =>
          !found.some(
            ({ account, messageId }) =>
              account === keys.get(attempt.accountId) &&
              (attempt.providerMessageId === null || attempt.providerMessageId === messageId),
          ),
      );
    return [
      ...(lost ? [`${told(message)}, and no provider has it`] : []),
      ...unfounded.map(
        ({ number }) => `${told(message)}: try ${number} was accepted, and its provider knows nothing of it`,
      ),
    ];
  });
};

/** What ended without leaving is in no ledger; what may have left is UNCONFIRMED, or was. */
export const unsentAreUnsent: Check = (facts) => {
  const sent = sentOf(facts);
  return facts.messages.flatMap((message) => {
    const count = sent.get(message.mark)?.length ?? 0;
    const { status, attempts } = message;
    const mayHave = attempts.some(
      ({ outcome }) => outcome === 'ACCEPTED' || outcome === 'UNCERTAIN' || outcome === null,
    );
    if (count > 0 && !mayHave) return [`${told(message)} and none of its tries may have been sent, but it was`];
    if ((status === 'CANCELED' || status === 'EXPIRED') && mayHave)
      return [`${told(message)} although a try of it may have been sent`];
    return [];
  });
};

/** A message is taken once; once more where a person, or the caller, wanted it sent again. */
export const nothingTwice: Check = (facts) => {
  const byMark = new Map(facts.messages.map((message) => [message.mark, message]));
  return [...sentOf(facts)].flatMap(([mark, found]) => {
    const message = byMark.get(mark);
    if (!message) return [`${mark} was sent and the gateway has no such message`];
    const allowed = message.resendUnconfirmed ? message.attempts.length : 1 + message.retries;
    return found.length > allowed ? [`${told(message)} was sent ${found.length} times, ${allowed} are allowed`] : [];
  });
};

/** An id of a provider's belongs to the message that went out under it. */
export const contentOnce: Check = ({ messages, sent }) => {
  const marks = new Map(sent.map(({ messageId, mark }) => [messageId, mark]));
  return messages.flatMap((message) =>
    message.attempts.flatMap(({ number, providerMessageId }) => {
      const mark = providerMessageId === null ? undefined : marks.get(providerMessageId);
      return mark !== undefined && mark !== message.mark
        ? [`${told(message)}: try ${number} has the provider’s id of ${mark}`]
        : [];
    }),
  );
};

/** A message in a sentence. */
export const told = ({ mark, status }: MessageFact): string => `${mark} is ${status}`;
