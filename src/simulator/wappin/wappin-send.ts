import { type Accounts } from '../accounts.js';
import { msisdn, type Refusal } from '../behaviour.js';
import { type SimulatedWappinAccount } from './wappin-account.js';
import { type MediaForm, takesFile, type UploadedFile } from './wappin-media.js';
import {
  INVALID_CONTACT,
  NO_INPUT,
  NO_SMS_TEMPLATE,
  NO_TEMPLATE,
  NOT_IN_PRODUCTION,
  PARAM_COUNT,
  SMS_PARAM_COUNT,
  UNKNOWN_CLIENT,
  UPLOAD_FAILED,
} from './wappin-refusals.js';

/** The only templates of a UAT project. */
const UAT_TEMPLATES: readonly string[] = ['templ_uat_2', 'templ_uat_3'];
/** `62…` in the samples for notifications, `08…` in those for chatbots. */
export const PHONE = /^(62\d{8,13}|0\d{8,14}|[1-9]\d{8,14})$/;

/** A message that nothing is wrong with. */
export interface WappinSend {
  readonly recipient: string;
  readonly type: string;
  /** Null in a session message. */
  readonly template: string | null;
  readonly params: readonly string[];
  readonly content?: Readonly<Record<string, unknown>>;
  /** An SMS rides along. */
  readonly sms: boolean;
  readonly file?: UploadedFile;
}

type Fields = Readonly<Record<string, unknown>>;

export const isRefusal = (value: WappinSend | Refusal): value is Refusal => 'http' in value;

/** Ids are strings with their leading zeros; the number 9 is not `0009`. */
export function isOwn(account: SimulatedWappinAccount, input: Fields): boolean {
  return input['client_id'] === account.clientId && input['project_id'] === account.projectId;
}

/** Reads the bodies of the three calls that send. `strict`: templates that are not known are refused. */
export class WappinReader {
  constructor(
    private readonly accounts: Accounts,
    private readonly strict: boolean,
  ) {}

  /** do-send-hsm: a template, perhaps with an SMS. */
  template(account: SimulatedWappinAccount, input: Fields): WappinSend | Refusal {
    const { type, recipient_number: recipient } = input;
    if (!isOwn(account, input)) return UNKNOWN_CLIENT;
    if (typeof recipient !== 'string' || recipient === '') return NO_INPUT;
    if (typeof type !== 'string') return NO_TEMPLATE;
    const count = this.countOf(account, type, 'WHATSAPP');
    if (count === undefined && this.strict) return NO_TEMPLATE;
    const params = readParams(input['params']);
    if (params === undefined || (count !== undefined && params.length !== count)) return PARAM_COUNT;
    const sms = this.sms(account, input);
    if (sms !== undefined && 'http' in sms) return sms;
    if (!PHONE.test(recipient)) return INVALID_CONTACT;
    return {
      recipient: msisdn(recipient),
      type: 'template',
      template: type,
      params,
      ...(sms && { content: { sms } }),
      sms: sms !== undefined,
    };
  }

  /** do-send: a text in a session. */
  text(account: SimulatedWappinAccount, input: Fields): WappinSend | Refusal {
    const { message_content: body, recipient_number: recipient } = input;
    if (!isOwn(account, input)) return UNKNOWN_CLIENT;
    if (typeof body !== 'string' || body === '' || typeof recipient !== 'string' || recipient === '') return NO_INPUT;
    if (account.environment === 'UAT') return NOT_IN_PRODUCTION;
    if (!PHONE.test(recipient)) return INVALID_CONTACT;
    return { recipient: msisdn(recipient), type: 'text', template: null, params: [], content: { body }, sms: false };
  }

  /** do-send-media: a file in a session. */
  media(account: SimulatedWappinAccount, { fields, file }: MediaForm): WappinSend | Refusal {
    const { media_type: type = '', recipient_number: recipient = '', caption } = fields;
    if (!isOwn(account, fields)) return UNKNOWN_CLIENT;
    if (recipient === '' || (caption !== undefined && type === 'audio')) return NO_INPUT;
    if (file === undefined || !takesFile(type, file)) return UPLOAD_FAILED;
    if (!PHONE.test(recipient)) return INVALID_CONTACT;
    const content = { filename: file.filename, mimeType: file.mimeType, ...(caption !== undefined && { caption }) };
    return { recipient: msisdn(recipient), type, template: null, params: [], content, sms: false, file };
  }

  /** The omnichannel variant: all three of its fields or none. */
  private sms(
    account: SimulatedWappinAccount,
    input: Fields,
  ): { name: string; params: string[] } | Refusal | undefined {
    const { channel, content: name, params_sms: given } = input;
    if (channel === undefined && name === undefined && given === undefined) return undefined;
    if (channel !== 'sms') return NO_INPUT;
    const count = typeof name === 'string' ? this.countOf(account, name, 'SMS') : undefined;
    if (typeof name !== 'string' || (count === undefined && this.strict)) return NO_SMS_TEMPLATE;
    const params = readParams(given);
    return params === undefined || (count !== undefined && params.length !== count)
      ? SMS_PARAM_COUNT
      : { name, params };
  }

  private countOf(account: SimulatedWappinAccount, name: string, channel: 'WHATSAPP' | 'SMS'): number | undefined {
    if (channel === 'WHATSAPP' && account.environment === 'UAT' && !UAT_TEMPLATES.includes(name)) return undefined;
    return this.accounts.template({ kind: 'WAPPIN', name, channel }, account.clientId)?.params;
  }
}

/** Keys "1" to "n" without a gap, every value a string; in order. */
function readParams(params: unknown): string[] | undefined {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return undefined;
  const given = params as Record<string, unknown>;
  const values: string[] = [];
  for (let position = 1; position <= Object.keys(given).length; position++) {
    const value = given[String(position)];
    if (typeof value !== 'string') return undefined;
    values.push(value);
  }
  return values;
}
