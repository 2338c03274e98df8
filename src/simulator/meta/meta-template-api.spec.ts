import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type MetaClient,
  metaClient,
  receiveWebhooks,
  type WebhookReceiver,
} from '../../../test/support/meta-peers.js';
import { type Simulator, startSimulator } from '../simulator.js';
import { ManualTimers } from '../timers.js';
import { META_ACCOUNTS, type SimulatedMetaAccount } from './meta-account.js';

const ACCOUNT = META_ACCOUNTS.accounts[0] as SimulatedMetaAccount;
const EDGE = `${ACCOUNT.businessAccountId}/message_templates`;
const DAY_MS = 24 * 60 * 60_000;
const draft = (name: string, change: object = {}): object => ({
  name,
  language: 'id',
  category: 'UTILITY',
  components: [{ type: 'BODY', text: 'Halo {{1}}, pesanan siap.', example: { body_text: [['Budi']] } }],
  ...change,
});
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly category: string;
}
interface Page {
  readonly data: Listed[];
  readonly paging?: { cursors: { before: string; after: string }; next?: string; previous?: string };
}

describe('the templates of the simulated Meta', () => {
  let simulator: Simulator;
  let receiver: WebhookReceiver;
  let timers: ManualTimers;
  let client: MetaClient;

  const list = async (query = ''): Promise<Page> => (await client.call('GET', `${EDGE}?${query}`)).body as never;
  const named = async (name: string): Promise<Listed | undefined> => (await list(`name=${name}`)).data[0];
  const create = (name: string, change: object = {}): ReturnType<MetaClient['call']> =>
    client.call('POST', EDGE, draft(name, change));
  /** Lets the review go on and its webhooks arrive. */
  const reviewed = async (webhooks = 1): Promise<void> => {
    const before = receiver.received.length;
    timers.advance(200);
    await receiver.until(before + webhooks);
  };
  const sent = async (name: string): Promise<unknown> => {
    const components = [{ type: 'body', parameters: [{ type: 'text', text: 'Budi' }] }];
    const { body } = await client.send({ type: 'template', template: { name, language: { code: 'id' }, components } });
    return (body['error'] as { code?: number } | undefined)?.code ?? 'sent';
  };

  beforeEach(async () => {
    timers = new ManualTimers();
    receiver = await receiveWebhooks();
    simulator = await startSimulator({ port: 0, now: () => new Date(timers.now), timers });
    simulator.configure({ callbacks: [{ kind: 'META', account: ACCOUNT.phoneNumberId, url: receiver.url }] });
    client = metaClient(simulator.url, ACCOUNT.phoneNumberId, ACCOUNT.accessToken);
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.stop();
  });

  describe('are reviewed', () => {
    it('and approved after a moment, which a webhook tells', async () => {
      const { body } = await create('order_new');
      expect(body).toEqual({ id: expect.stringMatching(/^\d+$/) as string, status: 'PENDING', category: 'UTILITY' });
      expect(await sent('order_new')).toBe(132001);
      await reviewed();
      expect(receiver.received[0]).toMatchObject({
        field: 'message_template_status_update',
        value: {
          event: 'APPROVED',
          message_template_id: Number(body['id']),
          message_template_name: 'order_new',
          message_template_language: 'id',
          message_template_category: 'UTILITY',
          reason: 'NONE',
        },
      });
      expect(receiver.received[0]?.raw).toContain('"time":0,');
      expect(await named('order_new')).toMatchObject({ status: 'APPROVED' });
      expect(await sent('order_new')).toBe('sent');
    });

    it('and rejected with a reason where their name says so', async () => {
      await create('order_rejected');
      await reviewed();
      expect(receiver.received[0]?.value).toMatchObject({
        event: 'REJECTED',
        reason: 'INVALID_FORMAT',
        rejection_info: {},
      });
      expect((await list('name=order_rejected&fields=status,rejected_reason')).data).toEqual([
        { status: 'REJECTED', rejected_reason: 'INVALID_FORMAT', id: expect.any(String) as string },
      ]);
      expect(await sent('order_rejected')).toBe(132001);
    });

    it.each([
      ['paused', 'PAUSED', 132015],
      ['disabled', 'DISABLED', 132016],
    ])('and %s after their approval where their name says so', async (word, event, code) => {
      await create(`order_${word}`);
      await reviewed();
      await reviewed();
      expect(receiver.received.map(({ value }) => value['event'])).toEqual(['APPROVED', event]);
      expect(await sent(`order_${word}`)).toBe(code);
    });

    it('and put into another category where their name says so', async () => {
      await create('order_recategorized');
      await reviewed(2);
      expect(receiver.received.map(({ field }) => field)).toContain('template_category_update');
      const update = receiver.received.find(({ field }) => field === 'template_category_update');
      expect(update?.value).toMatchObject({ previous_category: 'UTILITY', new_category: 'MARKETING' });
      expect(await named('order_recategorized')).toMatchObject({ category: 'MARKETING', status: 'APPROVED' });
    });

    it('and put there at once where the caller allows it', async () => {
      const { body } = await create('order_recategorized', { allow_category_change: true });
      expect(body).toMatchObject({ category: 'MARKETING' });
    });
  });

  describe('are refused', () => {
    it('when there is one of that name and language, with a title and a text for a person', async () => {
      expect((await create('order_ready')).body['error']).toMatchObject({
        code: 100,
        error_subcode: 2388024,
        message: 'Invalid parameter',
        error_user_title: 'Content in This Language Already Exists',
      });
      expect((await create('order_ready', { language: 'fr' })).status).toBe(200);
    });

    it('after a hundred within an hour', async () => {
      for (let n = 0; n < 100; n++) expect((await create(`order_${n}`)).status).toBe(200);
      expect((await create('order_100')).body).toMatchObject({ error: { code: 80007 } });
      timers.advance(60 * 60_000);
      expect((await create('order_100')).status).toBe(200);
    });
  });

  describe('are listed', () => {
    it('page by page: the last has a cursor and no next', async () => {
      const names: string[] = [];
      const nexts: boolean[] = [];
      for (let after = ''; ;) {
        const page = await list(`limit=4&fields=name${after && `&after=${after}`}`);
        names.push(...page.data.map(({ name }) => name));
        nexts.push(page.paging?.next !== undefined);
        expect(page.paging?.cursors.after).toBeTruthy();
        if (page.paging?.next === undefined) break;
        after = page.paging.cursors.after;
      }
      expect(nexts).toEqual([true, true, false]);
      expect(names).toHaveLength(10);
      expect(new Set(names).size).toBe(5);
    });

    it('backwards too, and by status, category and language', async () => {
      const second = await list('limit=4&after=' + ((await list('limit=4')).paging?.cursors.after ?? ''));
      const first = await list(`limit=4&before=${second.paging?.cursors.before}`);
      expect(first).toMatchObject({ data: (await list('limit=4')).data });
      expect((await list('category=AUTHENTICATION&language=en')).data.map(({ name }) => name)).toEqual(['login_code']);
      expect((await list('status=REJECTED')).data).toEqual([]);
    });

    it('and a page goes on where it was although its last one is gone', async () => {
      const first = await list('limit=4');
      await client.call('DELETE', `${EDGE}?name=${first.data[3]?.name}&hsm_id=${first.data[3]?.id}`);
      const second = await list(`limit=4&after=${first.paging?.cursors.after}`);
      expect(second.data).toHaveLength(4);
      expect(first.data.map(({ id }) => id)).not.toContain(second.data[0]?.id);
    });
  });

  describe('are edited', () => {
    it('by their id, and reviewed again', async () => {
      const template = await named('order_ready');
      const components = [{ type: 'BODY', text: 'Halo {{1}}, sudah siap.', example: { body_text: [['Budi']] } }];
      const { body } = await client.call('POST', String(template?.id), { components });
      expect(body).toMatchObject({ success: true });
      expect(await named('order_ready')).toMatchObject({ status: 'PENDING', components });
      expect((await client.call('POST', String(template?.id), { components })).body).toMatchObject({
        error: { code: 100 },
      });
      await reviewed();
      expect(await named('order_ready')).toMatchObject({ status: 'APPROVED' });
    });

    it('ten times in 30 days at most', async () => {
      const id = String((await named('promo_week'))?.id);
      const components = [{ type: 'BODY', text: 'Semua diskon.' }];
      const edit = async (): Promise<number> => (await client.call('POST', id, { components })).status;
      for (let n = 0; n < 10; n++) {
        expect(await edit()).toBe(200);
        await reviewed();
      }
      expect(await edit()).toBe(400);
      timers.advance(30 * DAY_MS);
      expect(await edit()).toBe(200);
    });
  });

  describe('are deleted', () => {
    it('in all languages by name, and the name stays blocked for 30 days', async () => {
      expect(await client.call('DELETE', `${EDGE}?name=order_ready`)).toEqual({ status: 200, body: { success: true } });
      expect((await list('name=order_ready')).data).toEqual([]);
      expect((await create('order_ready')).body).toMatchObject({ error: { error_subcode: 2388023 } });
      timers.advance(30 * DAY_MS);
      expect((await create('order_ready')).status).toBe(200);
    });

    it('in one language by their id', async () => {
      const id = String((await named('order_ready'))?.id);
      await client.call('DELETE', `${EDGE}?name=order_ready&hsm_id=${id}`);
      expect((await list('name=order_ready')).data).toHaveLength(1);
      expect((await client.call('DELETE', `${EDGE}?name=order_ready&hsm_id=${id}`)).body).toMatchObject({
        error: { code: 100, error_subcode: 2593002 },
      });
    });
  });

  it('can be given another status by hand', async () => {
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`${simulator.url}/_simulator/meta/${path}`, { method: 'POST', body: JSON.stringify(body) });
    const account = ACCOUNT.phoneNumberId;
    await post('template-status', { account, name: 'order_ready', language: 'id', status: 'PAUSED' });
    await receiver.until(1);
    expect(receiver.received[0]?.value).toMatchObject({ event: 'PAUSED', other_info: { title: 'FIRST_PAUSE' } });
    const components = [{ type: 'BODY', text: 'Halo {{1}}, siap.' }];
    await post('templates', { account, name: 'by_hand', language: 'id', category: 'UTILITY', components });
    expect(await sent('by_hand')).toBe('sent');
  });
});
