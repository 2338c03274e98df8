import { describe, expect, it } from 'vitest';
import { queuedMessage } from '../../test/support/messages.js';
import { DETAILS, orderMessage, orderState } from '../../test/support/orders.js';
import { account, around, carrying, type Kinds, PROJECT, template, uuid } from '../../test/support/surroundings.js';
import { type Database } from '../database/database.js';
import { type ProviderAccount } from '../providers/accounts.service.js';
import { type RoutingService } from '../providers/routing.service.js';
import { type TemplatesService } from '../templates/templates.service.js';
import { type MessageContent } from './message-content.js';
import { type MessageProgress } from './message-progress.js';
import { MessagesService } from './messages.service.js';

/** All accounts carry everything. */
const KINDS: Kinds = () => ({
  messaging: carrying({ carries: new Set(['template', 'text', 'order', 'orderStatus']) }),
});

/** Through which accounts a message of account 11 may go again, where these are left. */
async function paths(content: MessageContent, accounts: readonly ProviderAccount[]): Promise<unknown> {
  const { routing } = around({ accounts, kinds: KINDS });
  const service = new MessagesService(
    {} as Database,
    { findForSending: async () => [template()] } as unknown as TemplatesService,
    { table: async () => routing } as unknown as RoutingService,
    {} as MessageProgress,
  );
  const [path] = await service.pathsFor([{ ...queuedMessage({ projectId: PROJECT, accountId: uuid(11) }), content }]);
  return path;
}

const TEXT: MessageContent = { kind: 'text', text: 'Halo' };
const ORDERED: MessageContent = {
  ...{ kind: 'template', templateId: uuid(900), name: 'order_paid', language: 'id', params: ['Budi', 'A-1'] },
  ...{ text: 'Halo Budi', order: { index: 0, details: DETAILS } },
};
const orders = [
  ['an order', orderMessage()],
  ['the state of one', orderState()],
  ['a template that opens one', ORDERED],
] as const;

describe('a message that is sent again', () => {
  it('goes through its own account, else through another one that can carry it', async () => {
    expect(await paths(TEXT, [account(11), account(12)])).toEqual({ accountId: uuid(11), route: [uuid(11), uuid(12)] });
    expect(await paths(TEXT, [account(12)])).toEqual({ accountId: uuid(12), route: null });
  });

  it.each(orders)('goes through its own account alone where it is %s', async (_what, content) => {
    expect(await paths(content, [account(11), account(12)])).toEqual({ accountId: uuid(11), route: null });
  });

  it.each(orders)('goes nowhere where it is %s and that account was deleted', async (_what, content) => {
    expect(await paths(content, [account(12)])).toMatchObject({ code: 'NO_ROUTE', field: 'id' });
  });
});
