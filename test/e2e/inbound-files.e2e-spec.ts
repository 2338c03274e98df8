import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphql } from '../support/client.js';
import { jpeg, PDF } from '../support/files.js';
import { makeKey, makeProject } from '../support/keys.js';
import { ManualClock } from '../support/manual-clock.js';
import { hear, listenersOf, type Written } from '../support/persons.js';
import { until } from '../support/until.js';
import { person, startWorld, type World } from '../support/world.js';

const PHOTO = jpeg(200_000);

let world: World;
let listeners: ReturnType<typeof listenersOf>;
beforeAll(async () => {
  world = await startWorld({
    ...{ doku: false, wappin: false, clock: new ManualClock(), callbackPlan: { statuses: [] } },
    ...{ exotel: {}, meta: {} },
  });
  listeners = listenersOf(world);
});
afterAll(() => world.close());

const get = (id: string, key: string | null = world.gateway.adminKey): Promise<Response> =>
  fetch(`${world.gateway.url}/media/${id}`, { headers: { ...(key !== null && { authorization: `Bearer ${key}` }) } });

/** The same once the job has brought the file. */
const fetched = (id: string): Promise<Response> =>
  until(async () => {
    const answer = await get(id);
    return answer.status === 200 && answer;
  }, 'the file is there');

let people = 0;
/** A person sends it. Answers the id under which it is served. */
async function sends(kind: 'META' | 'EXOTEL', media: NonNullable<Written['media']>, times = 1): Promise<string> {
  const { content } = await hear(world, listeners[kind], { from: person(++people), media, times });
  return content.mediaId;
}

describe.each(['META', 'EXOTEL'] as const)('a file that a person sends through %s', (kind) => {
  it('is fetched by itself, and served to who has a key', async () => {
    const base64 = PHOTO.toString('base64');
    const mediaId = await sends(kind, { type: 'image', mimeType: 'image/jpeg', caption: 'rusak', base64 });
    const answer = await fetched(mediaId);
    expect(answer.headers.get('content-type')).toBe('image/jpeg');
    expect(Buffer.from(await answer.arrayBuffer()).equals(PHOTO)).toBe(true);
  });

  it('keeps its name', async () => {
    const [filename, base64] = ['ktp.pdf', PDF.toString('base64')];
    const mediaId = await sends(kind, { type: 'document', mimeType: 'application/pdf', filename, base64 });
    const answer = await fetched(mediaId);
    expect(answer.headers.get('content-disposition')).toContain(filename);
    expect(Buffer.from(await answer.arrayBuffer()).equals(PDF)).toBe(true);
  });

  it('is another project’s to nobody, and nobody’s without a key', async () => {
    const mediaId = await sends(kind, { type: 'image' });
    await fetched(mediaId);
    expect((await get(mediaId, null)).status).toBe(401);
    expect((await get(mediaId, 'a-bad-key')).status).toBe(401);
    const { key } = await makeProject(world.call, ['READ']);
    expect((await get(mediaId, key.secret)).status).toBe(404);
    expect((await get(mediaId, (await makeKey(world.call, ['READ'])).secret)).status).toBe(200);
    const theirs = await graphql(world.gateway.url, key.secret)('{ messages { totalCount } }');
    expect(theirs.data.messages.totalCount).toBe(0);
  });
});

it('a file in a callback that comes many times is fetched from Meta once', async () => {
  const calls = (): number => world.simulator.ledger.calls({ kind: 'META' }).length;
  const fetchedIn = async (times: number): Promise<number> => {
    const before = calls();
    await fetched(await sends('META', { type: 'audio' }, times));
    await world.quiet();
    return calls() - before;
  };
  // The question for its address, and the file.
  expect(await fetchedIn(20)).toBe(await fetchedIn(1));
});

it('a file that Meta does not give is 404 with the reason, and the message is there', async () => {
  world.simulator.configure({
    faults: [
      { kind: 'META', on: 'media', next: 1, behaviour: { refuse: { http: 400, code: '100', message: 'gone' } } },
    ],
  });
  const mediaId = await sends('META', { type: 'image' });
  const answer = await until(async () => {
    const answer = await get(mediaId);
    return !answer.headers.has('retry-after') && answer;
  }, 'it is given up');
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('fetched') });
});
