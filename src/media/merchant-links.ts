import { basename } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, MINUTE, SECOND } from '../common/clock.js';
import { type ProblemCode } from '../common/problem.js';
import { WHATSAPP_MEDIA } from '../common/whatsapp-media.js';
import { CONFIG, type Config } from '../config/config.js';
import { checkUrl } from '../http/address-guard.js';
import { HTTP, type Http } from '../http/http.js';
import { type MediaRule, type MediaType } from '../providers/ports/messaging.js';
import { type Answer, type Failure } from '../providers/ports/outcome.js';
import { isSurelyOther, judge, mimeTypeOf, REJECTIONS } from './media-types.js';

export type FetchedLink = Answer<{ readonly bytes: Buffer; readonly mimeType: string }>;

/** Links of merchants share no connection with the calls of an account. */
const LINE = 'media';
/** Answers of a merchant's server that may be others another time. */
const PASSING = new Set([408, 425, 429]);

/** Enough to tell any type by. */
const HEAD_BYTES = 64 * 1024;
/** The message waits for it. */
const LOOK_MS = 5 * SECOND;
const REMEMBERED_MS = 10 * MINUTE;
const REMEMBERED_AT_MOST = 1_000;
const MEND = 'Mend it or send another link; this one is looked at again after ten minutes.';

/** What can be said of a file without having fetched it. */
type Seen =
  | { readonly kind: 'unsafe'; readonly why: string }
  /** `size` in bytes: it has at least so many. `mimeType`: null where the bytes do not tell. */
  | { readonly kind: 'file'; readonly mimeType: string | null; readonly size: number }
  | { readonly kind: 'nothing' };

const NOTHING: Seen = { kind: 'nothing' };

/** The files behind merchants' links, past the address guard and without following redirects. */
@Injectable()
export class MerchantLinks {
  private readonly looks = new Map<string, { readonly seen: Promise<Seen>; readonly until: number }>();

  constructor(
    @Inject(HTTP) private readonly http: Http,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateUrls'>,
  ) {}

  /** Fetches a file that is to be sent as `type`. */
  async fetch(url: string, type: MediaType, signal: AbortSignal): Promise<FetchedLink> {
    const unsafe = await checkUrl(url, this.config.allowPrivateUrls);
    if (unsafe !== null) return failed('UNSAFE_URL', unsafe);
    const result = await this.http.request({
      ...{ method: 'GET', url, headers: { accept: '*/*' }, signal },
      ...{ maxBytes: WHATSAPP_MEDIA[type].maxBytes, line: LINE },
    });
    if (result.kind !== 'answer') {
      if (result.kind === 'broken' && result.tooLarge) return failed('MEDIA_REJECTED', REJECTIONS['too large']);
      return failed('PROVIDER_UNAVAILABLE', `The file could not be fetched from its link: ${result.reason}.`, true);
    }
    const { status, body } = result;
    if (status >= 500 || PASSING.has(status))
      return failed('PROVIDER_UNAVAILABLE', `The file's link answered with HTTP ${status}.`, true);
    if (status !== 200) {
      const redirects = status >= 300 && status < 400 ? '; redirects are not followed' : '';
      return failed('MEDIA_REJECTED', `The file's link answered with HTTP ${status}, not 200${redirects}.`);
    }
    const kind = await judge(body, body.length, nameOf(url));
    if (typeof kind === 'string') return failed('MEDIA_REJECTED', REJECTIONS[kind]);
    return { outcome: 'answered', bytes: body, mimeType: kind.mimeType };
  }

  /**
   * Why a link that its provider fetches is not handed on. Null unless something surely speaks against it: the provider,
   * which may see what we do not, has the last word.
   */
  async refusal(url: string, type: MediaType, rule: MediaRule): Promise<Failure | null> {
    const seen = await this.look(url);
    if (seen.kind === 'unsafe') return failure('UNSAFE_URL', seen.why);
    if (seen.kind === 'nothing') return null;
    if (seen.size > rule.maxBytes) {
      const most = `${rule.maxBytes} bytes, the most for the type ${type}`;
      return failure('MEDIA_REJECTED', `The link's file has more than ${most}. ${MEND}`);
    }
    if (seen.mimeType === null || !isSurelyOther(seen.mimeType, type, rule.mimeTypes)) return null;
    const taken = `as ${type} the account takes ${rule.mimeTypes.join(', ')}`;
    return failure('MEDIA_REJECTED', `The link's file is of the type ${seen.mimeType}; ${taken}. ${MEND}`);
  }

  /** Once for all messages that carry it: a broadcast is one file to a merchant's server. */
  private look(url: string): Promise<Seen> {
    const now = this.clock.now().getTime();
    const held = this.looks.get(url);
    if (held && held.until > now) return held.seen;
    const seen = this.lookAt(url);
    this.looks.delete(url);
    const [oldest] = this.looks.keys();
    if (oldest !== undefined && this.looks.size >= REMEMBERED_AT_MOST) this.looks.delete(oldest);
    this.looks.set(url, { seen, until: now + REMEMBERED_MS });
    return seen;
  }

  private async lookAt(url: string): Promise<Seen> {
    // Its own time, and not that of the message that came first: others wait for it too.
    const signal = AbortSignal.timeout(LOOK_MS);
    const unsafe = await checkUrl(url, this.config.allowPrivateUrls);
    if (unsafe !== null) return { kind: 'unsafe', why: unsafe };
    const result = await this.http.request({
      ...{ method: 'GET', url, headers: { accept: '*/*' }, signal },
      ...{ firstBytes: HEAD_BYTES, line: LINE },
    });
    if (result.kind !== 'answer' || result.status !== 200) return NOTHING;
    const { headers, body } = result;
    // Packed for the way, neither its bytes nor their number are the file's.
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') return NOTHING;
    const announced = /^\d{1,15}$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : 0;
    return { kind: 'file', mimeType: await mimeTypeOf(body, nameOf(url)), size: Math.max(announced, body.length) };
  }
}

const nameOf = (url: string): string => basename(new URL(url).pathname);

const failure = (code: ProblemCode, message: string): Failure => ({
  ...{ code, message, providerCode: null, providerMessage: null },
});

function failed(code: ProblemCode, message: string, retryable = false): FetchedLink {
  return { outcome: 'failed', failure: failure(code, message), retryable };
}
