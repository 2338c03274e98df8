import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { type TemplateHands, templateHandsOf } from '../support/template-hands.js';
import {
  connectShelf,
  shelved,
  startTemplateShelf,
  tellReview,
  type TemplateShelf,
} from '../support/template-shelf.js';
import { until } from '../support/until.js';
import { connectDoku, type ConnectedAccount, registerTemplate } from '../support/world.js';

let gateway: Gateway;
let shelf: TemplateShelf;
let hands: TemplateHands;
let doku: ConnectedAccount;
/** Another one for each test, so that each begins with an account that knows nothing. */
let meta: ConnectedAccount;
let accounts = 0;

beforeAll(async () => {
  gateway = await startGateway();
  shelf = await startTemplateShelf();
  hands = templateHandsOf(gateway.call);
  doku = await connectDoku(gateway.call, shelf.url);
});
afterAll(async () => {
  await gateway.close();
  await shelf.close();
});
beforeEach(async () => {
  meta = await connectShelf(gateway.call, shelf.url, String(2000 + ++accounts));
  Object.assign(shelf, { templates: [], asked: [], pageSize: 100, before: () => undefined });
});

const counts = (created: number, updated: number, unchanged: number): Record<string, unknown> => ({
  ...{ __typename: 'TemplateSync', created, updated, unchanged },
});
const BODY = (text: string): Record<string, unknown> => ({ type: 'BODY', text });

