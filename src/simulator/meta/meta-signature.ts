import { createHmac } from 'node:crypto';

/**
 * `X-Hub-Signature-256` as Meta makes it, after its page on validating payloads. Written apart from the adapter that checks it,
 * so that one mistake cannot hide in both.
 */
export function hubSignature(body: string, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body, 'utf8').digest('hex')}`;
}

/** JSON as Meta writes it: non-ASCII characters as `\u00e9` with small digits, a slash as `\/`. */
export function metaJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
