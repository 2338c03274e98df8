import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, MINUTE, SECOND } from '../common/clock.js';
import { type CallResult, readResult } from './call-result.js';
import { type EndedCall, type EndpointHealth, type HealthJudgement, healthAfter } from './endpoint-health.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const HEALTHY: EndpointHealth = { failingSince: null, slowSteps: 0, slowUntil: null };

const answered = (status: number, retryAfter?: number): CallResult => {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return readResult({ kind: 'answer', status, headers, body: Buffer.alloc(0) }, NOW);
};
const call = (result: CallResult, startedAt: Date): EndedCall => ({ startedAt, result });
/** How an endpoint fares after one call that began and ended at `at`. */
const after = (health: EndpointHealth, at: Date, ...result: Parameters<typeof answered>): HealthJudgement =>
  healthAfter(health, [call(answered(...result), at)], at);

/** One that asked for less at NOW, once. */
const SLOW: EndpointHealth = { failingSince: NOW, slowSteps: 1, slowUntil: later(NOW, SECOND) };
const WELL: HealthJudgement = { ...HEALTHY, disabledReason: null };

describe('an endpoint that fails', () => {
  it('fails since the earliest of the calls that ended together began', () => {
    const calls = [later(NOW, 2), later(NOW, 1), later(NOW, 3)].map((at) => call(answered(500), at));
    expect(healthAfter(HEALTHY, calls, later(NOW, 10))).toEqual({ ...WELL, failingSince: later(NOW, 1) });
  });

  it('fails since then also when it fails again', () => {
    const failing = after(HEALTHY, NOW, 500);
    expect(after(failing, later(NOW, HOUR), 404)).toEqual({ ...WELL, failingSince: NOW });
  });

  it.each([
    ['after failures', [200]],
    ['beside failures', [500, 204, 503]],
    ['beside an answer that it is too much', [429, 200]],
  ])('fails no more after one success %s', (_when, statuses) => {
    const calls = statuses.map((status) => call(answered(status), NOW));
    expect(healthAfter({ ...HEALTHY, failingSince: later(NOW, -4 * DAY) }, calls, NOW).failingSince).toBeNull();
  });

  it('is switched off by the first failure at five days or later, and not a moment earlier', () => {
    const failing = { ...HEALTHY, failingSince: NOW };
    expect(after(failing, later(NOW, 5 * DAY - 1), 500).disabledReason).toBeNull();
    expect(after(failing, later(NOW, 5 * DAY), 500).disabledReason).toBe('Every attempt of the last five days failed.');
    expect(after(failing, later(NOW, 5 * DAY), 429).disabledReason).not.toBeNull();
  });

  it('is not switched off by five days of failure when a call succeeds then', () => {
    expect(after({ ...HEALTHY, failingSince: NOW }, later(NOW, 6 * DAY), 200)).toEqual(WELL);
  });

  it('is switched off at once by 410, whatever came beside it', () => {
    const calls = [200, 410, 500].map((status) => call(answered(status), NOW));
    expect(healthAfter(HEALTHY, calls, NOW).disabledReason).toMatch(/410 Gone/);
  });
});

describe('an endpoint that asks for less', () => {
  it.each([429, 502, 504])('by %i is left alone for a second', (status) => {
    expect(after(HEALTHY, NOW, status)).toEqual({ ...SLOW, disabledReason: null });
  });

  it('is left alone twice as long each time, and for a minute at the most', () => {
    let health: EndpointHealth = HEALTHY;
    let at = NOW;
    const pauses: number[] = [];
    for (let time = 0; time < 40; time++) {
      health = after(health, at, 429);
      pauses.push((health.slowUntil!.getTime() - at.getTime()) / SECOND);
      at = health.slowUntil!;
    }
    expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(new Set(pauses.slice(7))).toEqual(new Set([60]));
    expect(health.slowSteps).toBeLessThan(32_768);
  });

  it('is left alone for as long as it asked, an hour at the most, and never for less than it would be', () => {
    const pause = (retryAfter: number, health = HEALTHY): number =>
      after(health, later(NOW, MINUTE), 503, retryAfter).slowUntil!.getTime() - later(NOW, MINUTE).getTime();
    expect(pause(90)).toBe(90 * SECOND);
    expect(pause(3_600)).toBe(HOUR);
    expect(pause(3_601)).toBe(HOUR);
    expect(pause(86_400)).toBe(HOUR);
    expect(pause(0)).toBe(SECOND);
    expect(pause(3, { ...SLOW, slowSteps: 4 })).toBe(16 * SECOND);
  });

  it('is left alone for the longest that calls which ended together asked for, and that is one step', () => {
    const calls = [answered(429, 5), answered(503, 40), answered(502)].map((result) => call(result, NOW));
    expect(healthAfter(HEALTHY, calls, NOW)).toMatchObject({ slowSteps: 1, slowUntil: later(NOW, 40 * SECOND) });
  });

  it('is not left alone for what a failure asks that does not say it is too much', () => {
    expect(after(HEALTHY, NOW, 500, 60)).toEqual({ ...WELL, failingSince: NOW });
    const calls = [call(answered(500, 60), NOW), call(answered(429), NOW)];
    expect(healthAfter(HEALTHY, calls, NOW).slowUntil).toEqual(later(NOW, SECOND));
  });

  it('begins anew after a success', () => {
    const slow = { failingSince: NOW, slowSteps: 5, slowUntil: later(NOW, MINUTE) };
    const well = after(slow, later(NOW, MINUTE), 200);
    expect(well).toEqual(WELL);
    expect(after(well, later(NOW, HOUR), 429)).toMatchObject({ slowSteps: 1, slowUntil: later(NOW, HOUR + SECOND) });
  });

  it('stays as slow after a failure that says nothing of it', () => {
    expect(after(SLOW, later(NOW, MINUTE), 500)).toEqual({ ...SLOW, disabledReason: null });
  });

  it('is no less slow for a success beside an answer that it is too much', () => {
    const at = later(NOW, MINUTE);
    const calls = [200, 429].map((status) => call(answered(status), at));
    expect(healthAfter(SLOW, calls, at)).toMatchObject({ slowSteps: 2, slowUntil: later(at, 2 * SECOND) });
  });
});

