import { setTimeout as sleep } from 'node:timers/promises';
import { granted, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Sent, type Step, type Story } from '../story.js';

const PUTRI = '+62 857 1000 0001';
const ASKED_EVERY_MS = 150;
const MOST_QUESTIONS = 100;

export const sendtalk: Chapter = {
  heading: 'SendTalk: texts and codes; it tells nothing of them by itself, so it is asked',
  async tell(story) {
    const text = async (title: string, words: string, more?: Pick<Step['input'], 'priority'>): Promise<Sent> =>
      story.send({
        title,
        input: { to: PUTRI, accountId: story.accounts.SENDTALK.id, content: { text: { text: words } }, ...more },
        ...{ ends: 'READ', shown: true },
      });
    const sent = [
      await text('a text', 'Pesanan Anda sudah kami terima.'),
      await text('a code, in the faster queue', 'Kode Anda 481516', { priority: 'HIGH' }),
    ];
    await Promise.all(sent.map((message) => askUntilRead(story, message)));
  },
};

/** The gateway asks by itself too, 15 minutes after; a caller who cannot wait says refreshMessage. */
async function askUntilRead(story: Story, { id }: Sent): Promise<void> {
  await story.happens('handed to SendTalk', 'SUBMITTED', ({ type, message }) => {
    return type === 'MESSAGE_SUBMITTED' && message?.id === id;
  });
  for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
    await sleep(ASKED_EVERY_MS);
    const { refreshMessage } = await story.shop.ask<{ refreshMessage: { status: string } | Refusal }>(
      `mutation ($id: ID!) { refreshMessage(id: $id) { __typename ... on Message { status } ${PROBLEM} } }`,
      { id },
    );
    if (granted(refreshMessage, 'The question to SendTalk').status === 'READ') return;
  }
}
