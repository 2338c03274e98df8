import { describe, expect, it } from 'vitest';
import { type Accounts } from './accounts.js';
import { type StoryEvent, type StoryMessage } from './events.js';
import { type Merchant } from './merchant.js';
import { Simulated } from './simulated.js';
import { type Step, Story } from './story.js';

const STEP: Step = { title: 'a bill', input: { to: '+6289600010002', content: {} }, ends: 'READ' };
const REFUSAL = { __typename: 'Problem', code: 'NO_ROUTE', field: 'to', message: 'No.' };

/** A story whose sends are all answered with this. */
function storyOf(answer: object): { story: Story; printed: string[] } {
  const printed: string[] = [];
  const shop = { ask: () => Promise.resolve({ sendMessage: answer }) } as unknown as Merchant;
  const story = new Story(shop, new Simulated('http://unused'), {} as Accounts, (line) => printed.push(line), 'run');
  return { story, printed };
}

const event = (type: string, message: Partial<StoryMessage> = {}): StoryEvent => ({
  ...{
    id: '1',
    type,
    recordedAt: '2026-03-01T09:30:00.000Z',
    verification: null,
    payment: null,
    template: null,
    account: null,
    data: {},
  },
  message: {
    ...{ id: 'msg_1', direction: 'OUTBOUND', reference: 'run-1', from: null, to: '+6289600010002' },
    ...{ providerMessageId: 'p1', account: { kind: 'WAPPIN' }, inReplyTo: null, fallbackOf: null, payment: null },
    ...{ problem: null, content: { __typename: 'TextContent', text: 'Halo' }, ...message },
  },
});

/** Tells of one send, whose message then has these events. */
async function complaintsOf(answer: object, step: Step, ...events: StoryEvent[]): Promise<readonly string[]> {
  const { story } = storyOf(answer);
  await story.tell([
    {
      heading: 'Wappin',
      async tell() {
        await story.send(step);
        events.forEach((one) => story.see(one));
      },
    },
  ]);
  return story.complaints;
}

const ACCEPTED = { __typename: 'Message', id: 'msg_1' };
const NOT_ON_WHATSAPP = { code: 'NOT_ON_WHATSAPP', provider: { code: '601' } };

describe('a story', () => {
  it('has no complaint when a message ends where it should', async () => {
    const events = ['MESSAGE_QUEUED', 'MESSAGE_SUBMITTED', 'MESSAGE_READ'].map((type) => event(type));
    expect(await complaintsOf(ACCEPTED, STEP, ...events)).toEqual([]);
  });

  it('complains of one that ends elsewhere, or for another reason', async () => {
    const failed = event('MESSAGE_FAILED', { problem: NOT_ON_WHATSAPP });
    expect(await complaintsOf(ACCEPTED, STEP, failed)).toEqual(['a bill: is FAILED and not READ']);
    const step: Step = { ...STEP, ends: 'FAILED', problem: 'EXPIRED' };
    expect(await complaintsOf(ACCEPTED, step, failed)).toEqual(['a bill: has the problem NOT_ON_WHATSAPP']);
  });

  it('complains of a refusal that was not to be, and of a send that was to be refused', async () => {
    expect(await complaintsOf(REFUSAL, STEP)).toEqual(['a bill: was refused with NO_ROUTE']);
    expect(await complaintsOf(REFUSAL, { ...STEP, ends: 'REFUSED', problem: 'NO_ROUTE' })).toEqual([]);
    expect(await complaintsOf(ACCEPTED, { ...STEP, ends: 'REFUSED', problem: 'NO_ROUTE' })).toEqual([
      'a bill: was accepted and not refused with NO_ROUTE',
    ]);
  });

  it('says where it stands while something has not ended, and what a chapter met', async () => {
    const { story } = storyOf(ACCEPTED);
    const chapter = async (): Promise<void> => {
      await story.send(STEP);
      story.see(event('MESSAGE_SENT'));
    };
    void story.tell([{ heading: 'Wappin', tell: chapter }]);
    await Promise.resolve().then(() => new Promise((resolve) => setImmediate(resolve)));
    expect(story.complaints).toEqual(['a bill: is SENT and not READ', 'not everything was sent']);

    const broken = storyOf(ACCEPTED).story;
    await broken.tell([{ heading: 'Meta', tell: () => Promise.reject(new Error('the review never came')) }]);
    expect(broken.complaints).toEqual(['the review never came']);
  });

  it('finds what it waits for also among what has come already', async () => {
    const { story, printed } = storyOf(ACCEPTED);
    story.see(event('MESSAGE_RECEIVED', { direction: 'INBOUND', from: '+6281350000001', reference: null }));
    const heard = await story.happens('Dewi writes', 'RECEIVED', ({ type }) => type === 'MESSAGE_RECEIVED');
    expect(heard.message?.from).toBe('+6281350000001');
    expect(printed.join()).toMatch(/“Halo” .*\+6281350000001 .*RECEIVED .*a person writes/);
  });
});
