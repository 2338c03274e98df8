// The processes of a run: the gateway, the simulator, and helpers that load. Each is ended by its own id.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../..');
const STOP_WITHIN_MS = 15_000;

/** Everything that was started and has not ended yet. */
const running = new Set();

/** Ends what is still running, hard. */
export function killAll() {
  for (const child of running) child.kill('SIGKILL');
}

function keep(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(late);
}

/** A free port below 32768: from there on the system hands ports out to clients, which then may meet themselves. */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Starts a program of dist/ and waits until `url` answers 200. Its environment is `env` and what a program needs to run. */
export async function startProgram(program, { env, url, logFile, nodeArgs = [] }) {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  const child = keep(
    spawn(process.execPath, [...nodeArgs, join(root, 'dist', program)], {
      cwd: root,
      env: { PATH, HOME, TMPDIR, LANG, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const log = createWriteStream(logFile);
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false });
    stream.on('data', (text) => (tail = (tail + text).slice(-2_000)));
  }
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${program} ended at its start:\n${tail}`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return child;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  await stop(child);
  throw new Error(`${program} was not ready within a minute:\n${tail}`);
}

/** A helper in a process of its own, so that it and what it loads do not share a core by force. */
export function startHelper(file) {
  const child = keep(fork(join(here, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  const waiting = [];
  child.on('message', ({ error, result }) => {
    const { resolve, reject } = waiting.shift();
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${file} ended with ${code}.`));
  });
  return {
    pid: child.pid,
    /** Asks it to do one thing; things are done one after the other. */
    ask: (what, given = {}) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.send({ what, ...given });
      }),
    stop: () => stop(child),
  };
}
