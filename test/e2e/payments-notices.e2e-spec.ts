import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, SECOND } from '../../src/common/clock.js';
import { type DokuStatus } from '../../src/simulator/doku/doku-checkouts.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import {
  addCheckoutTemplates,
  atDoku,
  checkoutOrder,
  countedNotices,
  type Entries,
  enterAtDoku,
  happens,
  orderAtDoku,
  postNotice,
  PRICE,
  readByPerson,
  RECEIPT,
  RECEIPT_TEMPLATE,
  virtualAccountNotice,
} from '../support/checkouts.js';
import { graphql } from '../support/client.js';
import { makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { type PaymentHands, paymentEvents, paymentHands } from '../support/payments.js';
import {
  connectDoku,
  type ConnectedAccount,
  DOKU_CREDENTIALS,
  handsOf,
  startWorld,
  type World,
} from '../support/world.js';

const SECOND_CLIENT = { clientId: 'BRN-0002-1700000000000', secretKey: 'SK-SecondTestSecret02' };
const THIRD_CLIENT = { clientId: 'BRN-0003-1700000000000', secretKey: 'SK-ThirdTestSecret03' };
const STORED = ['callbacks', 'parked_callbacks', 'payment_notices', 'events'];
const VIRTUAL_ACCOUNT = 'VIRTUAL_ACCOUNT_BCA';
/** One of each kind of body, and one that no document describes. */
const CHANNELS = [
  ...[VIRTUAL_ACCOUNT, 'CREDIT_CARD', 'ONLINE_TO_OFFLINE_ALFA', 'EMONEY_SHOPEE_PAY', 'EMONEY_OVO'],
  ...['PEER_TO_PEER_AKULAKU', 'DIRECT_DEBIT_BRI', 'QRIS', 'JENIUS_PAY'],
];
const SNAP_CHANNELS = [VIRTUAL_ACCOUNT, 'EMONEY_SHOPEE_PAY', 'EMONEY_OVO', 'DIRECT_DEBIT_BRI'];

const clock = new ManualClock();
let world: World;
let hands: PaymentHands;
/** Another account of the same project, and its addresses. */
let second: ConnectedAccount;
let urls: Entries;
let secondUrls: Entries;
beforeAll(async () => {
  world = await startWorld({ clock, timers: new ManualTimers(), doku: {} });
  world.simulator.configure({
    accounts: [SECOND_CLIENT, THIRD_CLIENT].map((one) => ({ kind: 'DOKU', ...one })),
    // What is heard here is heard by notice.
    faults: [{ kind: 'DOKU', on: 'inquiry', behaviour: { refuse: { http: 503, code: null, message: '' } } }],
  });
  hands = paymentHands(world.ask);
  await addCheckoutTemplates(world);
  second = await connectDoku(world.call, world.simulator.url, { name: 'DOKU 2', credentials: SECOND_CLIENT });
  urls = await enterAtDoku(world, world.doku.id);
  secondUrls = await enterAtDoku(world, second.id, SECOND_CLIENT.clientId);
});
afterAll(() => world.close());

/** Asks for a payment by the first account. */
async function ask(more: Record<string, unknown> = {}): Promise<any> {
  const payment = await hands.create(checkoutOrder({ accountId: world.doku.id, ...more }));
  expect(payment).toMatchObject({ __typename: 'Payment', checkoutUrl: expect.any(String) });
  return payment;
}
const urlOf = (entry: string): string => urls[entry]!;
const stored = async (): Promise<Record<string, number>> => {
  await world.quiet();
  return world.counts(...STORED);
};
const events = async (id: string): Promise<string[]> => paymentEvents(await hands.read(id));
const answered = ({
  httpStatus,
  answer,
}: {
  httpStatus: number | null;
  answer: string | null;
}): [number | null, any] => [httpStatus, JSON.parse(answer ?? 'null')];

describe('a notice', () => {
  it.each(['virtual-account', 'card', 'convenience-store', 'e-wallet', 'paylater', 'direct-debit', 'qris'])(
    'of every channel pays on the topic %s',
    async (entry) => {
      await Promise.all(
        CHANNELS.map(async (channel) => {
          const { id, referenceId } = await ask();
          const more = { invoice: referenceId, channel, url: urlOf(entry) };
          const { transaction, posted } = await atDoku(world.simulator.url, 'pay', more);
          expect(answered(posted[0])).toEqual([200, {}]);
          const { requestId } = await orderAtDoku(world, referenceId);
          const transactionId = channel === VIRTUAL_ACCOUNT ? transaction.reference : requestId;
          const paid = await hands.readIn(id, 'PAID');
          expect(paid).toMatchObject({ transactionId, paidWith: channel, problem: null, paidAt: transaction.at });
          expect(paid.notices).toMatchObject([{ proven: 'hmac-sha256', amount: { value: PRICE, currency: 'IDR' } }]);
        }),
      );
    },
  );

  it.each(['virtual-account-snap', 'direct-debit-snap', 'e-wallet-snap'])(
    'of SNAP pays on the topic %s, by a token that DOKU asked for, and is answered as what it is',
    async (entry) => {
      await Promise.all(
        SNAP_CHANNELS.map(async (channel) => {
          const { id, referenceId } = await ask();
          const more = { invoice: referenceId, channel, snap: true, url: urlOf(entry) };
          const { transaction, posted } = await atDoku(world.simulator.url, 'pay', more);
          const isVirtualAccount = channel === VIRTUAL_ACCOUNT;
          const { partnerServiceId, customerNo, virtualAccountNo, virtualAccountName, paymentRequestId } = JSON.parse(
            posted[0].body,
          );
          expect(answered(posted[0])).toEqual([
            200,
            {
              ...{ responseCode: isVirtualAccount ? '2002500' : '2005600', responseMessage: 'Successful' },
              ...(isVirtualAccount && {
                virtualAccountData: {
                  ...{ partnerServiceId, customerNo, virtualAccountNo, virtualAccountName, paymentRequestId },
                },
              }),
            },
          ]);
          const paid = await hands.readIn(id, 'PAID');
          expect(paid).toMatchObject({
            ...{ transactionId: transaction.reference, problem: null },
            paidWith: isVirtualAccount ? channel : `${channel}_SNAP`,
          });
          expect(paid.notices).toMatchObject([
            { proven: 'bearer token, base64, raw bytes', amount: { value: PRICE, currency: 'IDR' } },
          ]);
        }),
      );
    },
  );

  it.each([
    ['bearer', 'hex', 'bearer token, hex, raw bytes'],
    ['empty', 'base64', 'empty token, base64, raw bytes'],
    ['empty', 'hex', 'empty token, hex, raw bytes'],
  ])(
    'of SNAP that is signed with the token %s in %s is genuine too, and says so',
    async (tokenPart, encoding, proven) => {
      const { id, referenceId } = await ask();
      await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT, snap: true, tokenPart, encoding });
      expect((await hands.readIn(id, 'PAID')).notices).toMatchObject([{ proven }]);
    },
  );

  it('of an order that nobody knows is answered, kept and counted, and is no alarm', async () => {
    const { key } = await makeProject(world.call, ['ADMIN']);
    const call = graphql(world.gateway.url, key.secret);
    const account = await connectDoku(call, world.simulator.url, { credentials: THIRD_CLIENT });
    const theirs = await paymentHands(handsOf(call).ask).create(checkoutOrder({ accountId: account.id }));
    const [before, unknown] = [await stored(), await countedNotices(world, 'unknown')];
    for (const invoice of ['INV-of-nobody', theirs.referenceId]) {
      const posted = await postNotice(world, virtualAccountNotice(invoice, 'SUCCESS'), {
        url: urlOf('virtual-account'),
      });
      expect(answered(posted)).toEqual([200, {}]);
    }
    expect(await countedNotices(world, 'unknown')).toBe(unknown + 2);
    expect(await stored()).toEqual({ ...before, callbacks: before['callbacks']! + 2 });
    expect(await paymentHands(handsOf(call).ask).read(theirs.id)).toMatchObject({ status: 'PENDING', notices: [] });
  });

  it('that says nothing that we know is answered and kept', async () => {
    const { id, referenceId } = await ask();
    for (const body of [
      { service: { id: 'NEW' }, order: { invoice_number: referenceId, amount: PRICE } },
      { ...virtualAccountNotice(referenceId, 'SETTLED' as DokuStatus) },
    ])
      expect(answered(await postNotice(world, body, { url: urlOf('qris') }))).toEqual([200, {}]);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [], problem: null });
  });
});

