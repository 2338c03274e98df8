import { type Refusal } from '../behaviour.js';

/** Wappin's codes, each with the message that tells it from others of the same number (document 1.7). */
const refusal = (code: string, message: string): Refusal => ({ http: 200, code, message });

export const NO_INPUT = refusal('400', 'Error no input received');
export const UNKNOWN_CLIENT = refusal('400', 'Project ID or Client ID cannot be process.');
export const PARAM_COUNT = refusal('400', 'Message param count do not match');
export const SMS_PARAM_COUNT = refusal('400', 'params sms count do not match');
export const INVALID_CREDENTIAL = refusal('401', 'Invalid credential');
export const NO_TEMPLATE = refusal('404', 'API Notification Template not found or inactive');
export const NO_SMS_TEMPLATE = refusal('404', 'Content Template SMS not found');
export const NO_DATA = refusal('404', 'Data not Found');
export const NO_AUTH = refusal('406', 'Auth not recognize');
export const WRONG_ADDRESS = refusal('407', 'IP Address not allowed');
export const NOT_IN_PRODUCTION = refusal(
  '419',
  'Sorry, the API Send Message can only be used for projects with production status. Please try API Sending Message using Sandbox - Send Session Message.',
);
export const INVALID_CONTACT = refusal('601', 'Contact invalid');
export const INVALID_NUMBER = refusal('601', 'Phone Number Invalid');
export const UPLOAD_FAILED = refusal('605', 'Upload Media Failed');
export const VENDOR_ERROR = refusal('700', 'Error from vendor');
