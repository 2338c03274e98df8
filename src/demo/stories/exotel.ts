import { type Chapter } from '../story.js';
import { ORDER_UPDATE } from '../templates.js';

const ASHA = '+91 98123 45678';
const QUESTION = {
  text: 'Your order is ready. How do you want it?',
  buttons: [
    { id: 'pick-up', title: 'I pick it up' },
    { id: 'deliver', title: 'Bring it, please' },
  ],
} as const;
/** A green pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Word of an order. */
export const orderUpdate = (to: string, name: string, order: string): { to: string; content: object } => ({
  to,
  content: { template: { name: ORDER_UPDATE.name, params: [name, order] } },
});

export const exotel: Chapter = {
  heading: 'Exotel: a conversation with buttons and a picture',
  async tell(story) {
    const accountId = story.accounts.EXOTEL.id;
    await story.hears('EXOTEL', { from: ASHA, name: 'Asha', text: 'Is my order ready?' });
    const { end } = await story.send({
      title: 'a question with two buttons',
      input: { to: ASHA, accountId, content: { interactive: QUESTION } },
      ...{ ends: 'READ', shown: true },
    });
    await end;
    const [button] = QUESTION.buttons;
    const { content } = await story.hears('EXOTEL', { from: ASHA, name: 'Asha', button });
    if (content.replyId !== button.id) throw new Error(`Asha’s choice is ${content.replyId} and not ${button.id}.`);
    const mediaId = await story.shop.upload(PICTURE, 'pickup.png', 'image/png');
    await story.send({
      title: 'a picture that was uploaded',
      input: { to: ASHA, accountId, content: { media: { type: 'IMAGE', mediaId, caption: 'Show this at the door' } } },
      ends: 'READ',
    });
  },
};
