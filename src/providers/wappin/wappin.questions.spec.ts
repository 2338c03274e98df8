import { describe, expect, it } from 'vitest';
import { WappinWorld, answer, said } from '../../../test/support/wappin-world.js';
import { type Answer } from '../ports/outcome.js';

const within = (): AbortSignal => new AbortController().signal;

describe('the inquiry', () => {
  const asked = (body: unknown): Promise<Answer<{ reports: readonly object[] }>> => {
    const world = new WappinWorld();
    world.answer = said(body);
    return world.provider.inquiry!.status('5c33139c82f94', within());
  };
  const told = async (data: unknown): Promise<readonly object[]> => {
    const given = await asked({ status: '200', message: 'Success', data });
    return given.outcome === 'answered' ? given.reports : [given];
  };

  it('asks by the id of the message alone', async () => {
    const world = new WappinWorld();
    await world.provider.inquiry!.status('5c33139c82f94', within());
    expect(world.otherCalls()).toMatchObject([
      {
        method: 'POST',
        url: 'https://api.wappin.id/v1/message/inquiry',
        headers: { Authorization: 'Bearer token-1', 'Content-Type': 'application/json' },
        body: '{"message_id":"5c33139c82f94"}',
      },
    ]);
  });

  it('reports every status, the least advanced first, whatever their order', async () => {
    const data = [
      { message_id: '5c33139c82f94', status: 'read', timestamp: '1557915520' },
      { message_id: '5c33139c82f94', status: 'sent', timestamp: '1557915510' },
      { message_id: '5c33139c82f94', status: 'delivered', timestamp: '1557915512' },
    ];
    const rest = { kind: 'status', reference: '5c33139c82f94', mailbox: null, attemptId: null, recipient: null };
    expect(await told(data)).toMatchObject([
      { ...rest, status: 'SENT', occurredAt: new Date('2019-05-15T10:18:30Z') },
      { ...rest, status: 'DELIVERED', occurredAt: new Date('2019-05-15T10:18:32Z') },
      { ...rest, status: 'READ', occurredAt: new Date('2019-05-15T10:18:40Z') },
    ]);
  });

  it('reports a failure after the others, with a reason of ours', async () => {
    expect(await told([{ status: 'failed' }, { status: 'sent' }])).toMatchObject([
      { status: 'SENT', failure: null },
      { status: 'FAILED', failure: { code: 'PROVIDER_REJECTED', providerCode: null } },
    ]);
  });

  it('reports one status once', async () => {
    expect(await told([{ status: 'sent' }, { status: 'Sent', timestamp: '1557915510' }])).toMatchObject([
      { status: 'SENT', occurredAt: new Date('2019-05-15T10:18:30Z') },
    ]);
  });

  it.each([
    ['status', { status: 'delivered' }],
    ['status_message', { status_message: 'delivered' }],
    ['status_messages', { status_messages: 'delivered' }],
    ['status_messages beside a code', { status: '200', status_messages: 'Delivered' }],
    ['a bare word', 'delivered'],
  ])('finds the status under %s', async (_, element) => {
    expect(await told([element])).toMatchObject([{ status: 'DELIVERED', occurredAt: null }]);
  });

  it.each([
    ['timestamp', '1557915512'],
    ['timestamp', 1557915512],
    ['created_at', '2019-05-15 17:18:32'],
    ['date', '2019-05-15T10:18:32.000Z'],
    ['date', '2019-05-15T17:18:32+07:00'],
  ])('finds the time under %s as %j', async (name, value) => {
    expect(await told([{ status: 'delivered', [name]: value }])).toMatchObject([
      { occurredAt: new Date('2019-05-15T10:18:32Z') },
    ]);
  });

  it('reads one event that is in no array', async () => {
    expect(await told({ status: 'delivered' })).toMatchObject([{ status: 'DELIVERED' }]);
  });

  it.each([[undefined], [null], [[]], [{}], [[null, 7, [], { status: 'queued' }]], ['x'], [[{ status: {} }]]])(
    'knows nothing yet from the data %j',
    async (data) => {
      expect(await told(data)).toEqual([]);
    },
  );

  it('knows nothing yet after "Data not Found", which is no failure', async () => {
    expect(await asked({ status: '404', message: 'Data not Found' })).toEqual({ outcome: 'answered', reports: [] });
  });
});