describe('calls that were under way when a pause began', () => {
  const during = later(NOW, SECOND / 2);

  it('do not lengthen it by saying the same', () => {
    const calls = [429, 502, 504].map((status) => call(answered(status), later(NOW, -SECOND)));
    expect(healthAfter(SLOW, calls, during)).toEqual({ ...SLOW, disabledReason: null });
    expect(healthAfter(SLOW, calls, later(NOW, 10 * SECOND))).toEqual({ ...SLOW, disabledReason: null });
  });

  it('do not end it by a success, though the endpoint fails no more', () => {
    expect(healthAfter(SLOW, [call(answered(200), NOW)], during)).toEqual({
      ...SLOW,
      ...{ failingSince: null, disabledReason: null },
    });
  });

  it('lengthen it where they ask for more, and that is no step', () => {
    const asked = (seconds: number): Date | null =>
      healthAfter(SLOW, [call(answered(429, seconds), NOW)], during).slowUntil;
    expect(healthAfter(SLOW, [call(answered(429, 30), NOW)], during).slowSteps).toBe(1);
    expect(asked(30)).toEqual(later(during, 30 * SECOND));
    expect(asked(86_400)).toEqual(later(during, HOUR));
    expect(asked(0)).toEqual(SLOW.slowUntil);
  });

  it('are those before its end: the one that begins then is news', () => {
    expect(healthAfter(SLOW, [call(answered(429), SLOW.slowUntil!)], later(NOW, 2 * SECOND)).slowSteps).toBe(2);
    expect(healthAfter(SLOW, [call(answered(200), SLOW.slowUntil!)], later(NOW, 2 * SECOND))).toEqual(WELL);
  });
});

describe('whatever is answered, and whenever', () => {
  const anyAnswer = fc
    .tuple(fc.constantFrom(200, 204, 301, 404, 429, 500, 502, 503, 504), fc.option(fc.nat(200_000), { nil: undefined }))
    .map(([status, retryAfter]) => answered(status, retryAfter));
  const anyCalls = fc.array(fc.record({ result: anyAnswer, ago: fc.nat(15 * SECOND) }), { minLength: 1, maxLength: 5 });
  const anyRounds = fc.array(fc.record({ calls: anyCalls, wait: fc.nat(2 * HOUR) }), { maxLength: 40 });

  it('a pause ends within an hour, and only a success takes it back', () => {
    fc.assert(
      fc.property(anyRounds, (rounds) => {
        let health: EndpointHealth = HEALTHY;
        let now = NOW;
        for (const { calls, wait } of rounds) {
          now = later(now, wait);
          const ended = calls.map(({ result, ago }) => call(result, later(now, -ago)));
          const next = healthAfter(health, ended, now);
          const before = health.slowUntil?.getTime() ?? 0;
          if (next.slowUntil) {
            expect(next.slowUntil.getTime()).toBeGreaterThanOrEqual(before);
            expect(next.slowUntil.getTime()).toBeLessThanOrEqual(Math.max(before, later(now, HOUR).getTime()));
          } else if (before > 0) {
            expect(
              ended.some(({ result, startedAt }) => result.outcome === 'delivered' && startedAt.getTime() >= before),
            ).toBe(true);
          }
          expect(next.slowUntil === null).toBe(next.slowSteps === 0);
          expect(next.slowSteps - health.slowSteps).toBeLessThanOrEqual(1);
          health = next;
        }
      }),
    );
  });

  it('it fails since the first call after its last success, and is off after five days of that alone', () => {
    fc.assert(
      fc.property(anyRounds, (rounds) => {
        let health: EndpointHealth = HEALTHY;
        let now = NOW;
        let since: number | null = null;
        for (const { calls, wait } of rounds) {
          now = later(now, 6 * wait);
          const ended = calls.map(({ result, ago }) => call(result, later(now, -ago)));
          const starts = ended.map(({ startedAt }) => startedAt.getTime());
          const succeeded = ended.some(({ result }) => result.outcome === 'delivered');
          since = succeeded ? null : (since ?? Math.min(...starts));
          const { disabledReason, ...next } = healthAfter(health, ended, now);
          expect(next.failingSince?.getTime() ?? null).toBe(since);
          expect(disabledReason !== null).toBe(since !== null && now.getTime() - since >= 5 * DAY);
          health = next;
        }
      }),
    );
  });

  it('nothing else of an endpoint’s row is judged, or comes back', () => {
    fc.assert(
      fc.property(anyCalls, fc.boolean(), fc.nat(), (calls, isGone, version) => {
        const ended = calls.map(({ result, ago }) => call(result, later(NOW, -ago)));
        if (isGone) ended.push(call(answered(410), NOW));
        const row = { ...SLOW, version, url: 'https://shop.example', enabled: version % 2 === 0 };
        expect(healthAfter(row, ended, NOW)).toEqual(healthAfter(SLOW, ended, NOW));
      }),
    );
  });
});
