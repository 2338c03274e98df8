const JAKARTA_OFFSET_MS = 7 * 60 * 60 * 1000;

/** `2024-05-31T16:08:37Z`: UTC in seconds, as everywhere but in SNAP. */
export const utcTime = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

/** `2024-05-31T23:08:37+07:00`: SNAP's. */
export const snapTime = (at: Date): string => `${inJakarta(at)}+07:00`;

/** `20240531230837`: the clock in Jakarta, without saying so. */
export const compactTime = (at: Date): string => inJakarta(at).replace(/\D/g, '');

function inJakarta(at: Date): string {
  return new Date(at.getTime() + JAKARTA_OFFSET_MS).toISOString().slice(0, 19);
}
