import { describe, expect, it } from 'vitest';
import {
  account,
  around,
  carrying,
  type Kinds,
  type Place,
  registration,
  template,
  uuid,
} from '../../../test/support/surroundings.js';
import { HOUR, later } from '../../common/clock.js';
import { isProblem, type Problem } from '../../common/problem.js';
import { type ProviderAccount } from '../../providers/accounts.service.js';
import { type MediaRules } from '../../providers/ports/messaging.js';
import { type TemplateToSend } from '../../templates/templates.service.js';
import { NOON } from '../../../test/support/messages.js';
import { chosenOf, judgeAccounts, type Need, type Preference } from './account-choice.js';

const PICTURES: MediaRules = { IMAGE: { mimeTypes: ['image/jpeg', 'image/png'], maxBytes: 1_000, caption: true } };
const ALL = new Set(['template', 'text', 'media', 'interactive'] as const);

/** DOKU carries bodies alone, WAPPIN small pictures too, META everything. */
const KINDS: Kinds = ({ kind }) => {
  if (kind === 'DOKU') return { messaging: carrying() };
  if (kind === 'WAPPIN')
    return { messaging: carrying({ carries: new Set(['template', 'text', 'media']), media: PICTURES }), hears: true };
  const media = {
    IMAGE: { ...PICTURES.IMAGE!, mimeTypes: ['image/jpeg', 'image/webp'], maxBytes: 5_000 },
    VIDEO: { mimeTypes: ['video/mp4'], maxBytes: 9_000, caption: true },
  };
  return { messaging: carrying({ carries: ALL, templateParts: new Set(['header', 'buttons']), media }), hears: true };
};
const doku = account(11, { name: 'Doku' });
const wappin = account(12, { name: 'Wappin', kind: 'WAPPIN' });
const meta = account(13, { name: 'Meta', kind: 'META' });

const TEXT: Need = { capability: 'TEXT', template: null, file: null };
const BUTTONS: Need = { capability: 'INTERACTIVE', template: null, file: null };
const file = (over: Partial<NonNullable<Need['file']>> = {}): Need => ({
  capability: 'MEDIA',
  template: null,
  file: { type: 'IMAGE', mimeType: 'image/jpeg', size: 500, ...over },
});
const body = (found: TemplateToSend, parts: ('header' | 'buttons')[] = []): Need => ({
  capability: 'TEMPLATE',
  template: { found, parts: new Set(parts) },
  file: null,
});

function choose(need: Need, place: Place, by: Partial<Preference> = {}): ProviderAccount | Problem {
  const { routing } = around({ kinds: KINDS, ...place });
  const { verdicts, problem } = judgeAccounts(need, { accountId: null, at: 'content.x', ...by }, routing);
  const fitting = verdicts.filter(({ refusal }) => refusal === null).map(({ account }) => account);
  return chosenOf(fitting) ?? (problem as Problem);
}

function chosen(need: Need, place: Place, by: Partial<Preference> = {}): string {
  const found = choose(need, place, by);
  return isProblem(found) ? `${found.code} at ${found.field}` : found.name;
}

function refusal(need: Need, place: Place, by: Partial<Preference> = {}): Problem {
  const found = choose(need, place, by);
  if (!isProblem(found)) throw new Error(`It goes through ${found.name}.`);
  return found;
}

describe('the account of a content', () => {
  it('is the oldest enabled one that can carry it', () => {
    expect(chosen(TEXT, { accounts: [doku, wappin, meta] })).toBe('Wappin');
    expect(chosen(BUTTONS, { accounts: [doku, wappin, meta] })).toBe('Meta');
  });

  it('is the first one of the route of its capability, whatever the routes of others', () => {
    const place = { accounts: [wappin, meta], route: { TEXT: [13, 12], MEDIA: [12, 13] } };
    expect([chosen(TEXT, place), chosen(file(), place)]).toEqual(['Meta', 'Wappin']);
  });

  it('is the one that is preferred, where it is on the route', () => {
    const place = { accounts: [doku, wappin, meta] };
    expect(chosen(TEXT, place, { first: meta.id })).toBe('Meta');
    expect(chosen(TEXT, place, { first: doku.id })).toBe('Wappin');
    expect(chosen(TEXT, { ...place, route: { TEXT: [12] } }, { first: meta.id })).toBe('Wappin');
  });

  it('that is named wins over the one that is preferred', () => {
    expect(chosen(TEXT, { accounts: [wappin, meta] }, { accountId: wappin.id, first: meta.id })).toBe('Wappin');
  });
});

describe('what no account can carry', () => {
  it('tells which providers’ accounts could, where the project has none of them', () => {
    const problem = refusal(TEXT, { accounts: [doku] });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.x' });
    expect(problem.message).toContain('Meta, Exotel');
  });

  it('tells which accounts could when the one that is named cannot', () => {
    const problem = refusal(BUTTONS, { accounts: [doku, wappin, meta] }, { accountId: wappin.id });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
    expect(problem.message).toBe('The account Wappin cannot send buttons and lists; Meta can.');
  });

  it('tells which providers could when the one that is named cannot, and no other one of the project either', () => {
    const problem = refusal(TEXT, { accounts: [doku] }, { accountId: doku.id });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
    expect(problem.message).toContain('Meta, Exotel');
  });

  it('tells of the account that could and is held', () => {
    const held = { ...meta, enabled: false };
    const problem = refusal(BUTTONS, { accounts: [doku, held] });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.x' });
    expect(problem.message).toContain('Meta can');
  });

  it('has no route where there is no account, or those on the route are held', () => {
    expect(chosen(TEXT, { accounts: [] })).toBe('NO_ROUTE at content.x');
    const place = { accounts: [doku, { ...meta, enabled: false }], route: { TEXT: [13] } };
    expect(chosen(TEXT, place)).toBe('NO_ROUTE at content.x');
  });
});

