import { setTimeout as sleep } from 'node:timers/promises';
import { type StoryMessage } from '../events.js';
import { granted, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Story } from '../story.js';
import { createTemplate, ORDER_READY, PARCEL, PROMO, submitTemplate } from '../templates.js';

const DEWI = '+62 813 5000 0001';
export const RUDI = '+62 813 5000 0002';
const KEYWORD = 'jam buka';
const HOURS = 'Kami buka setiap hari, jam 9 pagi sampai 9 malam.';
const FETCHED_WITHIN_MS = 10_000;
const LOOKED_EVERY_MS = 50;

/** Word of an order. */
export const orderReady = (to: string, name: string, order: string): { to: string; content: object } => ({
  to,
  content: { template: { ...ORDER_READY, params: [name, order] } },
});

export const meta: Chapter = {
  heading: 'Meta: a template through its review, an auto reply, a picture, a STOP',
  async tell(story) {
    await conversation(story, await review(story));
    await stop(story);
  },
};

/** Answers the message that was sent with it. */
async function review(story: Story): Promise<StoryMessage> {
  const id = await createTemplate(story.shop, PARCEL);
  await submitTemplate(story.shop, id, story.accounts.META);
  await story.happens(PARCEL.name, 'APPROVED', ({ type, template, data }) => {
    return type === 'TEMPLATE_STATUS_CHANGED' && template?.name === PARCEL.name && data.template?.status === 'APPROVED';
  });
  const template = { name: PARCEL.name, params: ['Dewi', 'JX104288'] };
  const { end } = await story.send({
    title: 'the template just approved',
    input: { to: DEWI, content: { template } },
    ...{ ends: 'READ', shown: true },
  });
  return end;
}

async function conversation(story: Story, { id, providerMessageId }: StoryMessage): Promise<void> {
  const { setAutoReply } = await story.shop.ask<{ setAutoReply: object | Refusal }>(
    `mutation ($input: AutoReplyInput!) { setAutoReply(input: $input) { __typename ${PROBLEM} } }`,
    { input: { accountId: story.accounts.META.id, keyword: KEYWORD, content: { text: { text: HOURS } } } },
  );
  granted(setAutoReply, 'The auto reply');
  story.call(HOURS, 'the auto reply');
  await story.hears('META', { from: DEWI, name: 'Dewi', text: 'Jam buka' });
  await story.happens(`the auto reply to “${KEYWORD}”`, 'READ', ({ type, message }) => {
    return type === 'MESSAGE_READ' && message?.reference === null && message.content.text === HOURS;
  });
  const picture = await story.hears('META', {
    ...{ from: DEWI, name: 'Dewi' },
    ...{ media: { type: 'image', caption: 'Yang ini?' }, replyTo: providerMessageId ?? '' },
  });
  if (picture.inReplyTo?.id !== id) throw new Error('Dewi’s picture is not known as the answer to the template.');
  await fetched(story, picture);
}

/** A job fetches what a person sent, before the provider's address of it dies; then it is at /media. */
async function fetched(story: Story, { content: { mediaId }, from }: StoryMessage): Promise<void> {
  const givenUp = Date.now() + FETCHED_WITHIN_MS;
  let file = await story.shop.download(mediaId ?? '');
  while (file === null && Date.now() < givenUp) {
    await sleep(LOOKED_EVERY_MS);
    file = await story.shop.download(mediaId ?? '');
  }
  const line = { provider: 'META', what: 'her picture, by the job', who: from ?? '' } as const;
  if (file)
    story.note({ ...line, state: 'FETCHED', detail: `${file.size} bytes of ${file.mimeType} at /media/${mediaId}` });
  else story.note({ ...line, state: 'MISSING', detail: '' }, 'was not fetched');
}

async function stop(story: Story): Promise<void> {
  await story.hears('META', { from: RUDI, name: 'Rudi', text: 'STOP' });
  await story.happens('Rudi’s STOP', 'OPTED OUT', ({ type, data }) => {
    return type === 'OPT_OUT_ADDED' && data.optOut?.phone === RUDI.replaceAll(' ', '');
  });
  await story.send({
    title: 'marketing to Rudi',
    input: { to: RUDI, content: { template: { ...PROMO, params: ['Rudi'] } } },
    ...{ ends: 'REFUSED', problem: 'RECIPIENT_OPTED_OUT' },
  });
  await story.send({ title: 'his order is ready', input: orderReady(RUDI, 'Rudi', 'INV-7'), ends: 'READ' });
}
