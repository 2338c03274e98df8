import { describe, expect, it } from 'vitest';
import { sameSecret } from '../same-secret.js';
import { dokuDigest, dokuSignature } from './doku-signature.js';

/** The vectors of the PAYCHAT reference, computed apart from this code; P1 and P3 were also made with DOKU's own library. */
const CLIENT_ID = 'BRN-0001-1700000000000';
const SECRET = 'SK-PaychatTestSecret01';
const TARGET = '/message-as-a-service/v1/whatsapp/messages';
const B1 =
  '{"templateId":"TMP-240223-07652","params":["value 1","value 2","value 3"],"destinationPhone":"6287823678023"}';
const P1_ID = '5b0c7a0e-3b0b-4c53-9d5e-2b0b4a7f1c11';

const VECTORS = [
  {
    name: 'P1, epoch milliseconds',
    requestId: P1_ID,
    timestamp: '1717171717171',
    body: B1,
    bytes: 109,
    digest: 'rZxyRR2JHSRl6LwUsgoUq+jynUue5zN2OQylH74JsSk=',
    signature: 'HMACSHA256=QD21gVpdlrWYoBr/y3NuVW7Tg9nBbaiLKsQEMN9HaJs=',
  },
  {
    name: 'P2, ISO 8601',
    requestId: P1_ID,
    timestamp: '2024-05-31T16:08:37Z',
    body: B1,
    bytes: 109,
    digest: 'rZxyRR2JHSRl6LwUsgoUq+jynUue5zN2OQylH74JsSk=',
    signature: 'HMACSHA256=8kwt69qPLZkEkEARSjZRT9GGGzU388VhwON3d+kNkdw=',
  },
  {
    name: 'P3, text beyond ASCII',
    requestId: 'req-utf8-0001',
    timestamp: '1717171717999',
    body: '{"templateId":"TMP-240223-07652","params":["Bu Sri – Rp 1.000.000","Café"],"destinationPhone":"6281234567890"}',
    bytes: 113,
    digest: '6/e7a/Qa8pibzNgPI+5c8l8CHxgCj8KBeLyBnsN02MY=',
    signature: 'HMACSHA256=zGfIdDCXtR2MjPzd8lrs6uNxAadaKE8t2/zxYV4ONU0=',
  },
  {
    name: 'P4, no values',
    requestId: 'req-empty-0001',
    timestamp: '1717171718000',
    body: '{"templateId":"TMP-240223-07652","params":[],"destinationPhone":"6281234567890"}',
    bytes: 80,
    digest: 'pzri4qdl6HoFbB+q+sB+nwcE4yEh2rPxBJ+XWA/rmzg=',
    signature: 'HMACSHA256=tGCUmidGYKjaqwqhJSRO4u5UOVGQKebAAfa48q0J9Pg=',
  },
  {
    name: 'P5, the same object with blanks',
    requestId: P1_ID,
    timestamp: '1717171717171',
    body: JSON.stringify(JSON.parse(B1), null, 2),
    bytes: 140,
    digest: 'Tjjn/yT4PE/UGzyw6lV2uPOgGCPe2kXULax5ze9x7tA=',
    signature: 'HMACSHA256=IHqBF7C9dNXQIyW7G7Kv+b2sHqx3dRN3ftfYeorXAqY=',
  },
  {
    name: 'P6, the local form of the number',
    requestId: P1_ID,
    timestamp: '1717171717171',
    body: B1.replace('6287823678023', '087823678023'),
    bytes: 108,
    digest: 'XmSwXo2Q6egNFIizhRDwuMKnf/1GRDV/kvfmSkTrzRM=',
    signature: 'HMACSHA256=HDq13o7nQ4Mjifgup6tU/c2Te4NAIzjpsF9O30xtS0A=',
  },
];

const partsOf = ({ requestId, timestamp, body }: { requestId: string; timestamp: string; body: string }) => ({
  clientId: CLIENT_ID,
  requestId,
  timestamp,
  target: TARGET,
  digest: dokuDigest(Buffer.from(body)),
});

describe('the signature of DOKU', () => {
  it.each(VECTORS)('is that of vector $name', (vector) => {
    expect(Buffer.byteLength(vector.body)).toBe(vector.bytes);
    expect(dokuDigest(Buffer.from(vector.body))).toBe(vector.digest);
    expect(dokuSignature(partsOf(vector), SECRET)).toBe(vector.signature);
  });

  it('is another one with a line feed at the end of the text', () => {
    const [p1] = VECTORS;
    const signature = dokuSignature(partsOf(p1!), SECRET);
    expect(sameSecret('HMACSHA256=nQnWUw6vh+y/0SBlxGLNeixYd16AjOrZDzGimlV/Tuk=', signature)).toBe(false);
  });

  it.each([
    ['the client', { clientId: 'BRN-0001-1700000000001' }],
    ['the Request-Id', { requestId: 'another' }],
    ['the timestamp', { timestamp: '1717171717172' }],
    ['the path', { target: `${TARGET}/` }],
    ['the body', { digest: dokuDigest(Buffer.from(`${B1} `)) }],
  ])('is another one when %s differs', (_what, change) => {
    const [p1] = VECTORS;
    expect(dokuSignature({ ...partsOf(p1!), ...change }, SECRET)).not.toBe(p1!.signature);
  });

  it('is another one with another key, in hex, or without its prefix', () => {
    const [p1] = VECTORS;
    const raw = p1!.signature.slice('HMACSHA256='.length);
    expect(dokuSignature(partsOf(p1!), `${SECRET} `)).not.toBe(p1!.signature);
    expect(sameSecret(raw, p1!.signature)).toBe(false);
    expect(sameSecret(`HMACSHA256=${Buffer.from(raw, 'base64').toString('hex')}`, p1!.signature)).toBe(false);
  });

  it('of an answer names its time Response-Timestamp', () => {
    const body = '{"status":"submitted","messageId":"a8f30193-1a4f-41ac-b01f-d559e2e1339f"}';
    const parts = partsOf({ requestId: P1_ID, timestamp: '2024-05-31T16:08:38Z', body });
    expect(parts.digest).toBe('sYSPcB16rGLncye1heIvqHo98zr2hz8l21Kcatlrcn0=');
    expect(dokuSignature(parts, SECRET, 'Response-Timestamp')).toBe(
      'HMACSHA256=2UKCWzeX33o7WjLXmsy75jy9ISqa9z/B+lgcvLuWg1Q=',
    );
  });
});
