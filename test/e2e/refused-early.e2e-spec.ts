import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addTemplate,
  type ConnectedAccount,
  connectExotel,
  connectMeta,
  connectSendTalk,
  connectWappin,
  person,
  PROBLEM,
  startWorld,
  type World,
} from '../support/world.js';

/** What must not grow by a send that is refused. */
const TABLES = ['messages', 'events', 'message_attempts', 'idempotency_keys'] as const;

const TEXT = { text: { text: 'Halo' } };
const media = (type: string): Record<string, unknown> => ({ media: { type, url: 'https://shop.example/file' } });
const BUTTONS = { interactive: { text: 'Jadi?', buttons: [{ title: 'Ya' }] } };
const LIST = {
  interactive: {
    text: 'Pilih',
    list: { button: 'Lihat', sections: [{ title: '', rows: [{ id: 'a', title: 'A' }] }] },
  },
};

/** Starts with DOKU alone; others are connected on the way. */
let world: World;
beforeAll(async () => {
  world = await startWorld({ wappin: false, callbackPlan: { statuses: [] } });
});
afterAll(() => world.close());

/** The Problem; makes sure that nothing is stored and nobody is called. */
async function refused(input: Record<string, unknown>): Promise<any> {
  const requests = (): number => world.simulator.ledger.counts().requests;
  const before = [await world.counts(...TABLES), requests()];
  const answer = await world.send({ to: person(1), idempotencyKey: 'the same each time', ...input });
  expect(answer.__typename).toBe('Problem');
  expect([await world.counts(...TABLES), requests()]).toEqual(before);
  return answer;
}
const setRoute = async (capability: string, accountIds: readonly string[]): Promise<void> => {
  const { setRoute: route } = await world.ask(
    `mutation ($capability: Capability!, $accountIds: [ID!]!) {
      setRoute(capability: $capability, accountIds: $accountIds) { __typename ${PROBLEM} } }`,
    { capability, accountIds },
  );
  expect(route).toEqual({ __typename: 'Route' });
};

// In their order: each story adds to what the project has connected.
describe('with DOKU alone', () => {
  it.each([
    ['a text', TEXT, 'content.text', ['Wappin', 'Exotel', 'SendTalk', 'Meta']],
    ['a file', media('IMAGE'), 'content.media', ['Wappin', 'Exotel', 'SendTalk', 'Meta']],
    ['buttons', BUTTONS, 'content.interactive', ['Exotel', 'Meta']],
    ['a list', LIST, 'content.interactive', ['Exotel', 'Meta']],
  ])('%s is UNSUPPORTED_BY_PROVIDER, and whose account could is said', async (_name, content, field, providers) => {
    const problem = await refused({ content });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field });
    for (const name of providers) expect(problem.message).toContain(name);
    expect(problem.message).not.toContain('DOKU');
    if (field === 'content.interactive') expect(problem.message).not.toMatch(/Wappin|SendTalk/);
    const named = await refused({ content, accountId: world.doku.id });
    expect(named).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
    expect(named.message).toContain('DOKU');
    for (const name of providers) expect(named.message).toContain(name);
  });
});

describe('with Wappin and SendTalk beside it', () => {
  let wappin: ConnectedAccount;
  let sendtalk: ConnectedAccount;
  beforeAll(async () => {
    wappin = await connectWappin(world.call, world.simulator.url, { name: 'Toko Wappin' });
    sendtalk = await connectSendTalk(world.call, world.simulator.url, { name: 'Toko SendTalk' });
  });

  it('what DOKU cannot names the account that can, and needs nobody to name it', async () => {
    const problem = await refused({ content: TEXT, accountId: world.doku.id });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
    expect(problem.message).toContain('Toko Wappin');
    expect(problem.message).toContain('Toko SendTalk');
    const { id } = await world.send({ to: person(2), content: TEXT });
    expect(await world.messageIn(id, 'SUBMITTED')).toMatchObject({ account: { id: wappin.id } });
  });

  it('a film is nobody’s, and a document not SendTalk’s', async () => {
    const films = [{ accountId: wappin.id }, { accountId: sendtalk.id }, {}];
    for (const by of films) {
      expect(await refused({ content: media('VIDEO'), ...by })).toMatchObject({
        ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.media.type' },
        message: expect.stringContaining('VIDEO'),
      });
    }
    for (const type of ['DOCUMENT', 'AUDIO']) {
      const problem = await refused({ content: media(type), accountId: sendtalk.id });
      expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.media.type' });
      expect(problem.message).toContain('Toko Wappin');
    }
  });

  it('buttons and lists are nobody’s', async () => {
    for (const content of [BUTTONS, LIST]) {
      expect(await refused({ content })).toMatchObject({
        ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.interactive' },
      });
      for (const { id } of [wappin, sendtalk]) {
        const problem = await refused({ content, accountId: id });
        expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
        expect(problem.message).toMatch(/Exotel.*Meta|Meta.*Exotel/);
      }
    }
  });

  it('a template is not SendTalk’s', async () => {
    const id = await addTemplate(world.call, { name: 'reminder', account: wappin, externalId: 'templ_uat_2' });
    expect(id).toMatch(/^tpl_/);
    const content = { template: { name: 'reminder', params: ['a', 'b'] } };
    const problem = await refused({ content, accountId: sendtalk.id });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'accountId' });
    expect(problem.message).toContain('Toko Wappin');
  });
});

describe('with all five', () => {
  let exotel: ConnectedAccount;
  beforeAll(async () => {
    exotel = await connectExotel(world.call, world.simulator.url, { name: 'Toko Exotel' });
    await connectMeta(world.call, world.simulator.url, { name: 'Toko Meta' });
  });

  it('a route that cannot carry it is passed by nobody, and who could is named', async () => {
    const { providerAccounts } = await world.ask('{ providerAccounts { id kind } }');
    const idOf = (kind: string): string => providerAccounts.find((one: any) => one.kind === kind).id;
    await setRoute('MEDIA', [idOf('WAPPIN'), idOf('SENDTALK')]);
    const problem = await refused({ content: media('VIDEO') });
    expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.media.type' });
    expect(problem.message).toContain('Toko Exotel');
    expect(problem.message).toContain('Toko Meta');
    await setRoute('MEDIA', []);
    const { id } = await world.send({ to: person(3), content: media('VIDEO') });
    expect(await world.messageIn(id, 'SUBMITTED')).toMatchObject({
      account: { id: exotel.id },
    });
  });

  it('an account that nobody has is NOT_FOUND, whatever is said', async () => {
    for (const accountId of [`acc_${'0'.repeat(32)}`, 'acc_1', '', exotel.id.replace('acc', 'msg')])
      for (const content of [TEXT, media('IMAGE'), BUTTONS])
        expect(await refused({ content, accountId })).toMatchObject({ code: 'NOT_FOUND', field: 'accountId' });
  });
});
