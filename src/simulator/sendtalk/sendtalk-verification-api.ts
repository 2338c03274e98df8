import { randomInt, randomUUID } from 'node:crypto';
import {
  type SendTalkVerificationData,
  type SendTalkVerificationRequest,
} from '../../providers/sendtalk/sendtalk.wire.js';
import { type Answer, type Behaviour, type CallbackPlan, goesOut, type Refusal, withLine } from '../behaviour.js';
import { FILES_PATH } from '../files.js';
import { Ledger } from '../ledger.js';
import { type SimulatedWorld } from '../simulated-provider.js';
import { qrPng } from './qr-png.js';
import { type SimulatedSendTalkAccount } from './sendtalk-account.js';
import {
  type Caller,
  INVALID_RECIPIENT,
  invalid,
  isErrorCode,
  isRefusal,
  PHONE,
  required,
  type SendTalkCalls,
  shaped,
} from './sendtalk-calls.js';
import { codeOf, verificationText, waLink } from './sendtalk-verification-text.js';
import { type SendTalkVerifications, type SimulatedVerification, type WebhookPlan } from './sendtalk-verifications.js';

const MINUTE_MS = 60_000;
/** The document names no default; its sample has this. */
const DEFAULT_EXPIRY_MINUTES = 10;
/** As many as 32 bits hold: no limit is documented. */
const MOST_MINUTES = 2_147_483_647;
const DEFAULT_NUMBER = '6281110008888';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LETTER_COUNT = 16;
const NOT_MADE = 'The verification was not created';

/** What a message calls otherwise: a magic recipient's refusal names a field of the request that it refuses. */
const FIELDS: Readonly<Record<string, Refusal>> = {
  phone: required('userPhone', 'User phone'),
  body: required('languageCode', 'Language code'),
};

/** Makes verifications: the text that a person is to send, and the link that has it. */
export class SendTalkVerificationApi {
  constructor(
    private readonly world: SimulatedWorld,
    private readonly calls: SendTalkCalls,
    private readonly verifications: SendTalkVerifications,
  ) {}

  create(account: SimulatedSendTalkAccount, input: Record<string, unknown>, caller: Caller): Answer {
    const request = readRequest(input);
    if (isRefusal(request)) return this.calls.refuse(caller, request);
    caller.recipient = request.userPhone;
    if (account.refuses !== undefined)
      return this.calls.refuse(caller, { http: 200, code: account.refuses, message: NOT_MADE });
    const behaviour = this.befalls(account, request);
    if (!goesOut(behaviour)) return this.calls.strike(caller, behaviour);

    const verification = make(account, request, caller.at, planOf(behaviour?.callbacks));
    this.verifications.add(verification);
    const { id, waMessage, waLink: link } = verification;
    const answer = shaped<SendTalkVerificationData>(
      {
        success: true,
        message: 'WhatsApp verification created successfully',
        reason: '',
        ...(behaviour?.answer !== 'empty' && {
          verification: { id, waLink: link, waMessage, qrCode: this.qrCode(account, link, caller.at) },
        }),
      },
      behaviour,
    );
    this.calls.record(caller, 'created', answer.status, id);
    return withLine(answer, behaviour);
  }

  /** A fault, else what a magic number asks for. */
  private befalls(account: SimulatedSendTalkAccount, request: SendTalkVerificationRequest): Behaviour | undefined {
    const { faults } = this.world;
    const { userPhone, languageCode, expiryMinutes, appURL } = request;
    const key = Ledger.keyOf(userPhone, 'verification', [languageCode, expiryMinutes, appURL]);
    const behaviour =
      faults.ofCall('SENDTALK', account.apiKey, 'verification') ??
      faults.ofRecipient('SENDTALK', account.apiKey, userPhone, key);
    return behaviour?.refuse ? { ...behaviour, refuse: asVerification(behaviour.refuse) } : behaviour;
  }

  private qrCode({ apiKey, qrCode: form = 'data' }: SimulatedSendTalkAccount, link: string, at: Date): string {
    if (form === 'elided') return '...';
    const bytes = qrPng(link);
    switch (form) {
      case 'data':
        return `data:image/png;base64,${bytes.toString('base64')}`;
      case 'bare':
        return bytes.toString('base64');
      case 'url':
        return `${this.world.url()}${FILES_PATH}${this.world.files.add({ account: apiKey, at, bytes, mimeType: 'image/png', filename: 'qr.png' }).id}`;
    }
  }
}

function readRequest(input: Record<string, unknown>): SendTalkVerificationRequest | Refusal {
  const { userPhone, languageCode, expiryMinutes, appURL } = input;
  if (typeof userPhone !== 'string' || userPhone === '') return required('userPhone', 'User phone');
  if (typeof languageCode !== 'string' || languageCode === '') return required('languageCode', 'Language code');
  if (languageCode !== 'id' && languageCode !== 'en') return invalid('languageCode', 'Language code');
  if (expiryMinutes !== undefined && !isMinutes(expiryMinutes)) return invalid('expiryMinutes', 'Expiry minutes');
  if (appURL !== undefined && typeof appURL !== 'string') return invalid('appURL', 'App URL');
  if (!PHONE.test(userPhone)) return INVALID_RECIPIENT;
  return { userPhone, languageCode, ...(expiryMinutes && { expiryMinutes }), ...(appURL && { appURL }) };
}

const isMinutes = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_MINUTES;

function make(
  account: SimulatedSendTalkAccount,
  request: SendTalkVerificationRequest,
  at: Date,
  webhook: WebhookPlan | null,
): SimulatedVerification {
  const id = randomUUID();
  const letters = Array.from({ length: LETTER_COUNT }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const code = codeOf(id, letters);
  const expiresAt = new Date(at.getTime() + (request.expiryMinutes ?? DEFAULT_EXPIRY_MINUTES) * MINUTE_MS);
  const waMessage = verificationText(code, expiresAt, request);
  return {
    ...{ id, account: account.apiKey, userPhone: request.userPhone, code, waMessage },
    waLink: waLink(account.number ?? DEFAULT_NUMBER, waMessage),
    ...{ createdAt: at, expiresAt, verifiedAt: null, webhook },
  };
}

/** The same refusal in the words of this call. */
function asVerification(refusal: Refusal): Refusal {
  if (refusal.code !== null && !isErrorCode(refusal.code)) return { ...refusal, message: NOT_MADE };
  return FIELDS[refusal.field ?? ''] ?? refusal;
}

/** What there is to a plan of callbacks where there is one webhook: whether, how often, when, and by whom. */
function planOf({ posted, statuses, times, firstAfterMs, wrongToken }: Partial<CallbackPlan> = {}): WebhookPlan | null {
  if (posted === false || statuses?.length === 0) return null;
  return { times: times ?? 1, afterMs: firstAfterMs ?? 0, forged: wrongToken ?? false };
}