describe('the templates of an account', () => {
  it('are read page by page and made here; read again nothing is news', async () => {
    shelf.templates = Array.from({ length: 7 }, (_, index) => shelved(`paged_${index}`));
    shelf.pageSize = 3;
    const after = (await hands.ask('{ lastEventId }')).lastEventId;
    expect(await hands.sync(meta.id)).toMatchObject({ ...counts(7, 0, 0), syncedAt: expect.any(String) });
    expect(shelf.asked.map(({ path }) => new URLSearchParams(path.split('?')[1]).get('after'))).toEqual([
      null,
      '3',
      '6',
    ]);
    expect(await hands.list('paged_6')).toMatchObject([
      {
        ...{ language: 'id', channel: 'WHATSAPP', category: 'UTILITY', body: 'Halo {{1}}, salam.', samples: ['Budi'] },
        ...{ paramNames: [], raw: null, deletedAt: null },
        registrations: [{ account: { id: meta.id }, externalId: 'paged_6', status: 'APPROVED' }],
      },
    ]);
    const told = async (): Promise<number> =>
      (await hands.ask('query ($after: ID) { events(after: $after, first: 50) { edges { node { id } } } }', { after }))
        .events.edges.length;
    expect(await told()).toBe(7 + 1); // and that the account works
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 7));
    expect(await told()).toBe(7 + 1);
  });

  it('are kept whole: header, footer, buttons, names, and what this type cannot say', async () => {
    shelf.templates = [
      shelved('everything', {
        components: [
          { type: 'HEADER', format: 'TEXT', text: 'Toko {{1}}', example: { header_text: ['Jaya'] } },
          BODY('Halo.'),
          { type: 'FOOTER', text: 'STOP untuk berhenti' },
          { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Lacak', url: 'https://toko.example/{{1}}' }] },
        ],
      }),
      shelved('by_names', { parameter_format: 'NAMED', components: [BODY('Halo {{nama}}, pesanan {{nomor}}.')] }),
      shelved('a_flow', {
        components: [BODY('Halo.'), { type: 'BUTTONS', buttons: [{ type: 'FLOW', text: 'Mulai', flow_id: '1' }] }],
      }),
    ];
    expect(await hands.sync(meta.id)).toMatchObject(counts(3, 0, 0));
    expect((await hands.list('everything'))[0]).toMatchObject({
      header: { format: 'TEXT', text: 'Toko {{1}}' },
      footer: 'STOP untuk berhenti',
      buttons: [{ type: 'URL', text: 'Lacak', url: 'https://toko.example/{{1}}' }],
      raw: null,
    });
    expect((await hands.list('by_names'))[0]).toMatchObject({
      body: 'Halo {{1}}, pesanan {{2}}.',
      paramNames: ['nama', 'nomor'],
    });
    const [flow] = await hands.list('a_flow');
    expect(flow).toMatchObject({
      buttons: [{ type: 'OTHER' }],
      raw: { name: 'a_flow', components: expect.any(Array) },
    });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 3));
    // What only the console can make would be lost by an edit from here.
    expect(await hands.update(flow.id, { footer: 'Toko' })).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'id',
    });
  });

  it('are taken as they are called there, also where a name breaks our rules', async () => {
    const name = `Order-${'x'.repeat(300)}`;
    shelf.templates = [shelved(name, { language: 'zh_Hans_CN' })];
    expect(await hands.sync(meta.id)).toMatchObject(counts(1, 0, 0));
    expect(await hands.list(name)).toMatchObject([{ language: 'zh_Hans_CN' }]);
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 1));
  });

  it('follow what changed there: status, category, text', async () => {
    shelf.templates = [shelved('changes'), shelved('stays')];
    await hands.sync(meta.id);
    const [{ id }] = (await hands.list('changes')) as [{ id: string }];
    Object.assign(shelf.templates[0]!, { status: 'REJECTED', rejected_reason: 'PROMOTIONAL', category: 'MARKETING' });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 1));
    expect(await hands.read(id)).toMatchObject({
      category: 'UTILITY',
      registrations: [{ status: 'REJECTED', category: 'MARKETING', rejectionReason: 'PROMOTIONAL' }],
    });
    shelf.templates[0]!.components = [BODY('Halo {{1}}, apa kabar?')];
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 1));
    expect(await hands.read(id)).toMatchObject({ body: 'Halo {{1}}, apa kabar?' });
    expect((await hands.told(id)).map(([, status]) => status)).toEqual(['APPROVED', 'REJECTED']);
  });

  it('that the provider lists no more stand DELETED, and are used again when they come back', async () => {
    shelf.templates = [shelved('goes'), shelved('remains')];
    await hands.sync(meta.id);
    const gone = shelf.templates.shift()!;
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 1));
    expect(await hands.standing('goes')).toEqual({ [meta.id]: 'DELETED' });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 1));
    shelf.templates.push(gone);
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 1));
    expect(await hands.standing('goes')).toEqual({ [meta.id]: 'APPROVED' });
  });

  it('that are being deleted there are not made anew here', async () => {
    shelf.templates = [shelved('on_its_way_out', { status: 'PENDING_DELETION' })];
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 0));
    expect(await hands.list('on_its_way_out')).toEqual([]);
  });

  it('find the template of their name, and take its text over', async () => {
    const { id } = await hands.create({ name: 'known_here', body: 'Halo {{1}}.', samples: [] });
    shelf.templates = [shelved('known_here')];
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 0));
    expect(await hands.read(id)).toMatchObject({
      ...{ body: 'Halo {{1}}, salam.', samples: ['Budi'] },
      registrations: [{ externalId: 'known_here', status: 'APPROVED' }],
    });
  });

  it('are found by what an account is said to call them', async () => {
    const { id } = await hands.create({ name: 'ours' });
    await registerTemplate(gateway.call, { id, accountId: meta.id, externalId: 'theirs', status: 'PENDING' });
    shelf.templates = [shelved('theirs')];
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 0));
    expect(await hands.standing('ours')).toEqual({ [meta.id]: 'APPROVED' });
    expect(await hands.list('theirs')).toEqual([]);
  });

  it('do not reword what another provider has approved', async () => {
    const { id } = await hands.create({ name: 'both' });
    await registerTemplate(gateway.call, { id, accountId: doku.id, externalId: 'TMP-1' });
    shelf.templates = [shelved('both')];
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 0));
    expect(await hands.read(id)).toMatchObject({ body: 'Halo {{1}}, pesanan {{2}} lunas.' });
    expect(await hands.standing('both')).toEqual({ [doku.id]: 'APPROVED', [meta.id]: 'APPROVED' });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 1));
  });

  it('leave a text alone that was changed here and has yet to be submitted', async () => {
    const { id } = await hands.create({ name: 'ahead' });
    await registerTemplate(gateway.call, { id, accountId: meta.id, externalId: 'ahead' });
    await hands.update(id, { body: 'Hai {{1}} dan {{2}}, apa kabar?' });
    shelf.templates = [shelved('ahead')];
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 0));
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 1));
    expect(await hands.read(id)).toMatchObject({ body: 'Hai {{1}} dan {{2}}, apa kabar?' });
    expect(await hands.standing('ahead')).toEqual({ [meta.id]: 'DRAFT' });
    expect(await hands.submit(id, meta.id)).toMatchObject({ registrations: [{ status: 'PENDING' }] });
    expect(shelf.asked.at(-1)?.path).toBe(shelf.templates[0]!.id);
  });

  it('are not brought back by a sync when they were deleted here', async () => {
    shelf.templates = [shelved('retired')];
    await hands.sync(meta.id);
    const [{ id }] = (await hands.list('retired')) as [{ id: string }];
    expect(await hands.remove(id)).toMatchObject({ id });
    expect(shelf.templates).toEqual([]);
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 0));
    expect(await hands.list('retired')).toEqual([]);
  });

  it('stand once when they are read several times at once', async () => {
    shelf.templates = Array.from({ length: 30 }, (_, index) => shelved(`at_once_${index}`));
    const other = await connectShelf(gateway.call, shelf.url, '2999');
    const answers = await Promise.all([meta, other, meta, other].map(({ id }) => hands.sync(id)));
    expect(answers.map(({ __typename }) => __typename)).toEqual(answers.map(() => 'TemplateSync'));
    expect(answers.reduce((sum, { created }) => sum + created, 0)).toBe(30);
    expect(await hands.list('at_once_7')).toHaveLength(1);
    expect(await hands.standing('at_once_7')).toEqual({ [meta.id]: 'APPROVED', [other.id]: 'APPROVED' });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 30));
  });

  it('stay as they were when the list breaks off', async () => {
    shelf.templates = [shelved('kept')];
    await hands.sync(meta.id);
    shelf.templates = Array.from({ length: 4 }, (_, index) => shelved(`half_${index}`));
    shelf.pageSize = 2;
    shelf.before = ({ path }) => (path.includes('after=2') ? 'hang-up' : undefined);
    expect(await hands.sync(meta.id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', provider: { retryable: true } });
    expect(await hands.standing('kept')).toEqual({ [meta.id]: 'APPROVED' });
    expect(await hands.list('half_0')).toEqual([]);
  });

  it('go on after an empty page, and are gone only when the list has ended without them', async () => {
    shelf.templates = [shelved('behind_nothing')];
    await hands.sync(meta.id);
    const empty = { data: [], paging: { cursors: { after: 'B' }, next: 'https://graph.facebook.com/next' } };
    const pages: object[] = [empty, { data: shelf.templates, paging: { cursors: { after: 'C' } } }];
    shelf.before = () => ({ status: 200, body: pages.shift() ?? empty });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 1));
    pages.push(empty, { data: [] });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 0));
    expect(await hands.standing('behind_nothing')).toEqual({ [meta.id]: 'DELETED' });
  });

  it.each([
    ['at once', ['B', 'B']],
    ['later', ['B', 'C', 'B']],
  ])('stay as they were when a cursor comes again %s', async (when, cursors) => {
    const kept = `kept_${when.replace(' ', '_')}`;
    shelf.templates = [shelved(kept)];
    await hands.sync(meta.id);
    const left = [...cursors];
    shelf.before = () => {
      const paging = { cursors: { after: left.shift() }, next: 'https://graph.facebook.com/next' };
      return { status: 200, body: { data: [shelved(`new_${when.replace(' ', '_')}`)], paging } };
    };
    expect(await hands.sync(meta.id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', provider: { retryable: true } });
    expect(left).toEqual([]);
    expect(await hands.standing(kept)).toEqual({ [meta.id]: 'APPROVED' });
    expect(await hands.list(`new_${when.replace(' ', '_')}`)).toEqual([]);
  });

  it('that were rejected keep what the callback told of it, of which the list has the code alone', async () => {
    shelf.templates = [shelved('told_more')];
    await hands.sync(meta.id);
    const rejection_info = { reason: 'A variable stands at the end.', recommendation: 'Put words behind it.' };
    await tellReview(meta, { name: 'told_more', event: 'REJECTED', reason: 'INVALID_FORMAT', rejection_info });
    await until(async () => (await hands.standing('told_more'))[meta.id] === 'REJECTED', 'the rejection');
    const reason = 'INVALID_FORMAT: A variable stands at the end. Put words behind it.';
    const why = async (): Promise<string> => (await hands.list('told_more'))[0].registrations[0].rejectionReason;
    expect(await why()).toBe(reason);
    Object.assign(shelf.templates[0]!, { status: 'REJECTED', rejected_reason: 'INVALID_FORMAT' });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 1));
    expect(await why()).toBe(reason);
    Object.assign(shelf.templates[0]!, { rejected_reason: 'SCAM' });
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 1, 0));
    expect(await why()).toBe('SCAM');
  });

  it('end where the pages do not, and then nothing is missing', async () => {
    shelf.templates = [shelved('first_page')];
    await hands.sync(meta.id);
    shelf.asked = [];
    shelf.before = ({ path }) => {
      const after = Number(new URLSearchParams(path.split('?')[1]).get('after') ?? 0);
      const paging = { cursors: { after: String(after + 1) }, next: 'https://graph.facebook.com/next' };
      return { status: 200, body: { data: [], paging } };
    };
    expect(await hands.sync(meta.id)).toMatchObject(counts(0, 0, 0));
    expect(shelf.asked).toHaveLength(200);
    expect(await hands.standing('first_page')).toEqual({ [meta.id]: 'APPROVED' });
  });

  it('are not listed by an account whose console approves, nor by one that is not there', async () => {
    expect(await hands.sync(doku.id)).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
    expect(await hands.sync('acc_1')).toMatchObject({ code: 'NOT_FOUND', field: 'accountId' });
  });

  it('are not read with a token that is refused, which stops no messages', async () => {
    shelf.before = () => ({
      status: 401,
      body: { error: { message: 'Invalid OAuth access token.', type: 'OAuthException', code: 190 } },
    });
    expect(await hands.sync(meta.id)).toMatchObject({ code: 'PROVIDER_AUTH_FAILED', provider: { code: '190' } });
    const { providerAccounts } = await hands.ask('{ providerAccounts { id health } }');
    expect(providerAccounts).toContainEqual({ id: meta.id, health: 'UNKNOWN' });
  });
});