describe('the number checker', () => {
  const asked = (body: unknown): Promise<Answer> => {
    const world = new WappinWorld();
    world.answer = said(body);
    return world.provider.numbers!.check('+6282315658823', within());
  };

  it('asks with the ids, for phone_number', async () => {
    const world = new WappinWorld();
    await world.provider.numbers!.check('+6282315658823', within());
    expect(world.otherCalls()).toMatchObject([
      {
        method: 'POST',
        url: 'https://api.wappin.id/v1/phone/number-checker',
        body: '{"client_id":"0009","project_id":"014","phone_number":"6282315658823"}',
      },
    ]);
  });

  it.each([
    ['200', 'Phone Number Valid', true],
    ['200', 'Success', true],
    ['601', 'Phone Number Invalid', false],
  ])('is told %s "%s": on WhatsApp is %s', async (status, message, onWhatsApp) => {
    expect(await asked({ message_id: '5c823ecf75562', status, message })).toEqual({ outcome: 'answered', onWhatsApp });
  });
});

describe('a question', () => {
  const ask: readonly ((world: WappinWorld) => Promise<Answer>)[] = [
    (world) => world.provider.inquiry!.status('5c33139c82f94', within()),
    (world) => world.provider.numbers!.check('+6282315658823', within()),
  ];

  it.each([
    ['401', 'Invalid credential', 'PROVIDER_AUTH_FAILED', false],
    ['406', 'Auth not recognize', 'PROVIDER_AUTH_FAILED', false],
    ['407', 'IP Address not allowed', 'PROVIDER_AUTH_FAILED', false],
    ['400', 'Error no input received', 'PROVIDER_REJECTED', false],
    ['400', 'Project ID or Client ID cannot be process.', 'PROVIDER_REJECTED', false],
    ['999', 'Something new', 'PROVIDER_REJECTED', false],
    ['500', 'Oops', 'PROVIDER_UNAVAILABLE', true],
    ['503', 'Oops', 'PROVIDER_UNAVAILABLE', true],
    ['700', 'Error from vendor', 'PROVIDER_UNAVAILABLE', true],
  ])('that is answered %s "%s" fails as %s, another time: %s', async (status, message, code, retryable) => {
    for (const question of ask) {
      const world = new WappinWorld();
      world.answer = said({ status, message });
      expect(await question(world)).toMatchObject({
        outcome: 'failed',
        failure: { code, providerCode: status, providerMessage: message },
        retryable,
      });
    }
  });

  it.each([
    [401, 'PROVIDER_AUTH_FAILED', false],
    [404, 'PROVIDER_REJECTED', false],
    [302, 'PROVIDER_REJECTED', false],
    [429, 'PROVIDER_UNAVAILABLE', true],
    [502, 'PROVIDER_UNAVAILABLE', true],
    [200, 'PROVIDER_UNAVAILABLE', true],
  ])(
    'that is answered without a status goes by HTTP: %i fails as %s, another time: %s',
    async (http, code, retryable) => {
      for (const question of ask) {
        const world = new WappinWorld();
        world.answer = answer(http, '<html>');
        expect(await question(world)).toMatchObject({ outcome: 'failed', failure: { code }, retryable });
      }
    },
  );

  it.each([
    [said({ status: '401', message: 'Invalid credential' }), 'PROVIDER_AUTH_FAILED', false],
    [said({ status: '500', message: 'Oops' }), 'PROVIDER_UNAVAILABLE', true],
    [{ kind: 'unreachable', reason: 'refused' } as const, 'PROVIDER_UNAVAILABLE', true],
  ])('without a token is not asked', async (tokenAnswer, code, retryable) => {
    for (const question of ask) {
      const world = new WappinWorld();
      world.tokenAnswer = () => tokenAnswer;
      expect(await question(world)).toMatchObject({ outcome: 'failed', failure: { code }, retryable });
      expect(world.otherCalls()).toEqual([]);
    }
  });
});