describe('a file', () => {
  const all = { accounts: [doku, wappin, meta] };

  it('goes through the first account that carries its type', () => {
    expect(chosen(file(), all)).toBe('Wappin');
    expect(chosen(file({ type: 'VIDEO', mimeType: 'video/mp4' }), all)).toBe('Meta');
  });

  it('of a type that no account on the route carries is UNSUPPORTED_BY_PROVIDER, and the problem names one that does', () => {
    const problem = refusal(file({ type: 'VIDEO', mimeType: 'video/mp4' }), { ...all, route: { MEDIA: [12] } });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.x.type' });
    expect(problem.message).toContain('VIDEO');
    expect(problem.message).toContain('Meta can');
  });

  it('of a type that no account at all carries is UNSUPPORTED_BY_PROVIDER', () => {
    expect(chosen(file({ type: 'AUDIO' }), all)).toBe('UNSUPPORTED_BY_PROVIDER at content.x.type');
  });

  it('that is too large, or of a format that one does not take, goes to the next that does', () => {
    expect(chosen(file({ size: 1_000 }), all)).toBe('Wappin');
    expect(chosen(file({ size: 1_001 }), all)).toBe('Meta');
    expect(chosen(file({ mimeType: 'image/webp' }), all)).toBe('Meta');
  });

  it('that none takes is MEDIA_REJECTED, with what the first one takes', () => {
    const problem = refusal(file({ size: 5_001 }), all);
    expect(problem).toMatchObject({ code: 'MEDIA_REJECTED', field: 'content.x.mediaId' });
    expect(problem.message).toMatch(/Wappin takes image\/jpeg, image\/png of at most 1000 bytes.*5001/);
  });

  it('behind a link, at which nobody has looked, is taken by its type alone', () => {
    expect(chosen(file({ mimeType: null, size: null }), all)).toBe('Wappin');
  });
});

describe('a template', () => {
  const all = { accounts: [doku, wappin, meta] };
  const everywhere = template({}, [registration(11), registration(12), registration(13)]);

  it('with a header or buttons that take values goes to the account that carries them', () => {
    expect(chosen(body(everywhere, ['header']), all)).toBe('Meta');
    expect(chosen(body(everywhere, ['header', 'buttons']), all)).toBe('Meta');
  });

  it('with such parts is UNSUPPORTED_BY_PROVIDER where no account on the route carries them, and another one is named', () => {
    const problem = refusal(body(everywhere, ['buttons']), { ...all, route: [11, 12] });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.x.name' });
    expect(problem.message).toContain('Meta can');
  });

  it('with such parts is UNSUPPORTED_BY_PROVIDER at a named account that does not carry them', () => {
    const problem = refusal(body(everywhere, ['header']), all, { accountId: wappin.id });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.x.name' });
    expect(problem.message).toContain('Meta can');
  });

  it('of an SMS is no message of its own at any account', () => {
    const sms = template({ channel: 'SMS' }, [registration(13)]);
    expect(chosen(body(sms), all)).toBe('UNSUPPORTED_BY_PROVIDER at content.x.name');
  });

  it.each(['DRAFT', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'DELETED'] as const)(
    'that is %s is not sent, and the problem says that it is',
    (status) => {
      const problem = refusal(body(template({}, [registration(12, { status })])), all);
      expect(problem).toMatchObject({ code: 'TEMPLATE_NOT_APPROVED', field: 'content.x.name' });
      expect(problem.message).toContain(status);
    },
  );

  it('that is approved at another account than the named one is not sent', () => {
    const found = template({}, [registration(11, { status: 'PAUSED' }), registration(12)]);
    expect(chosen(body(found), all)).toBe('Wappin');
    expect(chosen(body(found), all, { accountId: doku.id })).toBe('TEMPLATE_NOT_APPROVED at content.x.name');
  });

  it('that is registered nowhere has no route, and none at the account that is named', () => {
    const found = template({}, [registration(12)]);
    expect(chosen(body(template({}, [])), all)).toBe('NO_ROUTE at content.x');
    expect(chosen(body(found), all, { accountId: doku.id })).toBe('NO_ROUTE at accountId');
  });
});

describe('where windows are closed', () => {
  const all = { accounts: [wappin, meta] };
  const since = (hours: Record<string, number | null>): Partial<Preference> => ({
    closed: ({ id }) => {
      const ago = hours[id];
      return ago === undefined ? null : { since: ago === null ? null : later(NOON, -ago * HOUR) };
    },
  });

  it('the next account on the route whose window is open is taken', () => {
    expect(chosen(TEXT, all, since({ [uuid(12)]: 3 }))).toBe('Meta');
  });

  it('everywhere, the time is told at which the last one closed', () => {
    const problem = refusal(TEXT, all, since({ [uuid(12)]: 3, [uuid(13)]: 2 }));
    expect(problem).toMatchObject({
      code: 'SESSION_WINDOW_CLOSED',
      field: 'content.x',
      retryAt: later(NOON, -2 * HOUR),
    });
  });

  it('and the person was never heard, no time is told', () => {
    const problem = refusal(TEXT, all, since({ [uuid(12)]: null, [uuid(13)]: null }));
    expect(problem).toMatchObject({ code: 'SESSION_WINDOW_CLOSED', retryAt: null });
  });

  it('the account that is named is not replaced by another one', () => {
    const by = { ...since({ [uuid(12)]: 3 }), accountId: wappin.id };
    expect(chosen(TEXT, all, by)).toBe('SESSION_WINDOW_CLOSED at content.x');
  });
});