describe('a notice that is not genuine', () => {
  it.each<[string, Record<string, unknown>]>([
    ['with one byte changed', { changed: true }],
    ['with a forged signature', { forged: true }],
    ['without a signature', { headers: { Signature: null } }],
    ['of another Client-Id', { headers: { 'Client-Id': SECOND_CLIENT.clientId } }],
    ['of another Request-Id', { headers: { 'Request-Id': '479b663f-5c9d-400d-8e80-3e548a8f7639' } }],
    ['of another time', { headers: { 'Request-Timestamp': '2026-03-01T09:00:01Z' } }],
    ['that was signed for another path', { signedPath: '/checkout/v1/payment' }],
  ])('%s is answered 401, and nothing of it is stored; the right one pays', async (_what, style) => {
    const { id, referenceId } = await ask();
    const before = await stored();
    const { posted } = await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT, ...style });
    expect(answered(posted[0]!)).toEqual([401, {}]);
    expect(await stored()).toEqual(before);
    expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [], problem: null });
    await happens(world, 'resend', referenceId);
    await hands.readIn(id, 'PAID');
  });

  it('or is no JSON, or no notice of a provider at all, is refused and not stored', async () => {
    const before = await stored();
    const url = urlOf('card');
    expect(answered(await postNotice(world, 'amount=1&status=SUCCESS', { url }))).toEqual([400, {}]);
    expect((await fetch(url)).status).toBe(405);
    expect((await fetch(`${url}-2`, { method: 'POST', body: '{}' })).status).toBe(404);
    expect(await stored()).toEqual(before);
  });

  const UNAUTHORIZED = ['00', 'Unauthorized. Invalid Signature'] as const;
  const INVALID_TOKEN = ['01', 'Invalid Token (B2B)'] as const;
  it.each<[string, readonly [string, string], () => Promise<Record<string, unknown>> | Record<string, unknown>]>([
    ['with one byte changed', UNAUTHORIZED, () => ({ changed: true })],
    ['with a forged signature', UNAUTHORIZED, () => ({ forged: true })],
    ['of another X-PARTNER-ID', UNAUTHORIZED, () => ({ headers: { 'X-PARTNER-ID': SECOND_CLIENT.clientId } })],
    ['of another time', UNAUTHORIZED, () => ({ headers: { 'X-TIMESTAMP': '2026-03-01T16:00:01+07:00' } })],
    ['that was signed for another path', UNAUTHORIZED, () => ({ signedPath: '/v1/transfer-va/payment' })],
    ['with nobody’s token', INVALID_TOKEN, () => ({ token: 'eyJhbGciOiJSUzI1NiJ9.test.token' })],
    [
      'without a token, and with a signature that has none',
      INVALID_TOKEN,
      () => ({ headers: { Authorization: null }, tokenPart: 'empty' }),
    ],
    [
      'with the token of another account',
      INVALID_TOKEN,
      async () => ({ token: await tokenOf(SECOND_CLIENT.clientId) }),
    ],
    [
      'with a token that has expired',
      INVALID_TOKEN,
      async () => {
        const token = await tokenOf();
        clock.advance(900 * SECOND);
        return { token };
      },
    ],
  ])('of SNAP %s is answered 401 with the code for that, and nothing of it is stored', async (_what, said, style) => {
    const [virtualAccount, wallet] = [await ask(), await ask()];
    const how = { snap: true, ...(await style()) };
    const before = await stored();
    for (const [{ referenceId }, channel, service] of [
      [virtualAccount, VIRTUAL_ACCOUNT, '25'],
      [wallet, 'EMONEY_OVO', '56'],
    ] as const) {
      const { posted } = await happens(world, 'pay', referenceId, { channel, ...how });
      const [responseCode, responseMessage] = [`401${service}${said[0]}`, said[1]];
      expect(answered(posted[0]!)).toEqual([401, { responseCode, responseMessage }]);
    }
    expect(await stored()).toEqual(before);
    for (const { id, referenceId } of [virtualAccount, wallet]) {
      expect(await hands.read(id)).toMatchObject({ status: 'PENDING', notices: [] });
      await happens(world, 'resend', referenceId);
      await hands.readIn(id, 'PAID');
    }
  });

  it.each<[string, string, string | object]>([
    ['4002502', 'Invalid Mandatory Field trxId', {}],
    ['4002502', 'Invalid Mandatory Field paymentRequestId', { trxId: 'INV-1' }],
    ['4002501', 'Invalid Field Format trxId', { trxId: ['INV-1'], paymentRequestId: '1' }],
    ['4002501', 'Invalid Field Format', 'no JSON'],
  ])('of SNAP whose format is wrong is answered %s %s', async (responseCode, responseMessage, body) => {
    const before = await stored();
    const posted = await postNotice(world, body, { snap: true, entry: 'virtual-account-snap' });
    expect(answered(posted)).toEqual([400, { responseCode, responseMessage }]);
    expect(await stored()).toEqual(before);
  });
});

