import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../support/client.js';
import { makeKey, makeProject } from '../support/keys.js';
import { addTemplate, handsOf, person, PROBLEM, startWorld, viaWappin, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ callbackPlan: { statuses: [] } });
  for (const [name, category] of [
    ['news', 'MARKETING'],
    ['code', 'AUTHENTICATION'],
  ] as const)
    await addTemplate(world.call, { name, category, account: world.wappin, externalId: 'templ_uat_2' });
});
afterAll(() => world.close());

const CONSENT = `__typename ... on Consent { phone optedOut reason changedAt } ${PROBLEM}`;
const optOut = async (phone: string, more: Record<string, unknown> = {}, ask = world.ask): Promise<any> =>
  (
    await ask(
      `mutation ($phone: String!, $scope: OptOutScope! = ALL, $reason: String) { optOut(phone: $phone, scope: $scope, reason: $reason) { ${CONSENT} } }`,
      { phone, ...more },
    )
  ).optOut;
const optIn = async (phone: string): Promise<any> =>
  (await world.ask(`mutation ($phone: String!) { optIn(phone: $phone) { ${CONSENT} } }`, { phone })).optIn;
const of = (name: string, to: string): Record<string, unknown> =>
  viaWappin(to, { content: { template: { name, params: ['a', 'b'] } } });
const consents = async (): Promise<any[]> =>
  (await world.ask('{ optOuts { edges { node { phone optedOut reason } } } }')).optOuts.edges.map(
    ({ node }: any) => node,
  );

describe('a person who opted out', () => {
  it('is sent nothing any more, and nothing is stored or called', async () => {
    const to = person(1);
    expect(await optOut(to, { reason: 'wrote STOP' })).toMatchObject({
      __typename: 'Consent',
      phone: to,
      optedOut: 'ALL',
      reason: 'wrote STOP',
    });
    const before = await world.counts('messages');
    for (const name of ['reminder', 'news', 'code'])
      expect(await world.send(of(name, to))).toMatchObject({
        code: 'RECIPIENT_OPTED_OUT',
        field: 'to',
        message: expect.stringContaining('optIn'),
      });
    expect(await world.counts('messages')).toEqual(before);
    expect(world.simulator.ledger.calls({ recipient: to.slice(1) })).toEqual([]);
  });

  it('of marketing is still sent the rest', async () => {
    const to = person(2);
    await optOut(to, { scope: 'MARKETING' });
    expect(await world.send(of('news', to))).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
    for (const name of ['reminder', 'code'])
      expect(await world.send(of(name, to))).toMatchObject({ __typename: 'Message' });
  });

  it('is known however the number is written', async () => {
    await optOut('0878-2000-0003');
    expect(await world.send(of('reminder', '+62 878 2000 0003'))).toMatchObject({ code: 'RECIPIENT_OPTED_OUT' });
  });

  it('sinks no neighbour in a batch', async () => {
    await optOut(person(4));
    const answers = await world.sendAll([person(5), person(4), person(6)].map((to) => of('reminder', to)));
    expect(answers.map(({ __typename, code }) => code ?? __typename)).toEqual([
      'Message',
      'RECIPIENT_OPTED_OUT',
      'Message',
    ]);
  });

  it('is written to again after opting in', async () => {
    const to = person(7);
    await optOut(to);
    expect(await optIn(to)).toMatchObject({ phone: to, optedOut: null, reason: null });
    expect(await world.send(of('news', to))).toMatchObject({ __typename: 'Message' });
  });

  it('is opted out of this project alone', async () => {
    const { key } = await makeProject(world.call, ['MANAGE', 'SEND']);
    const theirs = handsOf(graphql(world.gateway.url, key.secret));
    await optOut(person(8), {}, theirs.ask);
    expect(await world.send(of('reminder', person(8)))).toMatchObject({ __typename: 'Message' });
    expect((await consents()).map(({ phone }) => phone)).not.toContain(person(8));
  });
});

describe('the list of those who opted out', () => {
  it('shows each person once, with the last word, and nobody who opted in again', async () => {
    const to = person(9);
    await optOut(to, { reason: 'first' });
    await optOut(to, { scope: 'MARKETING', reason: 'second' });
    await optOut(person(10));
    await optIn(person(10));
    const listed = await consents();
    expect(listed.filter(({ phone }) => phone === to)).toEqual([
      { phone: to, optedOut: 'MARKETING', reason: 'second' },
    ]);
    expect(listed.map(({ phone }) => phone)).not.toContain(person(10));
  });

  it('is read page by page to its end', async () => {
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const { optOuts } = await world.ask(
        'query ($after: String) { optOuts(first: 2, after: $after) { totalCount edges { node { phone } } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
      seen.push(...optOuts.edges.map(({ node }: any) => node.phone));
      expect(optOuts.totalCount).toBe((await consents()).length);
      if (!optOuts.pageInfo.hasNextPage) break;
      after = optOuts.pageInfo.endCursor;
    }
    expect(seen).toEqual((await consents()).map(({ phone }) => phone));
  });
});

describe('opting out and in', () => {
  it('is told in the log, each change once', async () => {
    const after = (await world.ask('{ lastEventId }')).lastEventId;
    const to = person(11);
    await optOut(to, { reason: 'STOP' });
    await optOut(to, { reason: 'STOP' });
    await optIn(to);
    await optIn(to);
    const { events } = await world.ask(
      `query ($after: ID) { events(after: $after, types: [OPT_OUT_ADDED, OPT_OUT_REMOVED]) {
        edges { node { type sequence data consent { phone } } }
      } }`,
      { after },
    );
    const told = events.edges.map(({ node }: any) => node);
    expect(told.map(({ type, sequence }: any) => [type, sequence])).toEqual([
      ['OPT_OUT_ADDED', 1],
      ['OPT_OUT_REMOVED', 2],
    ]);
    expect(told[0]).toMatchObject({
      data: { optOut: { phone: to, recipientId: null, scope: 'ALL', reason: 'STOP' } },
      consent: { phone: to },
    });
  });

  it('at once by many leaves one row and one event for each change', async () => {
    const to = person(12);
    await Promise.all(Array.from({ length: 20 }, () => optOut(to)));
    const rows = await world.rows('select sequence from opt_outs where phone = $1', [to]);
    expect(rows).toEqual([{ sequence: 1 }]);
  });

  it('needs a number and a reason that can be kept', async () => {
    for (const answer of [await optOut('nobody'), await optIn(''), await optOut('0878\u00002367')])
      expect(answer).toMatchObject({ code: 'INVALID_PHONE_NUMBER', field: 'phone' });
    expect(await optOut(person(13), { reason: 'x'.repeat(256) })).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'reason',
    });
    expect(await optOut(person(13), { reason: 'a\0' })).toMatchObject({ code: 'INVALID_INPUT', field: 'reason' });
  });

  it('needs MANAGE', async () => {
    const { secret } = await makeKey(world.call, ['SEND']);
    const call = graphql(world.gateway.url, secret);
    for (const mutation of ['optOut', 'optIn']) {
      const { errors } = await call(`mutation { ${mutation}(phone: "${person(14)}") { __typename } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });
});
