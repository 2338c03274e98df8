import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.js';
import { type TemplateHands, templateHandsOf } from '../support/template-hands.js';
import { connectShelf, startTemplateShelf, tellReview, type TemplateShelf, WABA } from '../support/template-shelf.js';
import { until } from '../support/until.js';
import { connectDoku, type ConnectedAccount, handsOf, person, registerTemplate, type World } from '../support/world.js';

let gateway: Gateway;
let shelf: TemplateShelf;
let hands: TemplateHands;
let send: World['send'];
let message: World['message'];
let meta: ConnectedAccount;
/** Another number of the same business account: it shares the templates. */
let sister: ConnectedAccount;
/** A number of another business account, with templates of its own. */
let other: ConnectedAccount;
let doku: ConnectedAccount;

beforeAll(async () => {
  gateway = await startGateway();
  shelf = await startTemplateShelf();
  hands = templateHandsOf(gateway.call);
  ({ send, message } = handsOf(gateway.call));
  meta = await connectShelf(gateway.call, shelf.url, '1001');
  other = await connectShelf(gateway.call, shelf.url, '2001', '99');
  sister = await connectShelf(gateway.call, shelf.url, '1002');
  doku = await connectDoku(gateway.call, shelf.url);
});
afterAll(async () => {
  await gateway.close();
  await shelf.close();
});
beforeEach(() => {
  shelf.asked = [];
  shelf.before = () => undefined;
});

const refusal = (code: number, message: string): { status: number; body: object } => ({
  status: 400,
  body: { error: { message, type: 'OAuthException', code, error_data: { details: message } } },
});
const calls = (): string[] => shelf.asked.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
const review = (name: string, event: string, at: Date | null = null, reason?: string): Promise<number> =>
  tellReview(meta, { name, event, ...(reason && { reason }) }, at);
const stands = (name: string, account: ConnectedAccount, status: string): Promise<unknown> =>
  until(async () => (await hands.standing(name))[account.id] === status, `${name} in ${status}`);

