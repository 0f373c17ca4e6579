import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tsImport } from 'tsx/esm/api';
import { root } from './run.mjs';

// `npm run configuration` writes the table of docs/configuration.md and the whole of .env.example from the variables of
// server/config/variables.ts. With --check it changes nothing and fails when one of them is no longer true.

const { GROUPS, VARIABLES } = await tsImport('../server/config/variables.ts', import.meta.url);

/** What .env.example sets; everything else stands there as a comment. */
const DEVELOPMENT = {
  APP_URL: 'http://localhost:4000',
  HOST: '127.0.0.1',
  PORT: '4000',
  ANVIL_DATA_DIR: '.anvil',
  ENABLE_REGISTRATIONS: 'true',
  LOG_LEVEL: 'info',
};

const variablesOf = (group) => Object.entries(VARIABLES).filter(([, variable]) => variable.group === group);

function table() {
  const row = (...cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return GROUPS.flatMap((group) => [
    `### ${group}`,
    '',
    row('variable', 'what it is', 'what it wants', 'when it is not set', 'example'),
    row('---', '---', '---', '---', '---'),
    ...variablesOf(group).map(([name, { about, shape, fallback, required, otherwise, secret, example }]) =>
      row(
        `\`${name}\`${secret ? `<br>or \`${name}_FILE\`` : ''}`,
        about,
        shape.wants,
        required ? '**refused**' : fallback ? `\`${fallback}\`` : (otherwise ?? '–'),
        `\`${example}\``,
      ),
    ),
    '',
  ]).join('\n');
}

function envExample() {
  const head = [
    'Copy to .env for settings of this clone. `npm start` and `npm run dev` read it; what the environment sets wins.',
    'As it stands it works for development, as does no .env at all: the database is embedded, and secrets are made at',
    'the first start and kept in ANVIL_DATA_DIR. docs/configuration.md says what each variable wants. Production',
    'refuses the example values of secrets; each secret may be given as NAME_FILE, a file that holds it.',
  ];
  const lines = GROUPS.flatMap((group) => [
    '',
    `# ── ${group}`,
    ...variablesOf(group).flatMap(([name, { about, example }]) => [
      `# ${about}.`,
      DEVELOPMENT[name] === undefined
        ? `# ${name}=${quoted(example)}`
        : `${name}=${quoted(DEVELOPMENT[name])}`,
    ]),
  ]);
  return [...head.map((line) => `# ${line}`), ...lines, ''].join('\n');
}

const quoted = (value) => (/[\s#<>"']/.test(value) ? JSON.stringify(value) : value);

const MARKERS = /(<!-- variables: [^>]*-->\n)[\s\S]*?(<!-- end of variables -->)/;

const FILES = [
  {
    path: 'docs/configuration.md',
    text: (old) => old.replace(MARKERS, (_, start, end) => `${start}\n${table()}\n${end}`),
  },
  { path: '.env.example', text: envExample },
];

for (const { path, text } of FILES) {
  const file = join(root, path);
  const old = await readFile(file, 'utf8').catch(() => '');
  const wanted = text(old);
  if (path.endsWith('.md') && !MARKERS.test(old))
    throw new Error(`${path} has lost the markers of its table.`);
  if (wanted === old) continue;
  if (!process.argv.includes('--check')) {
    await writeFile(file, wanted);
    continue;
  }
  console.error(`${path} no longer says what server/config/variables.ts does. Run "npm run configuration".`);
  process.exitCode = 1;
}
