import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import {
  addTemplate,
  DOKU_TEMPLATE,
  handsOf,
  person,
  PROBLEM,
  startWorld,
  viaDoku,
  viaWappin,
  type World,
} from '../support/world.js';

const TABLES = ['messages', 'events', 'idempotency_keys', 'message_attempts'];
const template = (change: Record<string, unknown>): Record<string, unknown> => ({
  to: person(1),
  content: { template: { name: DOKU_TEMPLATE, params: ['a', 'b', 'c'], ...change } },
});
const aYearAgo = (): string => new Date(Date.now() - 365 * DAY).toISOString();
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
/** What is wrong, the send, the code, where, and what the sentence must speak of. */
const BAD: [string, () => Record<string, unknown>, string, string, RegExp][] = [
  ['a number with letters', () => viaDoku('Budi'), 'INVALID_PHONE_NUMBER', 'to', /country code/],
  ['an empty number', () => viaDoku(''), 'INVALID_PHONE_NUMBER', 'to', /country code/],
  ['a number that is too short', () => viaDoku('0812'), 'INVALID_PHONE_NUMBER', 'to', /country code/],
  ['a number that nobody can have', () => viaDoku('+62 1'), 'INVALID_PHONE_NUMBER', 'to', /country code/],
  ['a number of 5,000 digits', () => viaDoku('6'.repeat(5_000)), 'INVALID_PHONE_NUMBER', 'to', /country code/],
  ['a NUL byte in the number', () => viaDoku('0878\u00002367'), 'INVALID_INPUT', 'to', /NUL/],
  [
    'too few values',
    () => template({ params: ['a', 'b'] }),
    'TEMPLATE_PARAMS_MISMATCH',
    'content.template.params',
    /takes 3 values, 2 were given/,
  ],
  [
    'too many values',
    () => template({ params: ['a', 'b', 'c', 'd'] }),
    'TEMPLATE_PARAMS_MISMATCH',
    'content.template.params',
    /takes 3 values, 4/,
  ],
  ['no values', () => template({ params: [] }), 'TEMPLATE_PARAMS_MISMATCH', 'content.template.params', /takes 3/],
  [
    'an empty value',
    () => template({ params: ['a', ' ', 'c'] }),
    'INVALID_INPUT',
    'content.template.params.1',
    /empty/,
  ],
  [
    'a value of 1025 characters',
    () => template({ params: ['a', 'b', 'c'.repeat(1025)] }),
    'INVALID_INPUT',
    'content.template.params.2',
    /1024/,
  ],
  [
    'a NUL byte in a value',
    () => template({ params: ['a', 'b\0', 'c'] }),
    'INVALID_INPUT',
    'content.template.params.1',
    /NUL/,
  ],
  [
    'half a character in a value',
    () => template({ params: ['a', 'b', '\ud83d'] }),
    'INVALID_INPUT',
    'content.template.params.2',
    /half a character/,
  ],
  [
    'a template that does not exist',
    () => template({ name: 'nothing' }),
    'TEMPLATE_NOT_FOUND',
    'content.template.name',
    /createTemplate/,
  ],
  [
    'a template in another language',
    () => template({ language: 'en' }),
    'TEMPLATE_NOT_FOUND',
    'content.template.language',
    /language en/,
  ],
  [
    'a template of another channel',
    () => template({ channel: 'SMS' }),
    'TEMPLATE_NOT_FOUND',
    'content.template.name',
    /channel/,
  ],
  [
    'a template that is in two languages',
    () => template({ name: 'welcome', params: ['a', 'b'] }),
    'INVALID_INPUT',
    'content.template.language',
    /en, id|id, en/,
  ],
  ['a NUL byte in the name', () => template({ name: 'a\0' }), 'INVALID_INPUT', 'content.template.name', /NUL/],
  [
    'a template that is not approved',
    () => template({ name: 'pending', params: ['a', 'b'] }),
    'TEMPLATE_NOT_APPROVED',
    'content.template.name',
    /not approved/,
  ],
  [
    'a template that no account knows',
    () => template({ name: 'unregistered', params: ['a', 'b'] }),
    'NO_ROUTE',
    'content.template',
    /registerTemplate/,
  ],
  [
    'an account that does not exist',
    () => viaDoku(person(1), { accountId: `acc_${'0'.repeat(32)}` }),
    'NOT_FOUND',
    'accountId',
    /account/,
  ],
  ['an account id that is none', () => viaDoku(person(1), { accountId: 'mine' }), 'NOT_FOUND', 'accountId', /account/],
  ['a time past expiresAt', () => viaDoku(person(1), { expiresAt: aYearAgo() }), 'INVALID_INPUT', 'expiresAt', /past/],
  [
    'an end before the beginning',
    () => viaDoku(person(1), { scheduledAt: inDays(2), expiresAt: inDays(1) }),
    'INVALID_INPUT',
    'expiresAt',
    /after scheduledAt/,
  ],
  ['36 days ahead', () => viaDoku(person(1), { scheduledAt: inDays(36) }), 'INVALID_INPUT', 'scheduledAt', /35 days/],
  [
    'a reference of 129 characters',
    () => viaDoku(person(1), { reference: 'r'.repeat(129) }),
    'INVALID_INPUT',
    'reference',
    /128/,
  ],
  ['an empty reference', () => viaDoku(person(1), { reference: '' }), 'INVALID_INPUT', 'reference', /1 to 128/],
  [
    'a key of 256 characters',
    () => viaDoku(person(1), { idempotencyKey: 'k'.repeat(256) }),
    'INVALID_INPUT',
    'idempotencyKey',
    /255/,
  ],
  ['an empty key', () => viaDoku(person(1), { idempotencyKey: '' }), 'INVALID_INPUT', 'idempotencyKey', /1 to 255/],
  [
    'a NUL byte in the key',
    () => viaDoku(person(1), { idempotencyKey: 'k\0' }),
    'INVALID_INPUT',
    'idempotencyKey',
    /NUL/,
  ],
  [
    'metadata of 3 KiB',
    () => viaDoku(person(1), { metadata: { note: 'x'.repeat(3_072) } }),
    'INVALID_INPUT',
    'metadata',
    /2048 bytes/,
  ],
  [
    'a NUL byte in the metadata',
    () => viaDoku(person(1), { metadata: { cart: { items: ['a', 'b\0'] } } }),
    'INVALID_INPUT',
    'metadata.cart.items.1',
    /NUL/,
  ],
  [
    'a NUL byte in a name of the metadata',
    () => viaDoku(person(1), { metadata: { 'a\0': 1 } }),
    'INVALID_INPUT',
    'metadata',
    /NUL/,
  ],
];

