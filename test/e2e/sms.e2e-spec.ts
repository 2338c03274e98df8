import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addTemplate,
  type ConnectedAccount,
  connectWappin,
  magic,
  person,
  registerTemplate,
  startWorld,
  WAPPIN_CREDENTIALS,
  WAPPIN_TEMPLATE,
  type World,
} from '../support/world.js';

const RULES = ['NOT_ON_WHATSAPP', 'FAILED', 'NOT_DELIVERED', 'NOT_READ', 'ALWAYS'] as const;
/** What each setting of Wappin's dashboard means. */
const MET: Readonly<Record<string, readonly string[]>> = {
  NOT_ON_WHATSAPP: ['NOT_ON_WHATSAPP'],
  ALWAYS: ['ALWAYS'],
  WAITING: ['NOT_DELIVERED', 'NOT_READ'],
};
const SMS_TEMPLATE = 'payment_sms';
const TABLES = ['messages', 'message_attempts'] as const;

let world: World;
/** Of one contract each with another rule. `NOT_ON_WHATSAPP` is what an account has where nothing is said. */
const accounts = new Map<string, ConnectedAccount>();

beforeAll(async () => {
  world = await startWorld({ exotel: {}, callbackPlan: { statuses: ['sent', 'delivered'] } });
  accounts.set('NOT_ON_WHATSAPP', world.wappin);
  for (const smsRule of ['ALWAYS', 'WAITING'])
    accounts.set(
      smsRule,
      await connectWappin(world.call, world.simulator.url, { name: smsRule, credentials: { smsRule } }),
    );
  const { templates } = await world.ask('query ($name: String) { templates(name: $name) { edges { node { id } } } }', {
    name: WAPPIN_TEMPLATE,
  });
  const reminder = templates.edges[0].node.id;
  const sms = await addTemplate(world.call, {
    ...{ name: SMS_TEMPLATE, channel: 'SMS', body: 'Bayar {{1}} ke {{2}}.', samples: ['a', 'b'] },
    ...{ account: world.wappin, externalId: 'sms_open_payment_create' },
  });
  for (const rule of ['ALWAYS', 'WAITING']) {
    const accountId = accounts.get(rule)?.id;
    await registerTemplate(world.call, { id: reminder, accountId, externalId: 'templ_uat_2' });
    await registerTemplate(world.call, { id: sms, accountId, externalId: 'sms_open_payment_create' });
  }
});
afterAll(() => world.close());

let people = 0;
const sms = (rule: string, over: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...{ rule, content: { template: { name: SMS_TEMPLATE, channel: 'SMS', params: ['Rp10.000', '8808 1234'] } } },
  ...over,
});
const withSms = (account: string, fallbacks: readonly Record<string, unknown>[], to = person(++people)): Promise<any> =>
  world.send({
    ...{ to, accountId: accounts.get(account)?.id, fallbacks },
    content: { template: { name: WAPPIN_TEMPLATE, params: ['Siti', `jadwal ${people}`] } },
  });
/** Nothing of it is stored, and nobody is called. */
async function refused(send: () => Promise<any>): Promise<any> {
  const before = [await world.counts(...TABLES), world.simulator.ledger.counts().requests];
  const answer = await send();
  expect(answer.__typename).toBe('Problem');
  expect([await world.counts(...TABLES), world.simulator.ledger.counts().requests]).toEqual(before);
  return answer;
}

describe('an SMS that rides along', () => {
  it('is in the same request, in Wappin’s three fields, and the attempt shows it', async () => {
    const before = await world.counts('messages');
    const { id } = await withSms('NOT_ON_WHATSAPP', [sms('NOT_ON_WHATSAPP')]);
    const message = await world.answeredIn(id, 'DELIVERED');
    expect(message.attempts).toHaveLength(1);
    const { url, body } = message.attempts[0].request;
    expect(new URL(url).pathname).toBe('/v1/message/do-send-hsm');
    expect(JSON.parse(body)).toMatchObject({
      ...{ client_id: '0009', project_id: '52', type: 'templ_uat_2', recipient_number: message.to.slice(1) },
      params: { '1': 'Siti', '2': `jadwal ${people}` },
      ...{ channel: 'sms', content: 'sms_open_payment_create', params_sms: { '1': 'Rp10.000', '2': '8808 1234' } },
    });
    const sent = world.simulator.ledger.messages({ recipient: message.to.slice(1) });
    expect(sent).toMatchObject([
      {
        template: 'templ_uat_2',
        content: { sms: { name: 'sms_open_payment_create', params: ['Rp10.000', '8808 1234'] } },
      },
    ]);
    // It is no message of its own.
    expect(await world.counts('messages')).toEqual({ messages: before['messages']! + 1 });
  });

  it('is left out of a send that has none', async () => {
    const { id } = await withSms('NOT_ON_WHATSAPP', []);
    const { attempts } = await world.answeredIn(id, 'DELIVERED');
    expect(attempts[0].request.body).not.toMatch(/sms|channel/);
  });

  it('goes again with a message that is sent again', async () => {
    const { id } = await withSms('ALWAYS', [sms('ALWAYS')], magic('601', 'once'));
    await world.messageIn(id, 'FAILED');
    await world.ask('mutation ($id: ID!) { retryMessage(id: $id) { __typename } }', { id });
    const { attempts } = await world.answeredIn(id, 'SUBMITTED', 'SENT', 'DELIVERED');
    const [first, second] = attempts.map(({ request }: any) => JSON.parse(request.body));
    expect(second).toEqual(first);
  });

  it('reaches a number that is not on WhatsApp, where the dashboard says so', async () => {
    world.simulator.configure({ accounts: [{ ...WAPPIN_CREDENTIALS, kind: 'WAPPIN', smsToInvalidNumbers: true }] });
    const { id } = await withSms('NOT_ON_WHATSAPP', [sms('NOT_ON_WHATSAPP')], magic('601'));
    expect(await world.answeredIn(id, 'SUBMITTED')).toMatchObject({ problem: null });
    const { id: alone } = await withSms('NOT_ON_WHATSAPP', [], magic('601'));
    expect(await world.messageIn(alone, 'FAILED')).toMatchObject({ problem: { code: 'NOT_ON_WHATSAPP' } });
  });

  it.each([
    ['405', 'TEMPLATE_NOT_FOUND', '404'],
    ['412', 'TEMPLATE_PARAMS_MISMATCH', '400'],
  ])('that Wappin does not take fails the message, and it is said that it is the SMS: %s', async (name, code, said) => {
    const { id } = await withSms('ALWAYS', [sms('ALWAYS')], magic(name));
    const { problem } = await world.messageIn(id, 'FAILED');
    expect(problem).toMatchObject({ code, provider: { provider: 'WAPPIN', code: said } });
    expect(problem.message).toContain('SMS');
  });
});

