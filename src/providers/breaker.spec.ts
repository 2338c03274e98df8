import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { later, MINUTE, SECOND } from '../common/clock.js';
import { CLOSED, counted, joined, noted, openedAt, passage, type RecentCalls, shouldOpen } from './breaker.js';

const NOW = new Date('2026-03-01T12:00:00Z');

describe('whether messages may leave', () => {
  it('they may while it is closed', () => {
    expect(passage(CLOSED, NOW)).toEqual({ kind: 'closed' });
  });

  it('they may not until its time has come, and then one probes', () => {
    const open = openedAt(CLOSED, NOW);
    const until = later(NOW, 30 * SECOND);
    expect(passage(open, later(until, -1))).toEqual({ kind: 'open', until });
    expect(passage(open, until)).toEqual({ kind: 'probe' });
  });

  it('they may not while a probe is under way, and another one probes when its process is dead', () => {
    const until = later(NOW, 30 * SECOND);
    const probing = { openUntil: NOW, probeUntil: until };
    expect(passage(probing, later(NOW, SECOND))).toEqual({ kind: 'open', until });
    expect(passage(probing, until)).toEqual({ kind: 'probe' });
  });
});

describe('a breaker that opens', () => {
  it('opens for 30 s, for twice as long each time, and for 5 minutes at the most', () => {
    let state = CLOSED;
    const pauses: number[] = [];
    for (let time = 0; time < 7; time++) {
      state = openedAt(state, NOW);
      pauses.push(((state.openUntil as Date).getTime() - NOW.getTime()) / SECOND);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 300, 300, 300]);
  });

  it('forgets the calls that opened it, and a probe that was', () => {
    const state = openedAt({ opened: 1 }, NOW);
    expect(state).toMatchObject({ opened: 2, recentCalls: [], probeUntil: null });
  });
});

describe('it opens when', () => {
  it.each([
    [20, 10, true],
    [20, 9, false],
    [19, 19, false],
    [21, 10, false],
    [200, 100, true],
    [0, 0, false],
  ])('%i calls of a minute came back and %i of them failed: %s', (calls, failures, opens) => {
    expect(shouldOpen(noted([], NOW, calls, failures), NOW)).toBe(opens);
  });

  it('they failed within a minute, and not when they failed before', () => {
    const recent = noted(noted([], NOW, 10, 10), later(NOW, 50 * SECOND), 10, 10);
    expect(shouldOpen(recent, later(NOW, 53 * SECOND))).toBe(true);
    expect(shouldOpen(recent, later(NOW, MINUTE))).toBe(false);
  });
});

describe('the calls of the last minute', () => {
  it('are all of the last 54 s, none of before 60 s, in ten slots at the most', () => {
    const moments = fc.array(fc.record({ waitMs: fc.nat(20_000), calls: fc.nat(50), failures: fc.nat(50) }));
    fc.assert(
      fc.property(moments, (ended) => {
        let now = NOW;
        let recent: RecentCalls = [];
        const all: { at: Date; calls: number; failures: number }[] = [];
        for (const { waitMs, calls, failures } of ended) {
          now = later(now, waitMs);
          recent = noted(recent, now, calls, failures);
          all.push({ at: now, calls, failures });
        }
        const since = (ms: number): number =>
          all.filter(({ at }) => at > later(now, -ms)).reduce((sum, { calls }) => sum + calls, 0);
        const { calls } = counted(recent, now);
        expect(calls).toBeGreaterThanOrEqual(since(54 * SECOND));
        expect(calls).toBeLessThanOrEqual(since(MINUTE));
        expect(recent.length).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('of two processes add up', () => {
    const one = noted(noted([], NOW, 3, 1), later(NOW, 10 * SECOND), 4, 0);
    const other = noted([], later(NOW, 10 * SECOND), 5, 2);
    const now = later(NOW, 12 * SECOND);
    expect(counted(joined(one, other, now), now)).toEqual({ calls: 12, failures: 3 });
    expect(joined(one, other, now)).toHaveLength(2);
  });
});
