import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Names one run of a process: ids are used again, an id with its start is not. Undefined when no such process lives.
 * A zombie counts as gone: in a container without a reaping init it would otherwise look alive for ever.
 */
export function processStart(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (process.platform === 'linux') return startFromProc(pid);
  // Windows has no cheap way to ask for the start; there the id alone has to do.
  return process.platform === 'win32' ? (isSignalable(pid) ? 'unknown' : undefined) : startFromPs(pid);
}

function startFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // Where /proc hides other users' processes (hidepid), a process that can be signalled is there all the same.
    return isSignalable(pid) ? 'unknown' : undefined;
  }
  // The second field is the program's name, which may hold spaces and brackets: count from its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Field 22 counts from the boot, so that the boot belongs to the name.
  return `${bootId()}/${fields[19]}`;
}

function startFromPs(pid: number): string | undefined {
  const { stdout } = spawnSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    // lstart is written in the caller's language and time zone: two callers have to read the same.
    env: { LC_ALL: 'C', TZ: 'UTC' },
  });
  const [, state, start] = /^(\S+)\s+(.+?)\s*$/.exec(stdout ?? '') ?? [];
  return state?.startsWith('Z') ? undefined : start;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'boot';
  }
}

/** Whether the process table still holds the id, be it a zombie's: what PostgreSQL goes by. */
export function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
