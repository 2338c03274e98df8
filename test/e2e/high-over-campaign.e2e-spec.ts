import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/common/clock.js';
import { ManualTimers } from '../../src/simulator/timers.js';
import { type Activity, watchActivity } from '../support/activity.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';
import { person, startWorld, viaDoku, type World } from '../support/world.js';

const CAMPAIGN = 10_000;
/** Where it is not about how long the queue is. */
const SMALL_CAMPAIGN = 500;
const IN_BATCH = 1_000;
/** How finely a delay is measured, and how the time between is passed. */
const FINE_MS = 50;
const COARSE_MS = 250;
/** By the machine's own clock, when it is busy with other tests. */
const GENEROUS_MS = 5 * SECOND;

let clock: ManualClock;
let timers: ManualTimers;
/** Null without a clock of ours. */
let activity: Activity | null = null;
let world: World;
let people = 0;
afterEach(async () => {
  activity?.stop();
  activity = null;
  await world.close();
});

interface Campaign {
  readonly requestsPerMinute: number;
  readonly messages: number;
  readonly answersAfterMs?: number;
}

/** A gateway with LOW messages in the queue of its DOKU account, whose budget they have used up. */
async function underCampaign({ requestsPerMinute, messages, answersAfterMs }: Campaign): Promise<void> {
  clock = new ManualClock();
  timers = new ManualTimers();
  world = await startWorld({ clock, timers, wappin: false, doku: { requestsPerMinute } });
  activity = watchActivity();
  if (answersAfterMs !== undefined)
    world.simulator.configure({ faults: [{ kind: 'DOKU', behaviour: { delayMs: answersAfterMs } }] });
  await acceptCampaign(messages);
  await pass(10 * SECOND);
}

async function acceptCampaign(messages: number): Promise<void> {
  for (let left = messages; left > 0; left -= IN_BATCH) {
    const batch = Array.from({ length: Math.min(left, IN_BATCH) }, () =>
      viaDoku(person(people++), { priority: 'LOW' }),
    );
    await world.sendAll(batch);
  }
}

/** Lets time pass for the gateway and for DOKU's answers, which may be under way all the while. */
async function pass(ms: number, stepMs = COARSE_MS): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    const step = Math.min(stepMs, ms - passed);
    clock.advance(step);
    timers.advance(step);
    await activity?.settled();
  }
}

const taken = (): number => world.simulator.ledger.counts().accepted;
const calledAt = (to: string): number | undefined =>
  world.simulator.ledger.messages({ recipient: to.slice(1) })[0]?.at.getTime();

/** Sends `count` HIGH ones at once; answers after how many milliseconds of the clock each was at DOKU. */
async function delaysOf(count: number): Promise<number[]> {
  const accepted = clock.now().getTime();
  const numbers = Array.from({ length: count }, () => person(people++));
  await Promise.all(numbers.map((to) => world.send(viaDoku(to, { priority: 'HIGH' }))));
  await activity?.settled();
  while (!numbers.every(calledAt)) {
    if (clock.now().getTime() - accepted > MINUTE) throw new Error('A HIGH message did not leave within a minute.');
    await pass(FINE_MS, FINE_MS);
  }
  return numbers.map((to) => (calledAt(to) as number) - accepted);
}

/** Does so again and again, after pauses of no regular length; answers all the delays. */
async function delaysOver(times: number, count: number, shortestMs: number, longestMs: number): Promise<number[]> {
  const delays: number[] = [];
  for (let state = 7; delays.length < times * count; state = (state * 16_807) % 2_147_483_647) {
    delays.push(...(await delaysOf(count)));
    await pass(shortestMs + (state % (longestMs - shortestMs)));
  }
  return delays;
}

const late = (delays: readonly number[], ms: number): number[] => delays.filter((delay) => delay >= ms);

describe('behind 10,000 LOW messages on an account with DOKU’s hundred requests a minute', { timeout: 180_000 }, () => {
  it('a HIGH one leaves in less than a second, whenever it comes, and the campaign has all the rest', async () => {
    await underCampaign({ requestsPerMinute: 100, messages: CAMPAIGN });
    const [began, before] = [clock.now().getTime(), taken()];
    const alone = await delaysOver(40, 1, 700, 4_000);
    // The campaign leaves one call of the burst to HIGH: the second of two at once has the next one.
    const together = await delaysOver(15, 2, 2_000, 5_000);
    expect(late([...alone, ...together], SECOND)).toEqual([]);
    const minutes = (clock.now().getTime() - began) / MINUTE;
    const { accepted, maxPerMinute, refused } = world.simulator.ledger.counts();
    expect(accepted - before).toBeGreaterThan(minutes * 88);
    expect(maxPerMinute).toBeLessThanOrEqual(95);
    expect(refused).toEqual({});
  });

  it('a HIGH one is soon at DOKU by the machine’s own clock too', async ({ annotate }) => {
    world = await startWorld({ wappin: false });
    await acceptCampaign(CAMPAIGN);
    await until(() => taken() >= 5, 'the campaign flows');
    const delays: number[] = [];
    for (let code = 0; code < 5; code++) {
      const [began, before] = [Date.now(), taken()];
      const to = person(people++);
      await world.send(viaDoku(to, { priority: 'HIGH' }));
      delays.push((await until(() => calledAt(to), 'the HIGH one left', MINUTE)) - began);
      await until(() => taken() >= before + 3, 'the campaign goes on');
    }
    await annotate(`From the mutation to DOKU, in ms: ${delays.join(', ')}`);
    expect(late(delays, GENEROUS_MS)).toEqual([]);
  });
});

describe('behind a campaign, a HIGH message', { timeout: 120_000 }, () => {
  it.each([60, 40])('leaves in less than a second on an account of %i requests a minute', async (limit) => {
    await underCampaign({ requestsPerMinute: limit, messages: SMALL_CAMPAIGN });
    expect(late(await delaysOver(25, 1, 2_000, 6_000), SECOND)).toEqual([]);
  });

  it('has the very next call on one of 30, whose budget has none to spare', async () => {
    await underCampaign({ requestsPerMinute: 30, messages: SMALL_CAMPAIGN });
    const betweenCallsMs = MINUTE / (30 * 0.9);
    expect(late(await delaysOver(20, 1, 2_500, 6_000), betweenCallsMs + FINE_MS)).toEqual([]);
  });

  it('leaves in less than a second where each answer takes one', async () => {
    await underCampaign({ requestsPerMinute: 100, messages: SMALL_CAMPAIGN, answersAfterMs: SECOND });
    expect(late(await delaysOver(25, 1, 700, 4_000), SECOND)).toEqual([]);
  });
});
