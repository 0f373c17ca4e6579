import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { root } from './run.mjs';

// `npm run diagram` draws who imports whom, folder by folder, from the real imports into docs/ARCHITECTURE.md.
// With --check it changes nothing and fails when the drawing there is no longer true.

const FILE = join(root, 'docs/ARCHITECTURE.md');
const MARKERS = /(<!-- diagram: [^>]*-->\n)[\s\S]*?(<!-- end of diagram -->)/;

/** Folders as drawn, in the order of the flow from the doors to the store. The first that fits a file has it. */
const ROOMS = [
  'client',
  'app',
  'server/http',
  'server/trpc',
  'server/rest',
  'server/services',
  'server/delivery',
  'server/schemas',
  'server/auth',
  'server/render',
  'server/jobs',
  'server/mail',
  'db',
  'core',
];
const roomOf = (path) => ROOMS.find((room) => path.startsWith(`${room}/`));
const idOf = (room) => room.replace('/', '_');

/** @returns {Promise<string>} the mermaid block: a solid arrow for values, a dotted one where only types are imported */
async function draw() {
  process.chdir(root);
  const { output } = await cruise(
    ['app', 'client', 'core', 'db', 'server'],
    {
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(\\.test\\.tsx?$|(^|/)(build|dist)/)' },
      tsPreCompilationDeps: true,
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  );
  const arrows = new Map();
  const rooms = new Set();
  for (const module of output.modules) {
    const from = roomOf(module.source);
    if (!from) continue;
    rooms.add(from);
    for (const { resolved, dependencyTypes } of module.dependencies) {
      const to = roomOf(resolved);
      if (!to || to === from) continue;
      const key = `${from} ${to}`;
      const isType = dependencyTypes.includes('type-only');
      arrows.set(key, (arrows.get(key) ?? true) && isType);
    }
  }
  const lines = ROOMS.filter((room) => rooms.has(room)).flatMap((from) => [
    `  ${idOf(from)}["${from}"]`,
    ...ROOMS.filter((to) => arrows.has(`${from} ${to}`)).map(
      (to) => `  ${idOf(from)} ${arrows.get(`${from} ${to}`) ? '-.->' : '-->'} ${idOf(to)}`,
    ),
  ]);
  return ['```mermaid', 'flowchart TD', ...lines, '```', ''].join('\n');
}

const text = await readFile(FILE, 'utf8');
if (!MARKERS.test(text)) {
  console.error('docs/ARCHITECTURE.md has lost the markers of its diagram.');
  process.exit(1);
}
const diagram = await draw();
const drawn = text.replace(MARKERS, (_, start, end) => `${start}\n${diagram}\n${end}`);
if (drawn === text) process.exit(0);
if (process.argv.includes('--check')) {
  console.error(
    'The diagram in docs/ARCHITECTURE.md no longer shows the real imports. Run "npm run diagram".',
  );
  process.exit(1);
}
await writeFile(FILE, drawn);
