/**
 * Exotel's own codes, 300xx, with their words: of callbacks, and perhaps of answers. From the error-code page of
 * developer.exotel.com/api; an early revision of the newer /docs site gives them other meanings, which production
 * callbacks contradict (30018, 30023).
 */
import { type ProblemCode } from '../../common/problem.js';

/** Of each code that reports a failure: its word, what it is to us, and what to do. */
interface ExotelFault {
  /** Null where it was seen without its code. */
  readonly code: number | null;
  readonly word: string;
  readonly problem: ProblemCode;
  readonly message: string;
}

const AT_EXOTEL = 'Exotel could not deliver the message; nothing in it is wrong, so it may be sent again.';
const SLOW_DOWN = 'Exotel or Meta took no more messages of this sender just then: send it again, more slowly.';
const NOT_ON_WHATSAPP = 'The number has no WhatsApp that can take the message.';
const MEDIA = 'WhatsApp did not take the file: check its type and size, and that its address can be read by anybody.';
const PARAMS = 'Exotel did not take a field of the message; its own words say which.';
const TEMPLATE = 'WhatsApp has no such template in that language, or it is not approved: compare it with Exotel.';
const TOO_LATE = 'The message could not be delivered in the time it had; the phone was off or offline.';
const CATALOG = 'The catalogue or a product of the message is not as WhatsApp wants it: compare it with the catalogue.';
const MARKETING_CAP = 'Meta held the message back: this person has had as much marketing as it lets through for now.';
const COUNTS = 'The message has too many or too few sections, rows or products.';

const FAULTS: readonly ExotelFault[] = (
  [
    [30004, 'EX_SYSTEM_ERROR', 'PROVIDER_REJECTED', AT_EXOTEL],
    [30005, 'EX_NUMBER_ERROR', 'INVALID_PHONE_NUMBER', 'Exotel says that something is wrong with the number.'],
    [30006, 'EX_SETUP_ERROR', 'PROVIDER_REJECTED', "The sender is not set up for WhatsApp: ask Exotel's support."],
    [30007, 'EX_RATE_LIMIT_HIT', 'PROVIDER_REJECTED', SLOW_DOWN],
    [30008, 'EX_SPAM_RATE_LIMIT_HIT', 'PROVIDER_REJECTED', 'Too many people blocked or reported this sender.'],
    [30009, 'EX_TOO_MANY_REQUEST', 'PROVIDER_REJECTED', SLOW_DOWN],
    [30010, 'EX_INVALID_REQUEST', 'PROVIDER_REJECTED', PARAMS],
    [30011, 'EX_UNKNOWN_ERROR', 'PROVIDER_REJECTED', AT_EXOTEL],
    [30012, 'EX_INVALID_RECIPIENT', 'NOT_ON_WHATSAPP', NOT_ON_WHATSAPP],
    [30013, 'EX_INCAPABLE_RECIPIENT', 'NOT_ON_WHATSAPP', NOT_ON_WHATSAPP],
    [30014, 'EX_RECIPIENT_BLOCKED', 'PROVIDER_REJECTED', 'The number is not among those that the sender may write to.'],
    [30015, 'EX_UNSUPPORTED_MESSAGE', 'MEDIA_REJECTED', 'WhatsApp does not take this kind of message or file.'],
    [30016, 'EX_MEDIA_DOWNLOAD_ERROR', 'MEDIA_REJECTED', MEDIA],
    [30017, 'EX_MEDIA_UPLOAD_ERROR', 'MEDIA_REJECTED', MEDIA],
    [
      30018,
      'EX_REENGAGEMENT_ERROR',
      'SESSION_WINDOW_CLOSED',
      'The person last wrote more than 24 hours ago: send a template.',
    ],
    [30019, 'EX_INVALID_PARAM', 'PROVIDER_REJECTED', PARAMS],
    [30020, 'EX_MISSING_PARAM', 'PROVIDER_REJECTED', PARAMS],
    [30021, 'EX_INVALID_PARAM_VALUE', 'PROVIDER_REJECTED', PARAMS],
    [30022, 'EX_TEMPLATE_ERROR', 'TEMPLATE_NOT_FOUND', TEMPLATE],
    [
      30023,
      'EX_TEMPLATE_PARAM_ERROR',
      'TEMPLATE_PARAMS_MISMATCH',
      'The values, or the form of the header, are not those of the template.',
    ],
    [30024, 'EX_TEMPLATE_NOT_FOUND', 'TEMPLATE_NOT_FOUND', TEMPLATE],
    [30025, 'EX_TEMPLATE_TEXT_TOO_LONG', 'PROVIDER_REJECTED', 'The template is too long with these values.'],
    [30026, 'EX_INVALID_TEMPLATE_NAMESPACE', 'PROVIDER_REJECTED', 'The template is of another WhatsApp account.'],
    [30027, 'EX_MESSAGE_PENDING_TOO_LONG', 'EXPIRED', TOO_LATE],
    [30028, 'EX_MESSAGE_EXPIRED', 'EXPIRED', TOO_LATE],
    [30029, 'EX_MESSAGE_TOO_LONG', 'PROVIDER_REJECTED', 'The text is longer than 4096 characters.'],
    [30030, 'EX_WEBHOOK_ERROR', 'PROVIDER_REJECTED', AT_EXOTEL],
    [30031, 'EX_SECTION_COUNT_ERROR', 'PROVIDER_REJECTED', COUNTS],
    [30032, 'EX_ROWS_COUNT_ERROR', 'PROVIDER_REJECTED', COUNTS],
    [30033, 'EX_PRODUCT_COUNT_ERROR', 'PROVIDER_REJECTED', COUNTS],
    [30034, 'EX_CATALOGUE_NOT_FOUND', 'PROVIDER_REJECTED', CATALOG],
    [30035, 'EX_CATALOGUE_NOT_LINKED', 'PROVIDER_REJECTED', CATALOG],
    [30036, 'EX_MISSING_PRODUCT', 'PROVIDER_REJECTED', CATALOG],
    [30037, 'EX_PRODUCT_NOT_FOUND', 'PROVIDER_REJECTED', CATALOG],
    [30038, 'EX_PRODUCT_COMPLIANCE_ERROR', 'PROVIDER_REJECTED', CATALOG],
    [30039, 'EX_INVALID_HEADER', 'PROVIDER_REJECTED', 'WhatsApp did not take the header of the message.'],
    [
      30040,
      'EX_MISSING_COMPLIANCE',
      'PROVIDER_REJECTED',
      'The business has not given what WhatsApp asks of it by law.',
    ],
    [30041, 'EX_CHAR_POLICY_VIOLATION', 'PROVIDER_REJECTED', "Characters of the message break WhatsApp's rules."],
    [null, 'EX_RESTRICTED_BY_META', 'PROVIDER_REJECTED', MARKETING_CAP],
  ] as const
).map(([code, word, problem, message]) => ({ code, word, problem, message }));

const BY_CODE: ReadonlyMap<number | null, ExotelFault> = new Map(FAULTS.map((fault) => [fault.code, fault]));
const BY_WORD: ReadonlyMap<string, ExotelFault> = new Map(FAULTS.map((fault) => [fault.word, fault]));

export type ExotelMeaning = Pick<ExotelFault, 'problem' | 'message'>;

/** What the code of a failure means; undefined where it is none of the table. */
export function faultOfCode(code: number | null): ExotelMeaning | undefined {
  return code === null ? undefined : BY_CODE.get(code);
}

/** What the word of a failure means, in capitals; undefined where it is none of the table. */
export function faultOfWord(word: string): ExotelMeaning | undefined {
  return BY_WORD.get(word);
}
