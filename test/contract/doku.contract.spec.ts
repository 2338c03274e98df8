import { describe } from 'vitest';
import { doku } from '../../src/providers/doku/doku.provider.js';
import { type CallbacksUnderTest, keepsTheCallbackContract } from './callbacks.contract.js';
import {
  CLIENT_ID,
  DOKU_PUBLIC_KEY,
  SECRET,
  SNAP_DEBIT_PAID,
  SNAP_VIRTUAL_ACCOUNT_PAID,
  VIRTUAL_ACCOUNT_PAID,
  connect,
  noticed,
  snapNoticed,
  tokenOf,
} from './doku.support.js';
import { DOKU_MESSAGE_ID, DOKU_SEND, dokuTapes } from './doku.tapes.js';
import { keepsTheMessagingContract } from './messaging.contract.js';

const credentials = { clientId: CLIENT_ID, secretKey: SECRET, dokuPublicKey: DOKU_PUBLIC_KEY };

const paid = JSON.parse(VIRTUAL_ACCOUNT_PAID);

keepsTheMessagingContract({
  definition: doku,
  credentials,
  secrets: [SECRET],
  sendPath: DOKU_SEND,
  prelude: {},
  acceptedReference: DOKU_MESSAGE_ID,
  tapes: dokuTapes,
  accept: (messageId) => ({ status: 200, body: JSON.stringify({ status: 'submitted', messageId }) }),
  callbacks: {
    credentials,
    open: ['clientId', 'dokuPublicKey'],
    genuine: noticed(paid),
    forged: noticed(paid, { secret: `${SECRET.slice(0, -1)}0` }),
    unknownWord: noticed({ ...paid, transaction: { ...paid.transaction, status: 'TELEPORTED' } }),
    tells: 'payment',
    signed: true,
  },
});

const token = tokenOf(connect({ credentials }).callbacks!);

const snap: readonly Pick<CallbacksUnderTest, 'genuine' | 'forged' | 'unknownWord'>[] = [
  {
    genuine: snapNoticed(SNAP_VIRTUAL_ACCOUNT_PAID, { token }),
    forged: snapNoticed(SNAP_VIRTUAL_ACCOUNT_PAID, { token: 'tok-abc' }),
    // It has no word but that it came: what nobody knows is its shape.
    unknownWord: snapNoticed({ qrContent: '0002' }, { token }),
  },
  {
    genuine: snapNoticed(SNAP_DEBIT_PAID, { token, topic: 'payment/e-wallet-snap' }),
    forged: snapNoticed(SNAP_DEBIT_PAID, { token, topic: 'payment/e-wallet-snap', secret: 'SK-another' }),
    unknownWord: snapNoticed({ ...JSON.parse(SNAP_DEBIT_PAID), latestTransactionStatus: '99' }, { token }),
  },
];

describe.each(snap)('DOKU keeps the contract of callbacks in SNAP: $genuine.topic', (requests) => {
  keepsTheCallbackContract(
    { ...requests, credentials, open: ['clientId', 'dokuPublicKey'], tells: 'payment', signed: true },
    () => connect({ credentials }),
  );
});