describe('bad input', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ callbackPlan: { statuses: [] } });
    await addTemplate(world.call, { name: 'welcome', language: 'id', account: world.doku });
    await addTemplate(world.call, { name: 'welcome', language: 'en', account: world.doku });
    await addTemplate(world.call, { name: 'pending', account: world.doku, status: 'PENDING' });
    await addTemplate(world.call, { name: 'unregistered' });
  });
  afterAll(() => world.close());

  it.each(BAD)(
    'is answered for %s with a Problem that names the field, and nothing is stored',
    async (_what, send, code, field, words) => {
      const before = await world.counts(...TABLES);
      const refused = await world.send(send());
      expect(refused).toMatchObject({ __typename: 'Problem', code, message: expect.stringMatching(words) });
      // Where in the metadata a nameless thing is, the Problem may say or leave.
      expect(refused.field.startsWith(field) ? field : refused.field).toBe(field);
      expect(await world.counts(...TABLES)).toEqual(before);
      expect(world.simulator.ledger.counts().requests).toBe(0);
    },
  );

  it('has no route where the project has no account', async () => {
    const { key } = await makeProject(world.call, ['SEND', 'MANAGE']);
    const call = graphql(world.gateway.url, key.secret);
    await addTemplate(call, { name: 'hello', body: 'Hello' });
    expect(await handsOf(call).send({ to: person(1), content: { template: { name: 'hello' } } })).toMatchObject({
      code: 'NO_ROUTE',
      field: 'content.template',
      message: expect.stringMatching(/connect/),
    });
  });

  it.each([
    ['the year 0', { scheduledAt: '0000-01-01T00:00:00Z' }],
    ['a year 0 in UTC', { scheduledAt: '0001-01-01T00:00:00+14:00' }],
    ['the year 10000 in UTC', { expiresAt: '9999-12-31T23:59:59-14:00' }],
    ['the 31st of February', { scheduledAt: '2026-02-31T00:00:00Z' }],
    ['a date alone', { expiresAt: '2099-01-01' }],
  ])('is not of the schema for %s', async (_what, times) => {
    const { errors } = await world.call(
      'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { __typename } }',
      { input: viaDoku(person(1), times) },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: `input.${Object.keys(times)[0]}` } }]);
  });
});

describe('the neighbours of bad input', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ callbackPlan: { statuses: [] } });
    await addTemplate(world.call, { name: 'pending', account: world.doku, status: 'PENDING' });
    await addTemplate(world.call, { name: 'unregistered' });
    await addTemplate(world.call, { name: 'welcome', language: 'id', account: world.doku });
    await addTemplate(world.call, { name: 'welcome', language: 'en', account: world.doku });
  });
  afterAll(() => world.close());
  let next = 1_000;
  const mixed = (): { send: Record<string, unknown>; code: string | undefined }[] =>
    BAD.flatMap(([, send, code]) => [
      { send: viaWappin(person(next++)), code: undefined },
      { send: send(), code },
    ]);

  it('succeed in a batch, and each answer is at the place of its input', async () => {
    const before = await world.counts('messages');
    const inputs = mixed();
    const answers = await world.sendAll(inputs.map(({ send }) => send));
    expect(answers.map(({ code }) => code)).toEqual(inputs.map(({ code }) => code));
    const messages = answers.filter(({ __typename }) => __typename === 'Message');
    expect((await world.counts('messages'))['messages']).toBe((before['messages'] as number) + messages.length);
    for (const { id } of messages) await world.messageIn(id, 'SUBMITTED');
  });

  it('succeed when all of them come at once and share a commit', async () => {
    const inputs = [...mixed(), ...mixed()];
    const answers = await Promise.all(inputs.map(({ send }) => world.send(send)));
    expect(answers.map(({ code }) => code)).toEqual(inputs.map(({ code }) => code));
    for (const { id, __typename } of answers) if (__typename === 'Message') await world.messageIn(id, 'SUBMITTED');
  });
});