describe('a template that is submitted', () => {
  it('goes to the provider as Meta writes it, stands PENDING there, and is told in the log', async () => {
    const { id } = await hands.create({ name: 'submitted', footer: 'Toko', category: 'MARKETING' });
    expect(await hands.submit(id, meta.id)).toMatchObject({
      __typename: 'Template',
      registrations: [
        {
          account: { id: meta.id },
          externalId: 'submitted',
          status: 'PENDING',
          category: 'MARKETING',
          rejectionReason: null,
        },
      ],
    });
    expect(shelf.asked).toMatchObject([
      {
        method: 'POST',
        path: `${WABA}/message_templates`,
        body: {
          name: 'submitted',
          language: 'id',
          category: 'MARKETING',
          components: [
            {
              type: 'BODY',
              text: 'Halo {{1}}, pesanan {{2}} lunas.',
              example: { body_text: [['Budi', 'A-17']] },
            },
            { type: 'FOOTER', text: 'Toko' },
          ],
        },
      },
    ]);
    expect(await hands.told(id)).toEqual([[meta.id, 'PENDING', null]]);
  });

  it('is not asked for again while it waits, nor once it is approved', async () => {
    const { id } = await hands.create({ name: 'waits' });
    await hands.submit(id, meta.id);
    expect(await hands.submit(id, meta.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'accountId' });
    await review('waits', 'APPROVED');
    await stands('waits', meta, 'APPROVED');
    expect(await hands.submit(id, meta.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'accountId' });
    expect(calls()).toHaveLength(1);
  });

  it('that was rejected is edited there when it is submitted again', async () => {
    const { id } = await hands.create({ name: 'rejected' });
    await hands.submit(id, meta.id);
    await review('rejected', 'REJECTED', null, 'INVALID_FORMAT');
    await stands('rejected', meta, 'REJECTED');
    expect(await hands.submit(id, meta.id)).toMatchObject({ registrations: [{ status: 'PENDING' }] });
    const { id: there } = shelf.templates.find(({ name }) => name === 'rejected')!;
    expect(calls()).toEqual([`POST ${WABA}/message_templates`, `POST ${there}`]);
    expect(await hands.told(id)).toEqual([
      [meta.id, 'PENDING', null],
      [meta.id, 'REJECTED', 'INVALID_FORMAT'],
      [meta.id, 'PENDING', null],
    ]);
  });

  it('is left as it was when the provider refuses it, in the provider’s words', async () => {
    const { id } = await hands.create({ name: 'refused' });
    shelf.before = () => refusal(132007, 'Content policy.');
    expect(await hands.submit(id, meta.id)).toMatchObject({
      code: 'PROVIDER_REJECTED',
      provider: { code: '132007', retryable: false },
    });
    expect(await hands.read(id)).toMatchObject({ registrations: [] });
    expect(await hands.told(id)).toEqual([]);
  });

  it('stands as the review says also when the review is told before the answer', async () => {
    const { id } = await hands.create({ name: 'hasty' });
    shelf.before = async () => {
      await review('hasty', 'APPROVED');
      await stands('hasty', meta, 'APPROVED');
    };
    expect(await hands.submit(id, meta.id)).toMatchObject({ registrations: [{ status: 'APPROVED' }] });
    expect(await hands.told(id)).toEqual([[meta.id, 'APPROVED', null]]);
    shelf.before = () => undefined;
    expect(await hands.remove(id)).toMatchObject({ id });
    expect(shelf.templates.map(({ name }) => name)).not.toContain('hasty');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a placeholder at the end of the body', { body: 'Halo {{1}}', samples: ['Budi'] }, 'body'],
    ['no samples', { samples: [] }, 'samples'],
    [
      'three links',
      { buttons: ['a', 'b', 'c'].map((text) => ({ type: 'URL', text, url: 'https://x.id' })) },
      'buttons.2.type',
    ],
  ])('is refused before the provider is asked: %s', async (what, input, field) => {
    const { id } = await hands.create({ name: what.replaceAll(' ', '_'), ...input });
    expect(await hands.submit(id, meta.id)).toMatchObject({ code: 'INVALID_INPUT', field });
    expect(calls()).toEqual([]);
  });

  it('is UNSUPPORTED_BY_PROVIDER where a console approves, which says what to do instead', async () => {
    const { id } = await hands.create({ name: 'by_console' });
    expect(await hands.submit(id, doku.id)).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'accountId',
      message: expect.stringContaining('registerTemplate'),
    });
    const sms = await hands.create({ name: 'by_console', channel: 'SMS' });
    expect(await hands.submit(sms.id, meta.id)).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'id' });
  });

  it('is UNSUPPORTED_BY_PROVIDER with a place as its header, for it could not be sent', async () => {
    const { id } = await hands.create({ name: 'with_a_place', header: { format: 'LOCATION' } });
    expect(await hands.submit(id, meta.id)).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'id' });
    expect(calls()).toEqual([]);
  });

  it('with a link as the sample of its header needs the account’s appId', async () => {
    const header = { format: 'IMAGE', sample: 'https://shop.example/promo.png' };
    const { id } = await hands.create({ name: 'linked_sample', header });
    expect(await hands.submit(id, meta.id)).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'accountId',
      message: expect.stringContaining('appId'),
      provider: { retryable: false },
    });
    expect(calls()).toEqual([]);
    expect(await hands.read(id)).toMatchObject({ registrations: [] });
  });

  it('must be there, and so must its account', async () => {
    const { id } = await hands.create({ name: 'is_there' });
    expect(await hands.submit(`tpl_${'0'.repeat(32)}`, meta.id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await hands.submit(id, 'acc_1')).toMatchObject({ code: 'NOT_FOUND', field: 'accountId' });
  });
});

describe('a review', () => {
  it('moves a template as it is told, and one that is paused is not sent', async () => {
    const { id } = await hands.create({ name: 'reviewed' });
    await hands.submit(id, meta.id);
    const asked = { to: person(1), content: { template: { name: 'reviewed', params: ['a', 'b'] } } };
    expect(await send(asked)).toMatchObject({ code: 'TEMPLATE_NOT_APPROVED', field: 'content.template.name' });
    await review('reviewed', 'APPROVED');
    await stands('reviewed', meta, 'APPROVED');
    expect(await send(asked)).toMatchObject({ __typename: 'Message' });
    await review('reviewed', 'PAUSED');
    await stands('reviewed', meta, 'PAUSED');
    expect(await send(asked)).toMatchObject({ code: 'TEMPLATE_NOT_APPROVED' });
  });

  it('that is older than what is known moves nothing', async () => {
    const { id } = await hands.create({ name: 'in_disorder' });
    await hands.submit(id, meta.id);
    const now = Date.now();
    await review('in_disorder', 'PAUSED', new Date(now + 2_000));
    await stands('in_disorder', meta, 'PAUSED');
    await review('in_disorder', 'APPROVED', new Date(now - 60_000));
    await review('in_disorder', 'REJECTED');
    await stands('in_disorder', meta, 'REJECTED');
    expect((await hands.told(id)).map(([, status]) => status)).toEqual(['PENDING', 'PAUSED', 'REJECTED']);
  });
});

