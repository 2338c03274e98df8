import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, SECOND } from '../../src/common/clock.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import {
  addTemplate,
  connectDoku,
  DOKU_TEMPLATE,
  handsOf,
  person,
  startWorld,
  UNLIMITED,
  viaDoku,
  viaWappin,
  type World,
} from '../support/world.js';

describe('an idempotency key', () => {
  const clock = new ManualClock();
  let world: World;
  const doku = { requestsPerMinute: UNLIMITED };
  beforeAll(async () => (world = await startWorld({ clock, doku, callbackPlan: { statuses: [] } })));
  afterAll(() => world.close());
  let next = 0;
  /** A send with a key and to a person of its own. */
  const keyed = (more: Record<string, unknown> = {}): Record<string, unknown> & { to: string } => ({
    ...viaDoku(person(++next), { idempotencyKey: `key-${next}`, ...more }),
    to: person(next),
  });
  const received = (to: string): number => world.simulator.ledger.messages({ recipient: to.slice(1) }).length;

  it('makes one message of a hundred equal sends that come at once', async () => {
    const send = keyed();
    const answers = await Promise.all(Array.from({ length: 100 }, () => world.send(send)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    await world.messageIn(answers[0].id, 'SUBMITTED');
    expect(received(send.to)).toBe(1);
    expect(await world.rows('select 1 from messages where person = $1', [send.to])).toHaveLength(1);
  });

  it('makes one message of equal sends to two gateways on one database', async () => {
    const other = handsOf((await world.gateway.beside({ clock })).call);
    for (let round = 0; round < 10; round++) {
      const send = keyed();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? other.send(send) : world.send(send))),
      );
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect(await world.rows('select 1 from messages where person = $1', [send.to])).toHaveLength(1);
    }
  });

  it('answers the first message as it is by now', async () => {
    const send = keyed();
    const { id } = await world.send(send);
    await world.messageIn(id, 'SUBMITTED');
    expect(await world.send(send)).toMatchObject({ id, status: 'SUBMITTED' });
    expect(received(send.to)).toBe(1);
  });

  it.each([
    ['recipient', { to: person(900_000) }],
    ['values', { content: { template: { name: DOKU_TEMPLATE, params: ['Budi', 'A-17', 'other'] } } }],
    ['reference', { reference: 'other' }],
    ['metadata', { metadata: { other: true } }],
    ['priority', { priority: 'LOW' }],
  ])('is a conflict when the %s of the second send is another', async (_what, change) => {
    const send = keyed();
    await world.send(send);
    // What the first one still sets off, on its way and of its account, is written before it is counted.
    await world.quiet();
    const before = await world.counts('messages', 'events');
    expect(await world.send({ ...send, ...change })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      field: 'idempotencyKey',
      message: expect.stringContaining('new key'),
    });
    expect(await world.counts('messages', 'events')).toEqual(before);
  });

  it('lets one of two different sends win that come at once', async () => {
    const send = keyed();
    const answers = await Promise.all([world.send(send), world.send({ ...send, reference: 'other' })]);
    expect(answers.map(({ __typename }) => __typename).sort()).toEqual(['Message', 'Problem']);
    expect(answers.find(({ code }) => code)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('in one batch twice is one message, and a conflict for another input', async () => {
    const send = keyed();
    const [first, neighbour, again, other] = await world.sendAll([
      send,
      viaWappin(person(910_000)),
      send,
      { ...send, reference: 'other' },
    ]);
    expect(again.id).toBe(first.id);
    expect(neighbour.__typename).toBe('Message');
    expect(other.code).toBe('IDEMPOTENCY_CONFLICT');
    await world.messageIn(first.id, 'SUBMITTED');
    expect(received(send.to)).toBe(1);
  });

  it('is free again when the send was refused', async () => {
    const send = keyed();
    const content = { template: { name: DOKU_TEMPLATE, params: ['one value'] } };
    expect(await world.send({ ...send, content })).toMatchObject({ code: 'TEMPLATE_PARAMS_MISMATCH' });
    expect(await world.send(send)).toMatchObject({ __typename: 'Message' });
  });

  it('goes to the good one of a batch, whichever of the two comes first', async () => {
    const good = keyed();
    const bad = { ...good, content: { template: { name: 'nothing', params: [] } } };
    const answers = await world.sendAll([bad, good, bad]);
    expect(answers.map(({ __typename }) => __typename)).toEqual(['Problem', 'Message', 'Problem']);
    expect(answers[2].code).toMatch(/TEMPLATE_NOT_FOUND|IDEMPOTENCY_CONFLICT/);
  });

  it('knows the same send when it is written in another way', async () => {
    const send = keyed({ metadata: { a: 1, b: { c: 2, d: 3 } }, scheduledAt: '2026-03-02T09:00:00Z' });
    const { id } = await world.send(send);
    const local = `0${send.to.slice(3, 6)}-${send.to.slice(6, 10)}-${send.to.slice(10)}`;
    expect(
      await world.send({
        ...send,
        to: local,
        metadata: { b: { d: 3, c: 2 }, a: 1 },
        scheduledAt: '2026-03-02T16:00:00.000+07:00',
        accountId: null,
        resendUnconfirmed: false,
      }),
    ).toMatchObject({ id });
  });

  it('answers the message after its time has passed', async () => {
    const send = keyed({ expiresAt: new Date(clock.now().getTime() + 60 * SECOND).toISOString() });
    const { id } = await world.send(send);
    await world.messageIn(id, 'SUBMITTED');
    clock.advance(61 * SECOND);
    expect(await world.send(send)).toMatchObject({ id });
  });

  it('of another project is another key', async () => {
    const { key } = await makeProject(world.call, ['ADMIN', 'SEND', 'MANAGE']);
    const call = graphql(world.gateway.url, key.secret);
    const account = await connectDoku(call, world.simulator.url);
    await addTemplate(call, {
      name: DOKU_TEMPLATE,
      body: '{{1}} {{2}} {{3}}',
      externalId: 'TMP-240223-07652',
      account,
    });
    const send = keyed();
    const [ours, theirs] = await Promise.all([world.send(send), handsOf(call).send(send)]);
    expect(theirs.__typename).toBe('Message');
    expect(theirs.id).not.toBe(ours.id);
  });

  it('holds for 7 days and is free after them', async () => {
    const send = keyed();
    const { id } = await world.send(send);
    clock.advance(7 * DAY - SECOND);
    expect(await world.send(send)).toMatchObject({ id });
    clock.advance(SECOND);
    const anew = await world.send(send);
    expect(anew).toMatchObject({ __typename: 'Message' });
    expect(anew.id).not.toBe(id);
    expect(await world.send({ ...send, reference: 'other' })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });
});
