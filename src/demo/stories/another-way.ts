import { granted, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Step, type Story } from '../story.js';
import { PAYCHAT, register } from '../templates.js';
import { parcel } from './doku.js';
import { bill } from './wappin.js';

/** What DOKU's parcel template is called at Wappin, so that either can take it. */
const AT_WAPPIN = { ...PAYCHAT, externalId: 'parcel_update' };
// Numbers to which something happens (docs/simulator.md).
const DOKU_PUTS_OFF = '+62 812 0000 0409';
const REPORTED_AS_FAILED = '+62 812 0000 0802';

interface MessagePlan {
  readonly candidates: readonly {
    readonly account: { readonly kind: 'DOKU' | 'WAPPIN'; readonly name: string };
    readonly chosen: boolean;
    readonly reason: string;
  }[];
}

export const anotherWay: Chapter = {
  heading: 'When the first way does not work: the next account, and something else in its place',
  async tell(story) {
    const { shop, simulated, accounts } = story;
    await simulated.addTemplate({ kind: 'WAPPIN', name: AT_WAPPIN.externalId, params: 3 });
    await register(shop, AT_WAPPIN, accounts.WAPPIN);
    await plan(story, parcel(DOKU_PUTS_OFF, 'Sri', 'A-1050'));
    await story.send({
      title: 'DOKU puts it off, Wappin takes it',
      input: parcel(DOKU_PUTS_OFF, 'Sri', 'A-1050'),
      ends: 'READ',
    });
    const step: Step = {
      title: 'a bill that does not arrive',
      input: {
        ...bill(REPORTED_AS_FAILED, '034580'),
        fallbacks: [{ rule: 'FAILED', content: parcel('', 'Budi', 'A-1051').content }],
      },
      ...{ ends: 'FAILED', problem: 'PROVIDER_REJECTED' },
    };
    const { id } = await story.send(step);
    await story.happens(
      `in place of ${step.title}`,
      'SUBMITTED',
      ({ type, message }) => type === 'MESSAGE_SUBMITTED' && message?.fallbackOf?.id === id,
    );
  },
};

/** Asks what sending would do, and prints what is said of each account. */
async function plan(story: Story, input: { readonly to: string; readonly content: object }): Promise<void> {
  const { planMessage } = await story.shop.ask<{ planMessage: MessagePlan | Refusal }>(
    `query ($input: SendMessageInput!) { planMessage(input: $input) {
      __typename ... on MessagePlan { candidates { account { kind name } chosen reason } } ${PROBLEM}
    } }`,
    { input },
  );
  for (const { account, chosen, reason: detail } of granted(planMessage, 'The plan').candidates) {
    const state = chosen ? 'CHOSEN' : 'NOT CHOSEN';
    story.note({ provider: account.kind, what: account.name, who: 'a plan', state, detail });
  }
}
