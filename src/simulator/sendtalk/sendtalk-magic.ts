import { type MagicRow, type MagicRows } from '../behaviour.js';

/** A code of SendTalk's, or the reason of a refusal; both in an HTTP 200. */
const refused = (code: string, message: string, field?: string): MagicRow => ({
  what: `SendTalk ${code} ${message}${field ? ` (${field})` : ''}`,
  behaviour: { refuse: { http: 200, code, message, ...(field && { field }) } },
});
const reason = (code: string): MagicRow => ({
  what: `SendTalk ${code}`,
  behaviour: { refuse: { http: 200, code, message: 'The message was not sent' } },
});

export const SENDTALK_MAGIC: MagicRows = {
  '401': refused('49103', 'API-Key is not found'),
  '402': reason('insufficient_balance'),
  '403': reason('config_disabled'),
  '422': refused('40002', 'Body is required', 'body'),
  '500': { ...refused('50000', 'Internal server error'), what: 'SendTalk status 500 in an HTTP 200' },
  '601': reason('invalid_recipient'),
  '40001': refused('40001', 'Request headers are required (API-Key)'),
  '40002': refused('40002', 'Phone is required', 'phone'),
  '49103': refused('49103', 'API-Key is not found'),
};
