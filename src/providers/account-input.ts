import { readPhone } from '../common/phone.js';
import { type Problem, problem, type ProviderKind } from '../common/problem.js';
import { unstorableAt } from '../common/text.js';
import { checkUrl } from '../http/address-guard.js';
import { type CredentialField, type Credentials, type Environment } from './ports/provider.js';

/** What a caller says of an account, as the API takes it. */
export interface AccountInput {
  readonly kind: ProviderKind;
  readonly name: string;
  readonly environment: Environment;
  readonly credentials: Record<string, unknown>;
  readonly sender?: string | null;
  readonly baseUrl?: string | null;
  readonly requestsPerMinute?: number | null;
}

export type AccountPatch = Partial<Omit<AccountInput, 'kind' | 'environment' | 'credentials'>> & {
  readonly credentials?: AccountInput['credentials'] | null;
  readonly enabled?: boolean | null;
};

const LONGEST_NAME = 128;
const LONGEST_CREDENTIAL = 8192;
const MOST_REQUESTS = 1_000_000;

/** The settings of an account that stand beside its credentials, checked. */
export interface AccountSettings {
  readonly name?: string;
  readonly sender?: string | null;
  readonly baseUrl?: string | null;
  readonly requestsPerMinute?: number | null;
}

/** Checks all but the credentials; what is left out stays out of the answer. */
export async function checkSettings(
  input: AccountPatch,
  country: string,
  allowPrivateUrls: boolean,
): Promise<AccountSettings | Problem> {
  const unstorable = unstorableAt(input);
  if (unstorable !== null)
    return problem('INVALID_INPUT', 'It holds a NUL byte or half a character; take it out.', unstorable);
  const settings: { -readonly [Key in keyof AccountSettings]: AccountSettings[Key] } = {};
  if (input.name !== undefined) {
    const name = input.name.trim();
    if (!name || name.length > LONGEST_NAME)
      return problem('INVALID_INPUT', `A name has 1 to ${LONGEST_NAME} characters.`, 'name');
    settings.name = name;
  }
  if (input.sender !== undefined) {
    settings.sender = input.sender === null ? null : readPhone(input.sender, country);
    if (input.sender !== null && settings.sender === null) {
      return problem(
        'INVALID_PHONE_NUMBER',
        'The sender is no phone number; write it with its country code, as +62 812 ….',
        'sender',
      );
    }
  }
  if (input.baseUrl !== undefined) {
    if (input.baseUrl !== null) {
      const url = URL.parse(input.baseUrl);
      if (!url || url.pathname !== '/' || url.search || url.hash) {
        return problem(
          'INVALID_INPUT',
          'A base URL is scheme, host and port alone, as https://proxy.example:8443.',
          'baseUrl',
        );
      }
      const unsafe = await checkUrl(input.baseUrl, allowPrivateUrls);
      if (unsafe !== null) return problem('UNSAFE_URL', unsafe, 'baseUrl');
      settings.baseUrl = url.origin;
    } else settings.baseUrl = null;
  }
  if (input.requestsPerMinute !== undefined) {
    const limit = input.requestsPerMinute;
    if (limit !== null && (limit < 1 || limit > MOST_REQUESTS)) {
      return problem(
        'INVALID_INPUT',
        `Requests a minute are 1 to ${MOST_REQUESTS}; null is the provider’s own limit.`,
        'requestsPerMinute',
      );
    }
    settings.requestsPerMinute = limit;
  }
  return settings;
}

/** Puts the given credentials over the known ones (null takes one away) and checks them by the provider's fields. */
export function checkCredentials(
  fields: readonly CredentialField[],
  given: Record<string, unknown>,
  known: Credentials = {},
): Credentials | Problem {
  const names = fields.map((field) => field.name);
  const strange = Object.keys(given).find((name) => !names.includes(name));
  if (strange !== undefined) {
    return problem(
      'INVALID_INPUT',
      `No such credential; this provider takes ${names.join(', ')}.`,
      `credentials.${strange}`,
    );
  }
  const merged: Record<string, string> = {};
  for (const field of fields) {
    const at = `credentials.${field.name}`;
    const value = given[field.name] === undefined ? known[field.name] : given[field.name];
    if (value === undefined || value === null || value === '') {
      if (field.required) return problem('INVALID_INPUT', `${field.label} is needed.`, at);
      continue;
    }
    // A switch may be given as JSON's true; a number not, for ids keep their leading zeros.
    const text = typeof value === 'boolean' ? String(value) : value;
    if (typeof text !== 'string') return problem('INVALID_INPUT', `${field.label} is given as a string.`, at);
    if (text.length > LONGEST_CREDENTIAL)
      return problem('INVALID_INPUT', `${field.label} is longer than ${LONGEST_CREDENTIAL} characters.`, at);
    const wrong = field.check?.(text);
    if (wrong !== undefined) return problem('INVALID_INPUT', wrong, at);
    merged[field.name] = text;
  }
  return merged;
}
