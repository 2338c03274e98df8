import { type MagicRow, type MagicRows } from '../behaviour.js';

/** A code of DOKU's; `remembered`: the service itself had the request, so the Request-Id is used up (idempotency rule). */
const code = (http: number, name: string, remembered = true): MagicRow => ({
  what: `DOKU ${http} ${name}`,
  behaviour: { refuse: { http, code: name, message: name.replaceAll('_', ' ') }, remembered },
});

export const DOKU_MAGIC: MagicRows = {
  '400': code(400, 'invalid_parameter'),
  '401': code(401, 'invalid_signature', false),
  '403': code(403, 'invalid_client_id', false),
  '404': code(404, 'template_not_found'),
  '409': {
    ...code(409, 'internal_server_error'),
    what: 'DOKU 409 that repeats the refusal of an earlier request under this Request-Id: nothing was sent, it is used up',
  },
  '422': code(400, 'invalid_params'),
  '429': code(429, 'too_many_requests', false),
  '500': {
    ...code(500, 'internal_server_error', false),
    what: 'DOKU 500 internal_server_error, a repeat is a new try',
  },
  '510': {
    ...code(500, 'internal_server_error'),
    what: 'DOKU 500 that uses up the Request-Id: a repeat gets it again with 409',
  },
};