const tokenOf = async (account = DOKU_CREDENTIALS.clientId): Promise<string> =>
  (await atDoku(world.simulator.url, 'access-token', { account })).token;

describe('the token that DOKU asks for', () => {
  const REFUSED = { responseCode: '4017300', responseMessage: 'Unauthorized. Invalid Signature' };
  const request = async (more: object = {}): Promise<[number | null, any]> =>
    answered(await atDoku(world.simulator.url, 'access-token', { account: DOKU_CREDENTIALS.clientId, ...more }));

  it('lives for 15 minutes', async () => {
    const [status, { accessToken, ...rest }] = await request();
    expect([status, rest]).toEqual([
      200,
      {
        ...{ responseCode: '2007300', responseMessage: 'Successful', tokenType: 'Bearer', expiresIn: 900 },
        additionalInfo: '',
      },
    ]);
    clock.advance(899 * SECOND);
    const { id, referenceId } = await ask();
    await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT, snap: true, token: accessToken });
    await hands.readIn(id, 'PAID');
  });

  it('is given to DOKU alone, and to nobody while its public key is not known', async () => {
    expect(await request({ forged: true })).toEqual([401, REFUSED]);
    expect(await request({ clientKey: SECOND_CLIENT.clientId })).toEqual([401, REFUSED]);
    expect(await request({ url: secondUrls['access-token'] })).toEqual([401, REFUSED]);
    const patch =
      'mutation ($id: ID!, $credentials: JSONObject!) { updateProviderAccount(id: $id, input: { credentials: $credentials }) { __typename } }';
    await world.ask(patch, { id: world.doku.id, credentials: { dokuPublicKey: null } });
    expect(await request()).toEqual([401, REFUSED]);
    await enterAtDoku(world, world.doku.id);
    expect(await request()).toMatchObject([200, { responseCode: '2007300' }]);
  });
});

