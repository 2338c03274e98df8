import { type MagicRow, type MagicRows } from '../behaviour.js';
import { EXO_CODES, exoStatus } from './exotel-codes.js';

/** The whole request is refused. */
const request = (http: number, message: string): MagicRow => ({
  what: `Exotel HTTP ${http}`,
  behaviour: { refuse: { http, code: String(http), message } },
});
/** The request is taken, HTTP 202, and this message of it is not. */
const element = (code: number, message: string): MagicRow => ({
  what: `Exotel 202 in which this message has code ${code}`,
  behaviour: { refuse: { http: 202, code: String(code), message } },
});
const reported = (code: string): MagicRow => ({
  what: `Exotel reports ${code} ${exoStatus(code).detailed}`,
  behaviour: { callbacks: { statuses: [code as `${number}`] } },
});

export const EXOTEL_MAGIC: MagicRows = {
  '400': element(400, 'Invalid parameter'),
  '401': request(401, 'Authentication failed'),
  '402': request(402, 'Usage limit exceeded'),
  '403': request(403, 'No access to the resource'),
  '404': element(404, 'Not found'),
  '408': request(400, 'Malformed request'),
  '429': request(429, 'Too many requests'),
  '430': element(429, 'Too many requests'),
  '500': request(500, 'Internal server error'),
  '501': element(500, 'Internal server error'),
  '807': {
    what: 'Exotel in params, as on its payments page',
    behaviour: { callbacks: { spelling: 'table' } },
  },
  ...Object.fromEntries(EXO_CODES.map((code) => [code, reported(code)])),
};