describe('a template that is changed', () => {
  const NEW_BODY = 'Hai {{1}}, pesanan {{2}} sudah lunas.';

  it('is edited where the provider can, and must be approved anew elsewhere', async () => {
    const { id } = await hands.create({ name: 'reworded' });
    await hands.submit(id, meta.id);
    await registerTemplate(gateway.call, { id, accountId: doku.id, externalId: 'TMP-1' });
    const changed = await hands.update(id, { body: NEW_BODY });
    expect(changed).toMatchObject({ __typename: 'Template', body: NEW_BODY, footer: null, samples: ['Budi', 'A-17'] });
    expect(await hands.standing('reworded')).toEqual({ [meta.id]: 'PENDING', [doku.id]: 'DRAFT' });
    expect(await hands.read(id)).toEqual({ ...changed, __typename: undefined });
    const { id: there } = shelf.templates.find(({ name }) => name === 'reworded')!;
    expect(shelf.asked.at(-1)).toMatchObject({
      method: 'POST',
      path: there,
      body: { components: [{ type: 'BODY', text: NEW_BODY }] },
    });
    // At Meta it was PENDING already: nothing to tell.
    expect(await hands.told(id)).toEqual([
      [meta.id, 'PENDING', null],
      [doku.id, 'APPROVED', null],
      [doku.id, 'DRAFT', null],
    ]);
  });

  it('keeps its registrations when the text stays the same', async () => {
    const { id } = await hands.create({ name: 'same_text' });
    await registerTemplate(gateway.call, { id, accountId: doku.id, externalId: 'TMP-2' });
    expect(await hands.update(id, { samples: ['Siti', 'A-18'], category: 'MARKETING' })).toMatchObject({
      ...{ category: 'MARKETING', samples: ['Siti', 'A-18'] },
      registrations: [{ status: 'APPROVED', category: 'UTILITY' }],
    });
    expect(await hands.told(id)).toHaveLength(1);
    expect(calls()).toEqual([]);
  });

  it('is left as it was when the provider refuses the edit', async () => {
    const { id } = await hands.create({ name: 'not_reworded' });
    await hands.submit(id, meta.id);
    await registerTemplate(gateway.call, { id, accountId: doku.id, externalId: 'TMP-3' });
    const before = await hands.read(id);
    shelf.before = () => refusal(100, 'Edits are limited.');
    expect(await hands.update(id, { body: NEW_BODY })).toMatchObject({
      code: 'PROVIDER_REJECTED',
      provider: { code: '100' },
    });
    expect(await hands.read(id)).toEqual(before);
    expect(await hands.told(id)).toHaveLength(2);
  });

  it('is refused before the provider is asked for what WhatsApp would refuse', async () => {
    const { id } = await hands.create({ name: 'badly_worded' });
    await hands.submit(id, meta.id);
    shelf.asked = [];
    expect(await hands.update(id, { body: '{{1}} dan {{2}}.' })).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'body',
    });
    expect(await hands.update(id, { body: '{{2}}' })).toMatchObject({ code: 'INVALID_INPUT', field: 'body' });
    expect(calls()).toEqual([]);
  });

  it('is edited once for all numbers of one business account', async () => {
    const { id } = await hands.create({ name: 'shared_edit' });
    await hands.submit(id, meta.id);
    await hands.sync(sister.id);
    await review('shared_edit', 'APPROVED');
    await stands('shared_edit', meta, 'APPROVED');
    await stands('shared_edit', sister, 'APPROVED');
    shelf.asked = [];
    await hands.update(id, { footer: 'Toko' });
    expect(calls()).toHaveLength(1);
    expect(await hands.standing('shared_edit')).toEqual({ [meta.id]: 'PENDING', [sister.id]: 'PENDING' });
  });

  it('has the new text also where one provider took it and another refused: there it is a DRAFT, with the reason', async () => {
    const { id } = await hands.create({ name: 'half_reworded' });
    await hands.submit(id, meta.id);
    await hands.submit(id, other.id);
    let edits = 0;
    shelf.before = () => (++edits === 1 ? undefined : refusal(100, 'Edits are limited.'));
    expect(await hands.update(id, { body: NEW_BODY })).toMatchObject({ __typename: 'Template', body: NEW_BODY });
    expect(Object.values(await hands.standing('half_reworded')).sort()).toEqual(['DRAFT', 'PENDING']);
    expect((await hands.told(id)).at(-1)).toEqual([expect.any(String), 'DRAFT', 'Edits are limited.']);
  });

  it('must be there', async () => {
    expect(await hands.update('tpl_1', {})).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('a template that is deleted', () => {
  it('is gone there in its one language, and here from lists and use; its name is free', async () => {
    const { id } = await hands.create({ name: 'deleted' });
    await hands.submit(id, meta.id);
    const { id: there } = shelf.templates.find(({ name }) => name === 'deleted')!;
    await registerTemplate(gateway.call, { id, accountId: doku.id, externalId: 'TMP-4' });
    expect(await hands.remove(id)).toEqual({ __typename: 'Deleted', id });
    expect(shelf.asked.at(-1)).toMatchObject({
      method: 'DELETE',
      path: `${WABA}/message_templates?name=deleted&hsm_id=${there}`,
    });
    expect((await hands.told(id)).slice(-2)).toEqual([
      [meta.id, 'DELETED', null],
      [doku.id, 'DELETED', null],
    ]);
    expect(await hands.read(id)).toBeNull();
    expect((await hands.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).node).toBeNull();
    expect(await hands.list('deleted')).toEqual([]);
    const gone = { to: person(2), content: { template: { name: 'deleted', params: ['a', 'b'] } } };
    expect(await send(gone)).toMatchObject({ code: 'TEMPLATE_NOT_FOUND' });
    expect(await hands.update(id, {})).toMatchObject({ code: 'NOT_FOUND' });
    expect(await hands.submit(id, meta.id)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await hands.remove(id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    expect(await hands.create({ name: 'deleted' })).toMatchObject({ __typename: 'Template' });
  });

  it('is still shown by the messages that were sent with it', async () => {
    const { id } = await hands.create({ name: 'remembered' });
    await registerTemplate(gateway.call, { id, accountId: meta.id, externalId: 'remembered' });
    const sent = await send({ to: person(3), content: { template: { name: 'remembered', params: ['a', 'b'] } } });
    expect(await hands.remove(id)).toMatchObject({ id });
    const shown = await hands.ask(
      'query ($id: ID!) { message(id: $id) { content { ... on TemplateContent { text template { name deletedAt } } } } }',
      { id: sent.id },
    );
    expect(shown.message.content).toEqual({
      text: 'Halo a, pesanan b lunas.',
      template: { name: 'remembered', deletedAt: expect.any(String) },
    });
    expect(await message(sent.id)).toMatchObject({ content: { text: 'Halo a, pesanan b lunas.' } });
  });

  it('stays whole while a provider that has it cannot be reached', async () => {
    const { id } = await hands.create({ name: 'out_of_reach' });
    await hands.submit(id, meta.id);
    const before = await hands.read(id);
    shelf.before = () => 'hang-up';
    expect(await hands.remove(id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', provider: { retryable: true } });
    expect(await hands.read(id)).toEqual(before);
    shelf.before = () => undefined;
    expect(await hands.remove(id)).toMatchObject({ id });
  });

  it('is shown as gone where one provider has deleted it and another could not be reached', async () => {
    const { id } = await hands.create({ name: 'half_gone' });
    await hands.submit(id, meta.id);
    await hands.submit(id, other.id);
    shelf.before = ({ path }) => (path.startsWith('99/') ? 'hang-up' : undefined);
    expect(await hands.remove(id)).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(await hands.standing('half_gone')).toEqual({ [meta.id]: 'DELETED', [other.id]: 'PENDING' });
    shelf.asked = [];
    shelf.before = () => undefined;
    expect(await hands.remove(id)).toMatchObject({ id });
    expect(calls()).toEqual(['DELETE 99/message_templates']);
  });

  it('is deleted also when it is gone there already', async () => {
    const { id } = await hands.create({ name: 'gone_already' });
    await hands.submit(id, meta.id);
    shelf.before = () => ({
      status: 400,
      body: {
        error: {
          message: 'The message template was not found.',
          type: 'OAuthException',
          code: 100,
          error_subcode: 2593002,
        },
      },
    });
    expect(await hands.remove(id)).toMatchObject({ id });
  });
});