describe('the neighbours of what the database refuses', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ callbackPlan: { statuses: [] } });
    await world.rows(`create function refuse() returns trigger language plpgsql as
      $$ begin if new.reference = 'poison' then raise exception 'refused' using errcode = 'check_violation'; end if; return new; end $$`);
    await world.rows('create trigger refuse before insert on messages for each row execute function refuse()');
  });
  afterAll(() => world.close());

  it('succeed when they share its commit', async () => {
    const sends = Array.from({ length: 60 }, (_, n) => viaWappin(person(n), n === 30 ? { reference: 'poison' } : {}));
    const answers = await Promise.allSettled(sends.map((send) => world.send(send)));
    const [refused, ...others] = answers.filter(({ status }) => status === 'rejected');
    expect([refused, others]).toMatchObject([{ reason: { message: expect.stringContaining('on our side') } }, []]);
    expect(await world.counts('messages')).toEqual({ messages: 59 });
    for (const answer of answers)
      if (answer.status === 'fulfilled') await world.messageIn(answer.value.id, 'SUBMITTED');
  });

  it('have their answers when they share its batch', async () => {
    const before = await world.counts('messages');
    const inputs = Array.from({ length: 10 }, (_, n) =>
      viaWappin(person(100 + n), n === 4 ? { reference: 'poison' } : {}),
    );
    const answers = await world.sendAll(inputs);
    expect(answers.map(({ __typename, code }) => code ?? __typename)).toEqual(
      inputs.map((_, n) => (n === 4 ? 'INVALID_INPUT' : 'Message')),
    );
    expect(await world.counts('messages')).toEqual({ messages: Number(before['messages']) + 9 });
  });
});

describe('a request that is too much', () => {
  let world: World;
  beforeAll(async () => (world = await startWorld()));
  afterAll(() => world.close());
  beforeEach(async () => expect(await world.counts('messages')).toEqual({ messages: 0 }));
  const query = 'mutation ($inputs: [SendMessageInput!]!) { sendMessages(inputs: $inputs) { __typename } }';

  it.each([0, 1001])('of %i inputs is BAD_USER_INPUT, with its path', async (count) => {
    const inputs = Array.from({ length: count }, (_, n) => viaDoku(person(n)));
    const { errors } = await world.call(query, { inputs });
    expect(errors).toMatchObject([
      {
        path: ['sendMessages'],
        message: expect.stringContaining('1 to 1000'),
        extensions: { code: 'BAD_USER_INPUT', field: 'inputs' },
      },
    ]);
  });

  it('for metadata that is nested without end is a Problem, and its neighbour is sent', async () => {
    // Deeper than any recursion goes, JSON.stringify's too.
    const deep = `${'{"a":'.repeat(20_000)}{}${'}'.repeat(20_000)}`;
    const inputs = [viaDoku(person(1)), viaDoku(person(2), { metadata: 'DEEP' })];
    const answer = await fetch(`${world.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.gateway.adminKey}` },
      body: JSON.stringify({
        query: `mutation ($inputs: [SendMessageInput!]!) { sendMessages(inputs: $inputs) { ... on Message { status } ${PROBLEM} } }`,
        variables: { inputs },
      }).replace('"DEEP"', deep),
    });
    expect(await answer.json()).toMatchObject({
      data: { sendMessages: [{ status: 'QUEUED' }, { code: 'INVALID_INPUT', field: 'metadata' }] },
    });
    await world.rows('delete from messages');
  });

  it('of 5 MB is HTTP 413', async () => {
    const answer = await fetch(`${world.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${world.gateway.adminKey}` },
      body: JSON.stringify({
        query,
        variables: { inputs: [viaDoku(person(1), { reference: 'x'.repeat(5_000_000) })] },
      }),
    });
    expect(answer.status).toBe(413);
  });

  it('but a thousand inputs are not: all of them are accepted', async () => {
    const inputs = Array.from({ length: 1000 }, (_, n) => viaDoku(person(n), { scheduledAt: inDays(34) }));
    const answers = await world.sendAll(inputs);
    expect(answers.filter(({ status }) => status === 'SCHEDULED')).toHaveLength(1000);
    expect(await world.counts('messages')).toEqual({ messages: 1000 });
    await world.rows('delete from messages');
  });
});
