// What the run says: the surroundings, one row and one JSON line for each figure.
import { availableParallelism, cpus, loadavg } from 'node:os';

export function surroundings(durability) {
  const { server_version: version, ...settings } = durability;
  const forgets = durability.fsync === 'off' || durability.synchronous_commit === 'off';
  return [
    `PostgreSQL ${version}: ${Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
    `Node ${process.versions.node}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), load before ${loadavg()[0].toFixed(2)}`,
    forgets
      ? 'NOT DURABLE: this server answers a commit before it is on disk; the figures say nothing.'
      : 'Durable when the answer came: the message with its place in the queue and its event, one commit, flushed to disk.',
    'Durable before a call to the provider: its attempt. Durable before a callback is answered: the callback as it came.',
  ];
}

/** The figures of a part: the gateway's median, the bare loop's, and what a thousand messages cost. */
export function figuresOf({ name, part, runs, doubles }) {
  const measures = part.delivers
    ? [
        [`${name}: SUBMITTED`, (run) => run.submittedRate],
        [`${name}: DELIVERED`, (run) => run.deliveredRate],
        [`${name}: READ`, (run) => run.readRate],
      ]
    : [[name, (run) => run.accepted / ((run.endedAt - run.startedAt) / 1_000)]];
  const per1000 = (who, what) =>
    round(
      median(runs[who].map((run) => (run.cpu[what] === undefined ? NaN : (run.cpu[what] / run.accepted) * 1_000))),
      3,
    );
  return measures.map(([figure, read]) => {
    const gateway = median(runs.gateway.map(read));
    const bare = median(runs.bare.map(read));
    return {
      figure,
      perSecond: Math.round(gateway),
      each: runs.gateway.map((run) => Math.round(read(run))),
      ...(!part.delivers && {
        p50Ms: round(median(runs.gateway.map((run) => run.p50)), 1),
        p99Ms: round(median(runs.gateway.map((run) => run.p99)), 1),
        maxMs: round(Math.max(...runs.gateway.map((run) => run.max)), 1),
      }),
      barePerSecond: Math.round(bare),
      bareEach: runs.bare.map((run) => Math.round(read(run))),
      ...(!part.delivers && { bareP99Ms: round(median(runs.bare.map((run) => run.p99)), 1) }),
      ratio: round(gateway / bare, 2),
      messages: runs.gateway.reduce((sum, run) => sum + run.accepted, 0),
      ...(doubles !== undefined && { sentTwice: doubles }),
      cpuSecondsPer1000: {
        gateway: per1000('gateway', 'own'),
        postgres: per1000('gateway', 'postgres'),
        simulator: per1000('gateway', 'simulator'),
        load: per1000('gateway', 'load'),
        bare: per1000('bare', 'own'),
        barePostgres: per1000('bare', 'postgres'),
      },
      othersCpuShare: round(Math.max(...runs.gateway.map(foreign)), 2),
    };
  });
}

/** Three figures of each rate: how late the healthy endpoint heard, all calls of that time, and how the mended ones caught up. */
export function webhookFiguresOf({ runs, bare }) {
  const cost = ({ cpu, calls }, what) => round((cpu[what] / calls) * 1_000, 3);
  const costs = (run) => ({
    callsPerSecond: Math.round(run.calls / ((run.endedAt - run.startedAt) / 1_000)),
    cpuSecondsPer1000: { gateway: cost(run, 'own'), postgres: cost(run, 'postgres') },
    othersCpuShare: round(foreign(run), 2),
  });
  return runs.flatMap(({ rate, count, told, late, caughtUp, twice }, place) => [
    {
      figure: `${rate} events a second`,
      events: count,
      ...costs(told),
      ...{ p50Ms: late.p50, p99Ms: late.p99, maxMs: late.max },
      ...{ bareP50Ms: bare.rates[place].p50, bareP99Ms: bare.rates[place].p99 },
      twice,
    },
    {
      figure: `${rate} events a second: catching up`,
      ...costs(caughtUp),
      barePerSecond: Math.round(bare.perSecond),
      ratio: round(caughtUp.calls / ((caughtUp.endedAt - caughtUp.startedAt) / 1_000) / bare.perSecond, 2),
    },
  ]);
}

export function webhookTable(figures) {
  const head = ['', 'calls a second', 'p50 ms', 'p99 ms', 'max ms', 'bare p50', 'bare p99', 'bare a second', 'ratio'];
  head.push('CPU s per 1000: gateway', 'PostgreSQL', 'others’ CPU');
  const rows = figures.map((one) => [
    one.figure,
    String(one.callsPerSecond),
    ...[one.p50Ms, one.p99Ms, one.maxMs, one.bareP50Ms, one.bareP99Ms, one.barePerSecond, one.ratio].map(text),
    text(one.cpuSecondsPer1000.gateway),
    text(one.cpuSecondsPer1000.postgres),
    share(one.othersCpuShare),
  ]);
  return lined(head, rows);
}

/** How much of the machine's time went to somebody else while the gateway was measured, 0 to 1. */
function foreign({ cpu }) {
  if (cpu.machine === undefined) return NaN;
  const ours = (cpu.own ?? 0) + (cpu.postgres ?? 0) + (cpu.simulator ?? 0) + (cpu.load ?? 0);
  return Math.max(0, cpu.machine - ours) / (cpu.wall * availableParallelism());
}

export function table(figures) {
  const head = [
    '',
    'a second',
    'p50 ms',
    'p99 ms',
    'bare',
    'ratio',
    'CPU s per 1000: gateway',
    'PostgreSQL',
    'others’ CPU',
  ];
  const rows = figures.map((one) => [
    one.figure,
    String(one.perSecond),
    text(one.p50Ms),
    text(one.p99Ms),
    String(one.barePerSecond),
    text(one.ratio),
    text(one.cpuSecondsPer1000.gateway),
    text(one.cpuSecondsPer1000.postgres),
    share(one.othersCpuShare),
  ]);
  return lined(head, rows);
}

/** Columns as wide as they must be; the first one flush left, the others right. */
function lined(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const share = (value) => (value === null ? '-' : `${Math.round(value * 100)} %`);

const text = (value) => (value === undefined || value === null ? '-' : String(value));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** null where it was not to be had. */
const round = (value, digits) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : null);
