import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../support/client.js';
import { makeKey } from '../support/keys.js';
import {
  addTemplate,
  connectSendTalk,
  DOKU_TEMPLATE,
  person,
  PROBLEM,
  registerTemplate,
  startWorld,
  viaWappin,
  type World,
} from '../support/world.js';

const TEMPLATE = `id name language channel category body paramCount samples smsSegments footer header { format text paramCount }
  buttons { type text url takesParam } registrations { account { id } externalId status category rejectionReason } createdAt updatedAt`;

let world: World;
beforeAll(async () => (world = await startWorld({ callbackPlan: { statuses: [] } })));
afterAll(() => world.close());

const create = async (input: Record<string, unknown>): Promise<any> =>
  (
    await world.ask(
      `mutation ($input: TemplateInput!) { createTemplate(input: $input) { __typename ... on Template { ${TEMPLATE} } ${PROBLEM} } }`,
      { input: { name: 'order_ready', body: 'Halo {{1}}, {{2}} siap.', ...input } },
    )
  ).createTemplate;
const preview = async (variables: Record<string, unknown>): Promise<any> =>
  (
    await world.ask(
      `query ($name: String!, $language: String, $channel: Channel! = WHATSAPP, $params: [String!]!) {
        previewTemplate(name: $name, language: $language, channel: $channel, params: $params) {
          __typename ... on TemplatePreview { text header footer smsSegments } ${PROBLEM}
        }
      }`,
      variables,
    )
  ).previewTemplate;
const read = async (id: string): Promise<any> =>
  (await world.ask(`query ($id: ID!) { template(id: $id) { ${TEMPLATE} } }`, { id })).template;

