import { randomInt } from 'node:crypto';
import { PROVIDERS_NAME } from '../accounts.js';
import { granted, PROBLEM, type Refusal } from '../merchant.js';
import { type Chapter, type Story } from '../story.js';

interface Started {
  readonly id: string;
  readonly waLink: string;
  readonly waMessage: string;
}

/** Another one in each run: one number may start only five verifications an hour. */
const numberOf = (beginning: string): string => `${beginning} ${String(randomInt(10_000)).padStart(4, '0')}`;

export const verifications: Chapter = {
  heading: 'Numbers proved by a message: checked by SendTalk, and by ourselves on Meta’s number',
  async tell(story) {
    await bySendTalk(story);
    await byInbound(story);
  },
};

/** Without a method the first is taken that the project has. */
async function bySendTalk(story: Story): Promise<void> {
  const phone = numberOf('+62 857 1000');
  const { id, waMessage } = await start(story, 'a login, checked by SendTalk', { phone });
  await story.simulated.sendToSendTalk(phone, waMessage);
  await verified(story, id);
}

async function byInbound(story: Story): Promise<void> {
  const account = story.accounts.META;
  // It tells us the number that the link has to lead to.
  const { testProviderAccount } = await story.shop.ask<{ testProviderAccount: object | Refusal }>(
    `mutation ($id: ID!) { testProviderAccount(id: $id) { __typename ${PROBLEM} } }`,
    { id: account.id },
  );
  granted(testProviderAccount, 'The test of Meta’s account');
  const phone = numberOf('+62 813 5000');
  const asked = { phone, method: 'INBOUND', accountId: account.id };
  const { id, waMessage } = await start(story, 'a login, checked by ourselves', asked);
  await story.simulated.receive('META', PROVIDERS_NAME.META, { from: numberOf('+62 813 6000'), text: waMessage });
  await story.happens('the right text from another phone', 'REFUSED', (event) => {
    return event.type === 'VERIFICATION_REFUSED' && event.verification?.id === id;
  });
  await story.simulated.receive('META', PROVIDERS_NAME.META, { from: phone, text: waMessage });
  await verified(story, id);
}

async function start(story: Story, title: string, input: { readonly phone: string }): Promise<Started> {
  const reference = story.entitle(title);
  const { startVerification } = await story.shop.ask<{ startVerification: Started | Refusal }>(
    `mutation ($input: StartVerificationInput!) {
      startVerification(input: $input) { __typename ... on Verification { id waLink waMessage } ${PROBLEM} }
    }`,
    { input: { ...input, reference } },
  );
  const started = granted<Started>(startVerification, title);
  const [link] = started.waLink.split('?text=');
  story.note({
    provider: null,
    what: title,
    who: input.phone.replaceAll(' ', ''),
    state: 'LINK',
    detail: `${link}?text=…`,
  });
  return started;
}

async function verified(story: Story, id: string): Promise<void> {
  await story.happens('the right text from the right phone', 'VERIFIED', (event) => {
    return event.type === 'VERIFICATION_VERIFIED' && event.verification?.id === id;
  });
}