describe('when it is sent is the account’s smsRule, and no other is taken', () => {
  it.each(Object.keys(MET).flatMap((setting) => RULES.map((rule) => [setting, rule] as const)))(
    '%s with %s',
    async (setting, rule) => {
      const send = (): Promise<any> => withSms(setting, [sms(rule, { afterMinutes: 30 })]);
      if (MET[setting]?.includes(rule)) {
        const { id } = await send();
        const { attempts } = await world.answeredIn(id, 'SUBMITTED', 'SENT', 'DELIVERED');
        expect(JSON.parse(attempts[0].request.body)).toMatchObject({ channel: 'sms' });
      } else {
        const problem = await refused(send);
        expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0.rule' });
        for (const other of MET[setting] ?? []) expect(problem.message).toContain(other);
      }
    },
  );
});

describe('what does not ride', () => {
  const text = { rule: 'FAILED', content: { text: { text: 'Halo' } } };

  it.each([
    ['before it', [text, sms('ALWAYS')]],
    ['behind it', [sms('ALWAYS'), text]],
  ])('is a fallback of its own, %s, and is not in the request', async (_where, fallbacks) => {
    const { id } = await withSms('ALWAYS', fallbacks);
    const { attempts } = await world.answeredIn(id, 'SUBMITTED', 'SENT', 'DELIVERED');
    expect(JSON.parse(attempts[0].request.body)).toMatchObject({ channel: 'sms', content: 'sms_open_payment_create' });
    expect(attempts[0].request.body).not.toContain('Halo');
  });
});

describe('what cannot ride', () => {
  it.each([
    ['a second one', [sms('ALWAYS'), sms('ALWAYS')], 'UNSUPPORTED_BY_PROVIDER', 'fallbacks.1'],
    [
      'too few values',
      [sms('ALWAYS', { content: { template: { name: SMS_TEMPLATE, channel: 'SMS', params: ['a'] } } })],
      ...['TEMPLATE_PARAMS_MISMATCH', 'fallbacks.0.content.template.params'],
    ],
    [
      'a template that nobody has',
      [sms('ALWAYS', { content: { template: { name: 'nothing', channel: 'SMS' } } })],
      ...['TEMPLATE_NOT_FOUND', 'fallbacks.0.content.template.name'],
    ],
  ] as [string, Record<string, unknown>[], string, string][])('%s', async (_name, fallbacks, code, field) => {
    expect(await refused(() => withSms('ALWAYS', fallbacks))).toMatchObject({ code, field });
  });

  it('an SMS template of another account, or through another account', async () => {
    await addTemplate(world.call, {
      ...{ name: 'elsewhere_sms', channel: 'SMS', body: 'Bayar.', account: world.wappin, externalId: 'sms_x' },
    });
    const elsewhere = sms('ALWAYS', { content: { template: { name: 'elsewhere_sms', channel: 'SMS' } } });
    const other = sms('ALWAYS', { accountId: world.wappin.id });
    for (const fallback of [elsewhere, other])
      expect(await refused(() => withSms('ALWAYS', [fallback]))).toMatchObject({
        ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0' },
      });
  });

  it('an SMS template that is not approved', async () => {
    await addTemplate(world.call, {
      ...{ name: 'paused_sms', channel: 'SMS', body: 'Bayar.', externalId: 'sms_y', status: 'PAUSED' },
      account: accounts.get('ALWAYS'),
    });
    const paused = sms('ALWAYS', { content: { template: { name: 'paused_sms', channel: 'SMS' } } });
    expect(await refused(() => withSms('ALWAYS', [paused]))).toMatchObject({
      ...{ code: 'TEMPLATE_NOT_APPROVED', field: 'fallbacks.0.content.template.name' },
    });
  });

  it('an SMS beside a text, and one through those who have none', async () => {
    const text = { to: person(++people), content: { text: { text: 'Halo' } } };
    for (const accountId of [world.wappin.id, world.exotel.id])
      expect(
        await refused(() => world.send({ ...text, accountId, fallbacks: [sms('NOT_ON_WHATSAPP')] })),
      ).toMatchObject({
        ...{ code: 'UNSUPPORTED_BY_PROVIDER', field: 'fallbacks.0' },
      });
  });
});

describe('an SMS template as the message itself', () => {
  it('is UNSUPPORTED_BY_PROVIDER, named or not', async () => {
    const content = { template: { name: SMS_TEMPLATE, channel: 'SMS', params: ['a', 'b'] } };
    for (const by of [{}, { accountId: world.wappin.id }]) {
      const problem = await refused(() => world.send({ to: person(++people), content, ...by }));
      expect(problem).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: 'content.template.name' });
      expect(problem.message).toContain('SMS');
    }
  });
});