describe('a template', () => {
  it('is made with what it says, and counts its placeholders', async () => {
    const made = await create({
      samples: ['Budi', 'A-17'],
      footer: 'Toko Bandung',
      header: { text: 'Pesanan' },
      buttons: [{ type: 'URL', text: 'Lacak', url: 'https://toko.example/lacak' }],
    });
    expect(made).toMatchObject({
      __typename: 'Template',
      name: 'order_ready',
      language: 'id',
      channel: 'WHATSAPP',
      category: 'UTILITY',
      paramCount: 2,
      samples: ['Budi', 'A-17'],
      header: { format: 'TEXT', text: 'Pesanan', paramCount: 0 },
      buttons: [{ type: 'URL', takesParam: false }],
      registrations: [],
      smsSegments: 0,
    });
    expect(await read(made.id)).toEqual({ ...made, __typename: undefined });
  });

  it('is one of its name, language and channel', async () => {
    expect(await create({ name: 'twice' })).toMatchObject({ __typename: 'Template' });
    expect(await create({ name: 'twice' })).toMatchObject({ code: 'DUPLICATE_REFERENCE', field: 'name' });
    expect(await create({ name: 'twice', language: 'en' })).toMatchObject({ __typename: 'Template' });
    expect(await create({ name: 'twice', channel: 'SMS' })).toMatchObject({ __typename: 'Template' });
  });

  it('is one also when many make it at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create({ name: 'at_once' })));
    expect(answers.filter(({ __typename }) => __typename === 'Template')).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'DUPLICATE_REFERENCE')).toHaveLength(19);
  });

  it.each<[string, object, string]>([
    ['a gap in its numbers', { body: '{{1}} {{3}}' }, 'body'],
    ['a placeholder from 0', { body: '{{0}}' }, 'body'],
    ['a placeholder with a name', { body: 'Halo {{nama}}' }, 'body'],
    ['an open brace', { body: 'Halo {{1}' }, 'body'],
    ['an empty body', { body: '  ' }, 'body'],
    ['a body of 4097 characters', { body: 'x'.repeat(4097) }, 'body'],
    ['a NUL byte', { body: 'a\0' }, 'body'],
    ['capitals in its name', { name: 'Order' }, 'name'],
    ['a language that is none', { language: 'bahasa Indonesia' }, 'language'],
    ['samples that are too few', { samples: ['one'] }, 'samples'],
    [
      'an address with a value inside',
      { buttons: [{ type: 'URL', text: 'x', url: 'https://x.id/{{1}}/a' }] },
      'buttons.0.url',
    ],
    ['a footer under an SMS', { channel: 'SMS', footer: 'x' }, 'footer'],
    ['a button without its address', { buttons: [{ type: 'URL', text: 'Lacak' }] }, 'buttons.0.url'],
  ])('is refused for %s, and nothing is stored', async (_what, change, field) => {
    const before = await world.counts('templates');
    expect(await create({ name: 'wrong', ...change })).toMatchObject({ code: 'INVALID_INPUT', field });
    expect(await world.counts('templates')).toEqual(before);
  });

  it('takes its numbers in any order, and more than once', async () => {
    await create({ name: 'again', body: '{{2}}, {{1}} dan {{ 2 }}' });
    expect(await preview({ name: 'again', params: ['satu', 'dua'] })).toMatchObject({ text: 'dua, satu dan dua' });
  });

  it('needs MANAGE to be made', async () => {
    const { secret } = await makeKey(world.call, ['SEND']);
    const { errors } = await graphql(
      world.gateway.url,
      secret,
    )('mutation { createTemplate(input: {name: "x", body: "x"}) { __typename } }');
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('a preview', () => {
  it('is the text as the recipient reads it', async () => {
    await create({ name: 'promo', body: 'Halo {{1}}', header: { text: 'Toko' }, footer: 'STOP untuk berhenti' });
    expect(await preview({ name: 'promo', params: ['Budi'] })).toEqual({
      __typename: 'TemplatePreview',
      text: 'Halo Budi',
      header: 'Toko',
      footer: 'STOP untuk berhenti',
      smsSegments: 0,
    });
  });

  it('shows the header at its sample, and as it is where there is none', async () => {
    await create({ name: 'header_sample', body: 'x', header: { text: 'Halo {{1}}', sample: 'Budi' } });
    await create({ name: 'header_plain', body: 'x', header: { text: 'Halo {{1}}' } });
    expect(await preview({ name: 'header_sample', params: [] })).toMatchObject({ header: 'Halo Budi' });
    expect(await preview({ name: 'header_plain', params: [] })).toMatchObject({ header: 'Halo {{1}}' });
  });

  it('is of the language that is read instead where the asked one is missing', async () => {
    await create({ name: 'fallback', language: 'en_US', body: 'Hello' });
    for (const language of ['en', 'id', 'hi'])
      expect(await preview({ name: 'fallback', language, params: [] })).toMatchObject({ text: 'Hello' });
    await create({ name: 'fallback', language: 'id', body: 'Halo' });
    expect(await preview({ name: 'fallback', language: 'id', params: [] })).toMatchObject({ text: 'Halo' });
    expect(await preview({ name: 'fallback', language: 'ms', params: [] })).toMatchObject({ field: 'language' });
  });

  it('counts the parts of an SMS with its values', async () => {
    await create({ name: 'sms', channel: 'SMS', body: 'Kode {{1}}' });
    const parts = async (value: string): Promise<number> =>
      (await preview({ name: 'sms', channel: 'SMS', params: [value] })).smsSegments;
    expect([await parts('x'.repeat(155)), await parts('x'.repeat(156)), await parts(`${'x'.repeat(65)}✓`)]).toEqual([
      1, 2, 2,
    ]);
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['a template that does not exist', { name: 'nothing', params: [] }, 'TEMPLATE_NOT_FOUND', 'name'],
    ['another language', { name: DOKU_TEMPLATE, language: 'en', params: [] }, 'TEMPLATE_NOT_FOUND', 'language'],
    ['too few values', { name: DOKU_TEMPLATE, params: ['a'] }, 'TEMPLATE_PARAMS_MISMATCH', 'params'],
    ['an empty value', { name: DOKU_TEMPLATE, params: ['a', '', 'c'] }, 'INVALID_INPUT', 'params.1'],
    ['a NUL byte in a value', { name: DOKU_TEMPLATE, params: ['a', '\0', 'c'] }, 'INVALID_INPUT', 'params.1'],
    ['a NUL byte in the name', { name: 'a\0', params: [] }, 'INVALID_INPUT', 'name'],
    ['a NUL byte in the language', { name: DOKU_TEMPLATE, language: '\0', params: [] }, 'INVALID_INPUT', 'language'],
  ])('has the problems of a send: %s', async (_what, variables, code, field) => {
    expect(await preview(variables)).toMatchObject({ code, field });
  });
});

describe('a registration', () => {
  it('says what an account calls it, is told in the log, and replaces the one before', async () => {
    const after = (await world.ask('{ lastEventId }')).lastEventId;
    const id = await addTemplate(world.call, { name: 'registered', account: world.wappin, status: 'PENDING' });
    await registerTemplate(world.call, { id, accountId: world.wappin.id, externalId: ' templ_uat_2 ' });
    expect((await read(id)).registrations).toEqual([
      {
        account: { id: world.wappin.id },
        externalId: 'templ_uat_2',
        status: 'APPROVED',
        category: 'UTILITY',
        rejectionReason: null,
      },
    ]);
    const { events } = await world.ask(
      'query ($after: ID) { events(after: $after, types: [TEMPLATE_STATUS_CHANGED]) { edges { node { sequence template { id } data } } } }',
      { after },
    );
    expect(events.edges.map(({ node }: any) => [node.sequence, node.template.id, node.data.template.status])).toEqual([
      [1, id, 'PENDING'],
      [2, id, 'APPROVED'],
    ]);
    expect(events.edges[1].node.data.template).toEqual({
      id,
      name: 'registered',
      language: 'id',
      accountId: world.wappin.id,
      status: 'APPROVED',
      category: 'UTILITY',
      rejectionReason: null,
    });
  });

  it.each(['DRAFT', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'DELETED'])(
    'that is %s is not sent; APPROVED again it is',
    async (status) => {
      const name = `is_${status.toLowerCase()}`;
      const id = await addTemplate(world.call, { name, account: world.wappin, status });
      const send = viaWappin(person(1), { content: { template: { name, params: ['a', 'b'] } } });
      expect(await world.send(send)).toMatchObject({ code: 'TEMPLATE_NOT_APPROVED', field: 'content.template.name' });
      await registerTemplate(world.call, { id, accountId: world.wappin.id, externalId: 'templ_uat_2' });
      expect(await world.send(send)).toMatchObject({ __typename: 'Message' });
    },
  );

  it('leaves messages as they were accepted when its text is registered under another name', async () => {
    const id = await addTemplate(world.call, { name: 'renamed', account: world.wappin, externalId: 'templ_uat_2' });
    const sent = await world.send(
      viaWappin(person(2), { content: { template: { name: 'renamed', params: ['a', 'b'] } } }),
    );
    await world.messageIn(sent.id, 'SUBMITTED');
    await registerTemplate(world.call, { id, accountId: world.wappin.id, externalId: 'gone_there' });
    expect(await world.message(sent.id)).toMatchObject({ content: { text: 'Halo a, jadwal Anda b.' } });
  });

  it.each<[string, (id: string) => Record<string, unknown>, string, string]>([
    [
      'a template',
      () => ({ id: `tpl_${'0'.repeat(32)}`, accountId: world.doku.id, externalId: 'x' }),
      'NOT_FOUND',
      'id',
    ],
    ['an account', (id) => ({ id, accountId: 'acc_1', externalId: 'x' }), 'NOT_FOUND', 'accountId'],
    ['a name', (id) => ({ id, accountId: world.doku.id, externalId: ' ' }), 'INVALID_INPUT', 'externalId'],
    [
      'a name without NUL',
      (id) => ({ id, accountId: world.doku.id, externalId: 'a\0' }),
      'INVALID_INPUT',
      'externalId',
    ],
  ])('needs %s', async (_what, variables, code, field) => {
    const { templates } = await world.ask('{ templates(first: 1) { edges { node { id } } } }');
    const data = await world.ask(
      `mutation ($id: ID!, $accountId: ID!, $externalId: String!) {
        registerTemplate(id: $id, accountId: $accountId, externalId: $externalId) { __typename ${PROBLEM} }
      }`,
      variables(templates.edges[0].node.id),
    );
    expect(data.registerTemplate).toMatchObject({ code, field });
  });
});

describe('a registration at an account that can never send the template', () => {
  const registered = async (input: Record<string, unknown>, accountId: string): Promise<any> => {
    const { id } = await create(input);
    const data = await world.ask(
      `mutation ($id: ID!, $accountId: ID!) {
        registerTemplate(id: $id, accountId: $accountId, externalId: "x") { __typename ${PROBLEM} }
      }`,
      { id, accountId },
    );
    return data.registerTemplate;
  };
  const nameOf = async (id: string): Promise<string> =>
    (await world.ask('query ($id: ID!) { providerAccount(id: $id) { name } }', { id })).providerAccount.name;

  it('is UNSUPPORTED_BY_PROVIDER for an SMS, and names the account that can', async () => {
    expect(await registered({ name: 'sms_at_doku', channel: 'SMS' }, world.doku.id)).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'accountId',
      message: expect.stringContaining(`${await nameOf(world.wappin.id)} can.`),
    });
  });

  it('is UNSUPPORTED_BY_PROVIDER for one of WhatsApp, and names those that can', async () => {
    const { id } = await connectSendTalk(world.call, world.simulator.url);
    expect(await registered({ name: 'at_sendtalk' }, id)).toMatchObject({
      code: 'UNSUPPORTED_BY_PROVIDER',
      field: 'accountId',
      message: expect.stringContaining(`${await nameOf(world.doku.id)}, ${await nameOf(world.wappin.id)} can.`),
    });
  });
});

describe('the list of templates', () => {
  it('is newest first, by name and channel, page by page', async () => {
    const list = async (args: string): Promise<any> =>
      (
        await world.ask(
          `{ templates(${args}) { totalCount edges { node { id name channel } } pageInfo { hasNextPage endCursor } } }`,
        )
      ).templates;
    const all = await list('first: 200');
    expect(all.totalCount).toBe(all.edges.length);
    const ids = all.edges.map(({ node }: any) => node.id);
    expect(ids).toEqual([...ids].sort().reverse());
    const paged: string[] = [];
    for (let after = ''; ;) {
      const page = await list(`first: 3${after && `, after: "${after}"`}`);
      paged.push(...page.edges.map(({ node }: any) => node.id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(paged).toEqual(ids);
    expect((await list('name: "twice"')).totalCount).toBe(3);
    expect((await list('name: "twice", channel: SMS')).edges.map(({ node }: any) => node.channel)).toEqual(['SMS']);
    expect((await list('name: "nothing"')).edges).toEqual([]);
  });

  it('is BAD_USER_INPUT for a name that no template can have', async () => {
    const { errors } = await world.call('query ($name: String) { templates(name: $name) { totalCount } }', {
      name: '\0',
    });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'name' } }]);
  });
});
