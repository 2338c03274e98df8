import { describe, expect, it } from 'vitest';
import { around, account, plan, registration, template } from '../../test/support/surroundings.js';
import { pendingVerification } from '../../test/support/verification-room.js';
import { NOON } from '../../test/support/messages.js';
import { problem } from '../common/problem.js';
import { codeProblem, codeSend } from './code-message.js';

const LOGIN_CODE = { name: 'login_code', category: 'AUTHENTICATION', body: 'Kode Anda {{1}}.' } as const;

describe('the message that carries a code', () => {
  const verification = pendingVerification(NOON, { method: 'CODE' });
  const shelf = template(LOGIN_CODE, [registration(11, { category: 'AUTHENTICATION' })]);
  const carried = codeSend(verification, shelf.template, '049381');

  it('goes before everything else, again where nobody knows whether it left, and not after the verification’s time', () => {
    expect(carried).toMatchObject({
      ...{ to: verification.phone, resendUnconfirmed: true, expiresAt: verification.expiresAt, scheduledAt: null },
      ...{ fallbacks: [], accountId: null },
    });
    expect(plan(carried, around({ templates: [shelf] }))).toMatchObject({
      priority: 0,
      account: { id: account(11).id },
    });
  });

  it('has the code for the provider, and a text that may be shown', () => {
    expect(plan(carried, around({ templates: [shelf] })).content).toMatchObject({
      ...{ params: ['049381'], secret: true, text: 'Kode Anda ***.' },
    });
  });

  it('leaves by the account that the caller chose', () => {
    const registrations = [11, 12].map((number) => registration(number, { category: 'AUTHENTICATION' }));
    const both = template(LOGIN_CODE, registrations);
    const chosen = pendingVerification(NOON, { method: 'CODE', chosenAccount: account(12).id });
    const { account: through, route } = plan(codeSend(chosen, both.template, '1'), around({ templates: [both] }));
    expect([through.id, route]).toEqual([account(12).id, null]);
  });
});

describe('why a code cannot be sent', () => {
  it('names the field of the verification, and none that its caller did not write', () => {
    const retryAt = NOON;
    expect(codeProblem(problem('RECIPIENT_OPTED_OUT', 'No.', 'to'))).toMatchObject({ field: 'phone', message: 'No.' });
    expect(codeProblem(problem('NO_ROUTE', 'None.', 'content.template', { retryAt }))).toMatchObject({
      ...{ code: 'NO_ROUTE', field: null, retryAt },
    });
  });
});
