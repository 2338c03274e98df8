// What a piece of work costs the machine.
import { cpuSeconds, machineSeconds, ServerCpu } from './postgres.mjs';

/** Runs `work` and says besides what the machine spent on it, in CPU seconds; `otherSidePid`: the simulator, or the receivers. */
export async function metered(world, pid, otherSidePid, work) {
  const server = new ServerCpu(world.server.postmaster);
  server.look();
  const before = { own: cpuSeconds(pid), simulator: cpuSeconds(otherSidePid ?? 0), machine: machineSeconds() };
  const timer = setInterval(() => server.look(), 500);
  const began = Date.now();
  try {
    const result = await work();
    const spent = (now, then) => (now === undefined || then === undefined ? undefined : now - then);
    const cpu = {
      own: spent(cpuSeconds(pid), before.own),
      postgres: server.seconds(),
      simulator: spent(cpuSeconds(otherSidePid ?? 0), before.simulator),
      load: result.cpu,
      machine: spent(machineSeconds(), before.machine),
      wall: (Date.now() - began) / 1_000,
    };
    return { ...result, cpu };
  } finally {
    clearInterval(timer);
  }
}
