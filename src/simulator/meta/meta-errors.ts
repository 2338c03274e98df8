/** Errors of the Graph API, after Meta's page "Error codes" of the WhatsApp Business Platform. */
export interface MetaError {
  readonly code: number;
  /** HTTP status. Meta asks its callers not to decide by it. */
  readonly http: number;
  readonly title: string;
  /** What exactly is wrong: `error_data.details`. */
  readonly details?: string;
  readonly subcode?: number;
  /** Shown to a person: template management has a title and a text of its own. */
  readonly user?: { readonly title: string; readonly message: string };
}

type Row = readonly [http: number, title: string];

const CODES: Readonly<Record<number, Row>> = {
  0: [401, 'AuthException'],
  1: [400, 'API Unknown'],
  2: [503, 'API Service'],
  3: [500, 'API Method'],
  4: [400, 'API Too Many Calls'],
  10: [403, 'Permission Denied'],
  33: [400, 'Parameter value is not valid'],
  100: [400, 'Invalid parameter'],
  190: [401, 'Invalid OAuth access token - Cannot parse access token'],
  200: [403, 'Permissions error'],
  368: [403, 'Temporarily blocked for policies violations'],
  80007: [400, 'Rate limit issues'],
  130429: [400, 'Rate limit hit'],
  130472: [400, "User's number is part of an experiment"],
  130497: [403, 'Business account is restricted from messaging users in this country.'],
  131000: [500, 'Something went wrong'],
  131008: [400, 'Required parameter is missing'],
  131009: [400, 'Parameter value is not valid'],
  131016: [500, 'Service unavailable'],
  131021: [400, 'Recipient cannot be sender'],
  131026: [400, 'Message undeliverable'],
  131030: [400, 'Recipient phone number not in allowed list'],
  131031: [403, 'Account has been locked'],
  131037: [400, 'WhatsApp provided number needs display name approval before message can be sent.'],
  131042: [400, 'Business eligibility payment issue'],
  131045: [500, 'Incorrect certificate'],
  131047: [400, 'Re-engagement message'],
  131048: [400, 'Spam rate limit hit'],
  131049: [400, 'This message was not delivered to maintain healthy ecosystem engagement.'],
  131050: [400, 'User has stopped marketing messages from your business'],
  131051: [400, 'Unsupported message type'],
  131052: [400, 'Media download error'],
  131053: [400, 'Media upload error'],
  131056: [400, '(Business Account, Consumer Account) pair rate limit hit'],
  131057: [500, 'Account in maintenance mode'],
  131062: [400, 'Business-scoped User ID recipients are not supported for this message.'],
  132000: [400, 'Number of parameters does not match the expected number of params'],
  132001: [404, 'Template name does not exist in the translation'],
  132005: [400, 'Translated text too long'],
  132007: [400, 'Template format character policy violated'],
  132012: [400, 'Parameter format does not match format in the created template'],
  132015: [400, 'Template is paused'],
  132016: [400, 'Template is disabled'],
  132068: [400, 'Flow is blocked'],
  132069: [400, 'Flow is throttled'],
  133000: [500, 'Incomplete deregistration'],
  133004: [503, 'Server temporarily unavailable'],
  133010: [400, 'Phone number not registered'],
  133016: [400, 'Account register deregister rate limit exceeded'],
  134011: [400, 'WhatsApp Payments terms of service not accepted'],
  135000: [400, 'Generic user error'],
};

/** Every code that Meta's table has and the simulator can answer. */
export const META_CODES: readonly number[] = Object.keys(CODES).map(Number);

/** An error by its code; one that no table has is a bad request. */
export function metaError(code: number, details?: string): MetaError {
  const [http, title] = CODES[code] ?? [400, 'Generic user error'];
  return { code, http, title, details };
}

/** What the Graph API says of an id that is nobody's, or another one's. */
export function noSuchObject(method: string, id: string): MetaError {
  const title =
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, ` +
    'or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api';
  return { code: 100, http: 400, title, subcode: 33 };
}

/** A refusal of template management: the code is always 100, the subcode tells. */
export function templateError(subcode: number, title: string, message: string): MetaError {
  return { code: 100, http: 400, title: 'Invalid parameter', subcode, user: { title, message } };
}

/** The JSON body of an error. Authentication and unknown objects come without `(#code)` before the title. */
export function errorBody(error: MetaError, traceId: string): string {
  const { code, title, details, subcode, user } = error;
  const bare = code === 0 || code === 190 || subcode !== undefined;
  return JSON.stringify({
    error: {
      message: bare ? title : `(#${code}) ${title}`,
      type: subcode === 33 ? 'GraphMethodException' : 'OAuthException',
      code,
      ...(details !== undefined && { error_data: { messaging_product: 'whatsapp', details } }),
      ...(subcode !== undefined && { error_subcode: subcode }),
      ...(user && { is_transient: false, error_user_title: user.title, error_user_msg: user.message }),
      fbtrace_id: traceId,
    },
  });
}

/** The same error in a `failed` status. */
export function statusError({ code, title, details }: MetaError): Record<string, unknown> {
  return {
    code,
    title,
    message: title,
    error_data: { details: details ?? title },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  };
}