describe('a notice that is genuine and does not fit', () => {
  type Wrong = readonly [what: string, code: string, post: (invoice: string) => Promise<unknown>];
  const paid = (more: Record<string, unknown>) => async (invoice: string) =>
    answered((await happens(world, 'pay', invoice, { channel: VIRTUAL_ACCOUNT, ...more })).posted[0]!);
  const told =
    (notice: Parameters<typeof virtualAccountNotice>[2], more: Record<string, unknown> = {}) =>
    async (invoice: string) =>
      answered(
        await postNotice(world, virtualAccountNotice(invoice, 'SUCCESS', notice), {
          ...{ url: urlOf('virtual-account'), ...more },
        }),
      );
  const WRONG: readonly Wrong[] = [
    ['a rupiah less', 'AMOUNT_MISMATCH', paid({ amount: PRICE - 1 })],
    ['a hundred times as much', 'AMOUNT_MISMATCH', paid({ amount: PRICE * 100 })],
    ['a fraction of a rupiah', 'AMOUNT_MISMATCH', paid({ amount: PRICE + 0.5 })],
    ['an amount in SNAP’s form', 'AMOUNT_MISMATCH', paid({ amount: `${PRICE}.00` })],
    ['an amount with a separator', 'AMOUNT_MISMATCH', paid({ amount: '150.000' })],
    ['less than nothing', 'AMOUNT_MISMATCH', paid({ amount: -PRICE })],
    ['no amount', 'AMOUNT_MISMATCH', told({ amount: null })],
    ['another currency', 'AMOUNT_MISMATCH', told({ order: { currency: 'USD' } })],
  ];
  const SNAP_WRONG: readonly Wrong[] = [
    ['a rupiah less', 'AMOUNT_MISMATCH', paid({ snap: true, amount: PRICE - 1 })],
    ['an amount without decimals', 'AMOUNT_MISMATCH', paid({ snap: true, amount: `${PRICE}` })],
    ['an amount with one decimal', 'AMOUNT_MISMATCH', paid({ snap: true, amount: `${PRICE}.0` })],
    ['an amount with sen', 'AMOUNT_MISMATCH', paid({ snap: true, amount: `${PRICE}.50` })],
    ['another currency', 'AMOUNT_MISMATCH', paid({ snap: true, currency: 'USD' })],
  ];

  it.each([
    ...WRONG.map((one) => ['DOKU’s own', ...one, {}] as const),
    ...SNAP_WRONG.map((one) => ['SNAP', ...one, { responseCode: '2002500' }] as const),
  ])(
    '(%s, %s) is flagged with %s and answered as success, and the right one still pays',
    async (_form, _what, code, post, said) => {
      const input = await ask({ receipt: RECEIPT });
      const before = await countedNotices(world, 'flagged');
      expect(await post(input.referenceId)).toMatchObject([200, said]);
      const flagged = await hands.readWhen(input.id, ({ notices }) => notices.length === 1);
      expect(flagged).toMatchObject({ status: 'PENDING', transactionId: null, paidAt: null, messages: [] });
      expect(flagged.problem).toMatchObject({ code });
      expect(flagged.notices).toMatchObject([{ status: 'PAID', problem: { code }, acceptedAt: null }]);
      expect(paymentEvents(flagged)).toEqual(['CREATED', 'FLAGGED']);
      expect(await countedNotices(world, 'flagged')).toBe(before + 1);
      const url = urlOf('virtual-account');
      await postNotice(world, virtualAccountNotice(input.referenceId, 'SUCCESS', { reference: '6769200' }), { url });
      expect(await hands.readIn(input.id, 'PAID')).toMatchObject({
        transactionId: '6769200',
        problem: null,
        messages: [{}],
      });
    },
  );

  it('since it came by another account of the project is flagged, whatever it says', async () => {
    const { id, referenceId } = await ask();
    for (const status of ['SUCCESS', 'FAILED', 'EXPIRED'] as const) {
      const theirs = { account: SECOND_CLIENT.clientId, url: secondUrls['virtual-account'] };
      const posted = await postNotice(world, virtualAccountNotice(referenceId, status), theirs);
      expect(answered(posted)).toEqual([200, {}]);
    }
    const flagged = await hands.readWhen(id, ({ notices }) => notices.length === 3);
    expect(flagged).toMatchObject({ status: 'PENDING', problem: { code: 'INVALID_INPUT' } });
    expect(paymentEvents(flagged)).toEqual(['CREATED', 'FLAGGED', 'FLAGGED', 'FLAGGED']);
  });

  it('since it was paid by another transaction before is flagged as paid twice: PAID stays PAID, with one receipt', async () => {
    const { id, referenceId, to } = await ask({ receipt: RECEIPT });
    const first = await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    await hands.readIn(id, 'PAID');
    const other = await happens(world, 'pay', referenceId, { channel: 'EMONEY_OVO', snap: true });
    expect(answered(other.posted[0]!)).toMatchObject([200, { responseCode: '2005600' }]);
    const twice = await hands.readWhen(id, ({ notices }) => notices.length === 2);
    expect(twice).toMatchObject({
      ...{ status: 'PAID', transactionId: first.transaction!.reference, paidWith: VIRTUAL_ACCOUNT },
      notices: [
        { problem: null },
        { transactionId: other.transaction!.reference, problem: { code: 'INVALID_TRANSITION' } },
      ],
    });
    expect(twice.problem.message).toMatch(/paid twice/);
    expect(paymentEvents(twice)).toEqual(['CREATED', 'PAID', 'FLAGGED']);
    expect(readByPerson(world, to)).toEqual([[RECEIPT_TEMPLATE, 'Sri', referenceId, 'Rp150.000']]);
  });

  it('may be accepted by a person, once, for a reason: the payment follows it', async () => {
    const { id, referenceId, to } = await ask({ receipt: RECEIPT });
    const { transaction } = await happens(world, 'pay', referenceId, {
      channel: VIRTUAL_ACCOUNT,
      amount: PRICE + 2_500,
    });
    const flagged = await hands.readWhen(id, ({ notices }) => notices.length === 1);
    const [notice] = flagged.notices;
    expect(await hands.acceptNotice(notice.id, ' ')).toMatchObject({ code: 'INVALID_INPUT', field: 'reason' });
    const { key } = await makeProject(world.call, ['ADMIN']);
    const stranger = paymentHands(handsOf(graphql(world.gateway.url, key.secret)).ask);
    expect(await stranger.acceptNotice(notice.id)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
    const accepted = await hands.acceptNotice(notice.id, 'The bank added its fee.');
    expect(accepted).toMatchObject({
      ...{ id, status: 'PAID', transactionId: transaction!.reference, problem: null, paidAt: transaction!.at },
      notices: [{ amount: { value: PRICE + 2_500 }, acceptedAt: clock.now().toISOString() }],
    });
    expect(paymentEvents(accepted)).toEqual(['CREATED', 'FLAGGED', 'PAID']);
    expect(await hands.acceptNotice(notice.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    await happens(world, 'resend', referenceId);
    expect(await events(id)).toEqual(['CREATED', 'FLAGGED', 'PAID']);
    expect(readByPerson(world, to)).toEqual([[RECEIPT_TEMPLATE, 'Sri', referenceId, 'Rp150.000']]);
  });

  it('is the only one to be accepted: what was believed needs nobody', async () => {
    const { id, referenceId } = await ask();
    await happens(world, 'pay', referenceId);
    const [notice] = (await hands.readIn(id, 'PAID')).notices;
    expect(await hands.acceptNotice(notice.id)).toMatchObject({ code: 'INVALID_TRANSITION', field: 'id' });
    expect(await hands.acceptNotice(`ntc_${'0'.repeat(32)}`)).toMatchObject({ code: 'NOT_FOUND', field: 'id' });
  });
});

describe('where a payment goes', () => {
  it('by a notice that it FAILED: it may be paid after that', async () => {
    const { id, referenceId } = await ask();
    await happens(world, 'fail', referenceId, { channel: 'EMONEY_SHOPEE_PAY', snap: true });
    expect(await hands.readIn(id, 'FAILED')).toMatchObject({
      problem: { code: 'PROVIDER_REJECTED', provider: { code: '06' } },
    });
    await happens(world, 'wait', referenceId, { channel: VIRTUAL_ACCOUNT, notify: true });
    expect(await hands.read(id)).toMatchObject({ status: 'FAILED' });
    await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    const paid = await hands.readIn(id, 'PAID');
    expect(paid.problem).toMatchObject({ code: 'INVALID_TRANSITION', message: expect.stringMatching(/failed/) });
    expect(paymentEvents(paid)).toEqual(['CREATED', 'FAILED', 'PAID']);
  });

  it.each(['PENDING', 'REDIRECT', 'TIMEOUT'])('by a notice of %s: nowhere, which is kept', async (status) => {
    const { id, referenceId } = await ask();
    await happens(world, 'wait', referenceId, { channel: 'EMONEY_OVO', status, notify: true });
    const waiting = await hands.readWhen(id, ({ notices }) => notices.length === 1);
    expect(waiting).toMatchObject({
      status: 'PENDING',
      problem: null,
      notices: [{ status: 'PENDING', problem: null }],
    });
    expect(paymentEvents(waiting)).toEqual(['CREATED']);
  });

  it('by a notice that it EXPIRED: money that comes all the same makes it PAID, which is said', async () => {
    const { id, referenceId } = await ask();
    await happens(world, 'expire', referenceId, { channel: VIRTUAL_ACCOUNT });
    await hands.readIn(id, 'EXPIRED');
    await happens(world, 'fail', referenceId, { channel: VIRTUAL_ACCOUNT });
    expect(await hands.read(id)).toMatchObject({ status: 'EXPIRED' });
    await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT });
    const paid = await hands.readIn(id, 'PAID');
    expect(paid.problem).toMatchObject({ code: 'EXPIRED' });
    expect(paymentEvents(paid)).toEqual(['CREATED', 'EXPIRED', 'PAID']);
  });

  it.each([
    ['CREDIT_CARD', false],
    [VIRTUAL_ACCOUNT, false],
    ['EMONEY_OVO', true],
  ])(
    'by a notice that it was paid back (%s, SNAP: %s): REFUNDED, and nothing brings it back from there',
    async (channel, snap) => {
      const { id, referenceId } = await ask();
      await happens(world, 'pay', referenceId, { channel, snap });
      const { transactionId } = await hands.readIn(id, 'PAID');
      await happens(world, 'refund', referenceId, { snap });
      const refunded = await hands.readIn(id, 'REFUNDED');
      expect(refunded).toMatchObject({ transactionId, problem: null });
      const failed = virtualAccountNotice(referenceId, 'FAILED', { reference: transactionId });
      await postNotice(world, failed, { url: urlOf('virtual-account') });
      expect(await events(id)).toEqual(['CREATED', 'PAID', 'REFUNDED']);
      expect(await hands.read(id)).toMatchObject({ status: 'REFUNDED' });
    },
  );

  it('by a notice that it was paid back, when nobody said that it was paid: nowhere, and that is flagged', async () => {
    const { id, referenceId } = await ask();
    const url = urlOf('virtual-account');
    await postNotice(world, virtualAccountNotice(referenceId, 'REFUNDED'), { url });
    expect(await hands.readWhen(id, ({ notices }) => notices.length === 1)).toMatchObject({ status: 'PENDING' });
    expect(await events(id)).toEqual(['CREATED', 'FLAGGED']);
  });
});

describe('notices that come again, and in any order', () => {
  /** The copies of one notice, as DOKU posts them. */
  const tell = (invoice: string, status: DokuStatus): Promise<unknown> =>
    atDoku(world.simulator.url, 'notice', {
      ...{ account: DOKU_CREDENTIALS.clientId, url: urlOf('virtual-account') },
      body: virtualAccountNotice(invoice, status),
    });

  it.each<[string, DokuStatus[], number]>([
    ['PENDING, FAILED and SUCCESS, each twice', ['PENDING', 'PENDING', 'FAILED', 'FAILED', 'SUCCESS', 'SUCCESS'], 90],
    ['PENDING, FAILED, EXPIRED and SUCCESS', ['PENDING', 'FAILED', 'EXPIRED', 'SUCCESS'], 24],
  ])('%s end in PAID, told once, in each of their orders', async (_what, statuses, count) => {
    const orders = ordersOf(statuses);
    expect(orders).toHaveLength(count);
    await Promise.all(
      orders.map(async (order) => {
        const { id, referenceId } = await ask();
        for (const status of order) await tell(referenceId, status);
        const told = new Set(statuses).size;
        const paid = await hands.readWhen(id, ({ status, notices }) => status === 'PAID' && notices.length === told);
        // What moved it before it was paid, and nothing after.
        const before = order.slice(0, order.indexOf('SUCCESS')).filter((status) => status !== 'PENDING');
        const moves = before.slice(0, before.includes('EXPIRED') ? before.indexOf('EXPIRED') + 1 : 1);
        expect([order, paymentEvents(paid)]).toEqual([order, ['CREATED', ...moves, 'PAID']]);
        expect(paid.problem === null).toBe(moves.length === 0);
        expect(paid.notices.every(({ problem }: { problem: unknown }) => problem === null)).toBe(true);
      }),
    );
  });

  it('as five copies at once, later by hand under another Request-Id, and days later as a replay: nothing changes', async () => {
    const { id, referenceId, to } = await ask({ receipt: RECEIPT });
    const { posted } = await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT, times: 5 });
    expect(posted.map(({ httpStatus }) => httpStatus)).toEqual([200, 200, 200, 200, 200]);
    const paid = await hands.readIn(id, 'PAID');
    expect(paid.notices).toHaveLength(1);
    await happens(world, 'resend', referenceId, { times: 2 });
    await happens(world, 'resend', referenceId, { replay: true });
    await happens(world, 'refund', referenceId);
    const refunded = await hands.readIn(id, 'REFUNDED');
    clock.advance(2 * DAY);
    const { notices } = await atDoku(world.simulator.url, `notices?invoice=${referenceId}&limit=20`);
    for (const { body, headers } of notices) {
      const again = await fetch(urlOf('virtual-account'), { method: 'POST', headers, body });
      expect(again.status).toBe(200);
    }
    await world.quiet();
    expect(await hands.read(id)).toEqual({ ...refunded, messages: expect.anything() });
    expect(paymentEvents(refunded)).toEqual(['CREATED', 'PAID', 'REFUNDED']);
    expect(readByPerson(world, to)).toHaveLength(1);
  });

  it('of SNAP as a replay after its token expired is refused: DOKU asks for another one each time', async () => {
    const { id, referenceId } = await ask();
    await happens(world, 'pay', referenceId, { channel: VIRTUAL_ACCOUNT, snap: true });
    await hands.readIn(id, 'PAID');
    clock.advance(900 * SECOND);
    const before = await stored();
    const { posted } = await happens(world, 'resend', referenceId, { replay: true });
    expect(answered(posted[0]!)).toMatchObject([401, { responseCode: '4012501' }]);
    expect(await stored()).toEqual(before);
    const { posted: again } = await happens(world, 'resend', referenceId);
    expect(answered(again[0]!)).toMatchObject([200, { responseCode: '2002500' }]);
    expect(await events(id)).toEqual(['CREATED', 'PAID']);
  });
});

describe('the log', () => {
  it('has no secret, no token and nobody’s number', () => {
    const lines = world.gateway.lines.join('\n');
    expect(lines).toContain('A notice of a payment was not believed.');
    for (const secret of [DOKU_CREDENTIALS.secretKey, SECOND_CLIENT.secretKey, 'HMACSHA256=', 'Bearer '])
      expect(lines).not.toContain(secret);
    expect(lines).not.toMatch(/62878\d{7}/);
  });
});

/** Every order of these, the same ones once. */
function ordersOf<One>(all: readonly One[]): One[][] {
  if (all.length === 0) return [[]];
  return [...new Set(all)].flatMap((first) =>
    ordersOf(all.toSpliced(all.indexOf(first), 1)).map((rest) => [first, ...rest]),
  );
}
