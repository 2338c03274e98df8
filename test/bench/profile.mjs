// Reads a CPU profile: where the time went, by package or room of src/, and by function.
import { readFileSync } from 'node:fs';

/** Lines to print. `shown` functions; the time of each is its own, without what it called. */
export function readProfile(file, shown = 40) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id])));
  const self = new Map();
  let total = 0;
  let idle = 0;
  samples.forEach((id, index) => {
    const spent = timeDeltas[index];
    total += spent;
    if (byId.get(id).callFrame.functionName === '(idle)') idle += spent;
    else self.set(id, (self.get(id) ?? 0) + spent);
  });
  const busy = total - idle;
  const groups = new Map();
  const functions = new Map();
  const inclusive = new Map();
  const add = (map, key, spent) => map.set(key, (map.get(key) ?? 0) + spent);
  for (const [id, spent] of self) {
    const { callFrame } = byId.get(id);
    add(groups, groupOf(callFrame), spent);
    add(functions, nameOf(callFrame), spent);
    // Each function of the stack once, however deep it calls itself.
    const stack = new Set();
    for (let at = id; at !== undefined; at = parents.get(at)) stack.add(nameOf(byId.get(at).callFrame));
    for (const name of stack)
      if (name.startsWith('dist/') || name.includes('node_modules')) add(inclusive, name, spent);
  }
  const lines = (map, count) =>
    [...map]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([name, spent]) => `${percent(spent, busy)}  ${name}`);
  return [
    `Profile of the gateway: ${(total / 1e6).toFixed(1)} s, of which ${(busy / 1e6).toFixed(1)} s busy (${percent(busy, total).trim()}).`,
    '',
    'Own time by package or room:',
    ...lines(groups, 25),
    '',
    'Own time by function:',
    ...lines(functions, shown),
    '',
    'Time with all that they called:',
    ...lines(inclusive, shown),
  ];
}

const percent = (part, whole) => `${((part / whole) * 100).toFixed(1).padStart(5)} %`;

function groupOf({ url, functionName }) {
  if (functionName === '(garbage collector)') return functionName;
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(url);
  if (packaged) return packaged[1];
  const room = /\/dist\/([^/]+)/.exec(url);
  if (room) return `src/${room[1]}`;
  return url.startsWith('node:') ? url.split('/')[0] : '(native)';
}

function nameOf({ url, functionName, lineNumber }) {
  const place = url.replace(/^.*\/node_modules\//, 'node_modules/').replace(/^.*\/dist\//, 'dist/');
  return `${place || '(native)'}:${lineNumber + 1} ${functionName || '(anonymous)'}`;
}
