/** `exo_status_code` and what stands beside it (Exotel's table of WhatsApp status codes). */
const DETAILED: Readonly<Record<string, string>> = {
  '30001': 'EX_MESSAGE_SENT',
  '30002': 'EX_MESSAGE_DELIVERED',
  '30003': 'EX_MESSAGE_SEEN',
  '30004': 'EX_SYSTEM_ERROR',
  '30005': 'EX_NUMBER_ERROR',
  '30006': 'EX_SETUP_ERROR',
  '30007': 'EX_RATE_LIMIT_HIT',
  '30008': 'EX_SPAM_RATE_LIMIT_HIT',
  '30009': 'EX_TOO_MANY_REQUEST',
  '30010': 'EX_INVALID_REQUEST',
  '30011': 'EX_UNKNOWN_ERROR',
  '30012': 'EX_INVALID_RECIPIENT',
  '30013': 'EX_INCAPABLE_RECIPIENT',
  '30014': 'EX_RECIPIENT_BLOCKED',
  '30015': 'EX_UNSUPPORTED_MESSAGE',
  '30016': 'EX_MEDIA_DOWNLOAD_ERROR',
  '30017': 'EX_MEDIA_UPLOAD_ERROR',
  '30018': 'EX_REENGAGEMENT_ERROR',
  '30019': 'EX_INVALID_PARAM',
  '30020': 'EX_MISSING_PARAM',
  '30021': 'EX_INVALID_PARAM_VALUE',
  '30022': 'EX_TEMPLATE_ERROR',
  '30023': 'EX_TEMPLATE_PARAM_ERROR',
  '30024': 'EX_TEMPLATE_NOT_FOUND',
  '30025': 'EX_TEMPLATE_TEXT_TOO_LONG',
  '30026': 'EX_INVALID_TEMPLATE_NAMESPACE',
  '30027': 'EX_MESSAGE_PENDING_TOO_LONG',
  '30028': 'EX_MESSAGE_EXPIRED',
  '30029': 'EX_MESSAGE_TOO_LONG',
  '30030': 'EX_WEBHOOK_ERROR',
  '30031': 'EX_SECTION_COUNT_ERROR',
  '30032': 'EX_ROWS_COUNT_ERROR',
  '30033': 'EX_PRODUCT_COUNT_ERROR',
  '30034': 'EX_CATALOGUE_NOT_FOUND',
  '30035': 'EX_CATALOGUE_NOT_LINKED',
  '30036': 'EX_MISSING_PRODUCT',
  '30037': 'EX_PRODUCT_NOT_FOUND',
  '30038': 'EX_PRODUCT_COMPLIANCE_ERROR',
  '30039': 'EX_INVALID_HEADER',
  '30040': 'EX_MISSING_COMPLIANCE',
  '30041': 'EX_CHAR_POLICY_VIOLATION',
  // Seen in practice, but not its code.
  '30048': 'EX_RESTRICTED_BY_META',
  // Only the newer site has it.
  '30049': 'EX_PAYMENT_PENDING',
  '30050': 'EX_PAYMENT_SUCCESS',
  // No document has a code, nor the word.
  '30051': 'EX_PAYMENT_FAILED',
};

export const EXO_CODES: readonly string[] = Object.keys(DETAILED);
/** Of an order, and of its message no delivery state. */
export const PAYMENT_CODES = { pending: '30049', success: '30050', failed: '30051' } as const;
export const REENGAGEMENT = '30018';
export const TEMPLATE_PARAMS = '30023';
export const TEMPLATE_NOT_FOUND = '30024';

/** A status without a code of its own. */
const CODES: Readonly<Record<string, string>> = { sent: '30001', delivered: '30002', read: '30003', failed: '30011' };

/** Where the description is not the words of the status: the payments page's sample. */
const DESCRIPTIONS: Readonly<Record<string, string>> = { '30050': 'Payment Succeeded' };

export interface ExoStatus {
  readonly code: number;
  readonly detailed: string;
  readonly description: string;
}

/** How Exotel says it: `read` and `30003` are the same. */
export function exoStatus(status: string): ExoStatus {
  const code = CODES[status] ?? status;
  const detailed = DETAILED[code] ?? 'EX_NOT_IN_THE_TABLE';
  const words = detailed.slice('EX_'.length).toLowerCase().split('_');
  return {
    code: Number(code),
    detailed,
    description: DESCRIPTIONS[code] ?? words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' '),
  };
}

const ARRIVING: readonly string[] = ['30001', '30002', '30003', ...Object.values(PAYMENT_CODES)];

/** Whether it says that the message did not come to the person. */
export const isFailureCode = (status: string): boolean => {
  const code = CODES[status] ?? status;
  return !ARRIVING.includes(code);
};
