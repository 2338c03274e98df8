import { type MagicRow, type MagicRows, type Refusal } from '../behaviour.js';
import * as refusals from './wappin-refusals.js';

/** A code of Wappin's own, which travels in the body of an HTTP 200. */
const code = (refuse: Refusal, what = `Wappin ${refuse.code} ${refuse.message}`): MagicRow => ({
  what,
  behaviour: { refuse },
});
const page = (http: number): MagicRow => ({
  what: `Wappin HTTP ${http} without JSON`,
  behaviour: { refuse: { http, code: null, message: 'the proxy in front answers' } },
});

export const WAPPIN_MAGIC: MagicRows = {
  '400': code(refusals.NO_INPUT),
  '401': code(refusals.INVALID_CREDENTIAL),
  '404': code(refusals.NO_TEMPLATE),
  '405': code(refusals.NO_SMS_TEMPLATE),
  '406': code(refusals.NO_AUTH),
  '407': code(refusals.WRONG_ADDRESS),
  '410': code(refusals.UNKNOWN_CLIENT),
  '412': code(refusals.SMS_PARAM_COUNT),
  '419': code(
    refusals.NOT_IN_PRODUCTION,
    'Wappin 419, only for production projects; carries a message_id although nothing is sent',
  ),
  '422': code(refusals.PARAM_COUNT),
  '429': page(429),
  '500': page(500),
  '601': code(refusals.INVALID_CONTACT),
  '605': code(refusals.UPLOAD_FAILED),
  '700': code(refusals.VENDOR_ERROR),
  '807': {
    what: "Wappin the field table's spelling: status_message, environtment",
    behaviour: { callbacks: { spelling: 'table' } },
  },
};
