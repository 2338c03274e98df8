import { randomInt } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/common/clock.js';
import { gather } from './gather.js';
import { playHour } from './hour.js';
import { judge } from './judge.js';
import { summary } from './summary.js';
import { planHour } from './plan.js';
import { type Stage, startStage } from './stage.js';

/** `npm test` plays this one. */
const USUAL_SEED = 1;
const MANY = 10;

/** The seed that was asked for; else one that is always the same, and many new ones where many are asked for (`--mode chaos`). */
function seeds(): number[] {
  const asked = process.env['KURIR_CHAOS_SEED'];
  if (asked !== undefined) return [Number(asked)];
  if (process.env['MODE'] !== 'chaos') return [USUAL_SEED];
  return Array.from({ length: Number(process.env['CHAOS_RUNS'] ?? MANY) }, () => randomInt(2 ** 31));
}

const again = (seed: number): string => `seed ${seed}; again: KURIR_CHAOS_SEED=${seed} npm run test:chaos`;

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe.each(seeds())('a simulated hour of seed %i', { timeout: 10 * MINUTE }, (seed) => {
  it('leaves the ledger and the tables of one mind', async () => {
    console.log(`A simulated hour: ${again(seed)}`);
    const began = performance.now();
    stage = await startStage(seed);
    const plan = planHour(seed);
    const played = await playHour(stage, plan);
    const facts = await gather(stage, plan, played);
    console.log(`${summary(facts, played)}; ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    expect(played.surprises, again(seed)).toEqual([]);
    expect(facts.messages.length, again(seed)).toBeGreaterThan(2_000);
    expect(judge(facts), again(seed)).toEqual({});
  });
});
