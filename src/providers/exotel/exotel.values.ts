/** Values that both kinds of callback have. */
import { referenceOf } from '../../common/http-text.js';
import { e164FromDigits } from '../../common/phone.js';
import { textOf, type JsonObject } from '../../common/untrusted-json.js';

/** The id that Exotel gives; null where there is none that can be stored and found again. */
export function sidOf(said: JsonObject): string | null {
  return referenceOf(textOf(said['sid']));
}

/** `+9186…` and `9186…` as E.164; null where it is no number. */
export function phoneOf(value: unknown): string | null {
  return e164FromDigits(textOf(value) ?? '');
}

const WITH_OFFSET = /^([12]\d{3}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)$/i;

/** `2024-05-21T12:48:26+05:30` as a moment; null without an offset, for two regions write these. */
export function momentOf(value: unknown): Date | null {
  const parts = WITH_OFFSET.exec(textOf(value)?.trim() ?? '');
  if (!parts) return null;
  const [, date, time, offset] = parts as unknown as [string, string, string, string];
  const at = new Date(`${date}T${time}${offset.toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
