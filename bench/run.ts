import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAccount } from './account.ts';
import { measureHome, type HomeMeasured } from './home.ts';
import { median } from './median.ts';
import { measurePublishing, type Published } from './publishing.ts';
import { makePrompts, SET, type MadePrompts } from './prompts.ts';
import { putLoad, startServer, type Load, type Measured, type RunningServer } from './server.ts';
import { measureWaits, type Wait } from './waits.ts';
import { measureWatching, type Watched } from './watching.ts';

// `npm run bench`: Anvil beside a bare Fastify route, in turn in the same run. Machines are noisy: the ratios count.

const ROUNDS = 5;
const PORTS = { anvil: '4801', bare: '4802', watched: '4803', metrics: '4804', alone: '4805' };

interface Row {
  what: string;
  anvil: Measured;
  bare: Measured;
  /** The median of the rounds' own: a machine that changes its pace between rounds doesn't change it. */
  ratio: number;
}

const spawned = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
if (spawned.status !== 0) process.exit(1);

const dataDir = await mkdtemp(join(tmpdir(), 'anvil-bench-'));
const anvilEnv = {
  PORT: PORTS.anvil,
  ANVIL_DATA_DIR: dataDir,
  LOG_LEVEL: 'warn',
  APP_URL: `http://127.0.0.1:${PORTS.anvil}`,
};
let anvil = await startServer(['scripts/start.mjs'], '/ready', anvilEnv);
try {
  const idleMegabytes = await anvil.memory();
  const account = await makeAccount(anvil.url);
  const made = await makePrompts(anvil.url, account.token);
  const published = await measurePublishing(anvil.url, account.token, dataDir, made);
  const bare = await startServer(['--import', 'tsx', 'bench/bare.ts'], '/', {
    PORT: PORTS.bare,
    BODY_BYTES: String(made.bodyBytes),
  });
  const rows: Row[] = [];
  let watched: Watched[];
  let waits: Wait[];
  let home: HomeMeasured;
  try {
    for (const [what, load] of loads(made, account)) rows.push(await compare(what, load, anvil, bare));
    const few = loads(made, account).filter(([what]) => /10 connections|page/.test(what));
    watched = await measureWatching(anvilEnv, PORTS, few);
    // Cold: a process that has just started has fetched nothing yet.
    await anvil.stop();
    anvil = await startServer(['scripts/start.mjs'], '/ready', anvilEnv);
    rows.push(await compareCold(made, account.token, anvil, bare));
    home = await measureHome(anvil.url, account, dataDir, made.setId);
    waits = await measureWaits(anvil.url, account.token, made.setId);
  } finally {
    await bare.stop();
  }
  print({ rows, published, home, watched, waits, idleMegabytes, afterMegabytes: await anvil.memory() });
} finally {
  await anvil.stop();
  // The database that ends with the server may still be writing its last words.
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}

function loads(
  made: MadePrompts,
  { token, cookie, organisation }: { token: string; cookie: string; organisation: string },
): [string, Load][] {
  const authorization = `Bearer ${token}`;
  const json = { authorization, 'content-type': 'application/json' };
  const render = (slug: string, values: object): Load => ({
    url: `/api/v1/render/${SET}/${slug}@^1`,
    method: 'POST',
    headers: json,
    body: JSON.stringify({ values }),
  });
  const fetchOne: Load = {
    url: `/api/v1/prompts/by_address/${SET}/${made.slugs[0] ?? ''}@^1`,
    headers: { authorization },
  };
  return [
    ['fetch by address, warm, 10 connections', fetchOne],
    ['fetch by address, warm, 100 connections', { ...fetchOne, connections: 100 }],
    ['render, plain', render('plain', { name: 'Ada' })],
    ['render, with logic', render('logic', { items: ['a', 'b', 'c'] })],
    [
      'page of a prompt set',
      { url: `/o/${organisation}/bench/pages`, headers: { cookie, accept: 'text/html' }, connections: 4 },
    ],
  ];
}

async function compare(what: string, load: Load, one: RunningServer, other: RunningServer): Promise<Row> {
  await putLoad({ ...load, url: one.url + load.url, seconds: 2 });
  const measured: { anvil: Measured[]; bare: Measured[] } = { anvil: [], bare: [] };
  for (let round = 0; round < ROUNDS; round++) {
    measured.anvil.push(await putLoad({ ...load, url: one.url + load.url }));
    measured.bare.push(await putLoad({ ...load, url: other.url + load.url }));
  }
  const ratios = measured.anvil.map(({ rate }, round) => rate / (measured.bare[round]?.rate ?? 0));
  const middle = (all: Measured[]) => median(all, ({ rate }) => rate);
  return { what, anvil: middle(measured.anvil), bare: middle(measured.bare), ratio: median(ratios, Number) };
}

async function compareCold(
  made: MadePrompts,
  token: string,
  one: RunningServer,
  other: RunningServer,
): Promise<Row> {
  const paths = made.slugs.map((slug) => `/api/v1/prompts/by_address/${SET}/${slug}@1.0.0`);
  const load = { headers: { authorization: `Bearer ${token}` }, paths };
  const anvil = await putLoad({ ...load, url: one.url });
  const bare = await putLoad({ ...load, url: other.url });
  const what = `fetch by address, cold, ${paths.length} prompts once each`;
  return { what, anvil, bare, ratio: anvil.rate / bare.rate };
}

interface Results {
  rows: Row[];
  published: Published;
  home: HomeMeasured;
  watched: Watched[];
  waits: Wait[];
  idleMegabytes: number;
  afterMegabytes: number;
}

function print({ rows, published, home, watched, waits, idleMegabytes, afterMegabytes }: Results): void {
  console.log(
    '\n| what | Anvil /s | bare /s | ratio | p50 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|',
  );
  for (const { what, anvil: a, bare: b, ratio } of rows) {
    const cells = [what, a.rate.toFixed(0), b.rate.toFixed(0), ratio.toFixed(2), a.p50, a.p99, a.failed];
    console.log(`| ${cells.join(' | ')} |`);
  }
  const { prompts, milliseconds, bytes } = published;
  console.log(
    `\nPublishing a set of ${prompts} prompts of which one changed: median ${milliseconds.toFixed(0)} ms, ${bytes} bytes a version.`,
  );
  console.log(
    `Home of ${home.sets} sets and ${home.prompts} prompts: median ${home.milliseconds.toFixed(0)} ms, longest ${home.slowest.toFixed(0)} ms.`,
  );
  for (const { what, ratio } of watched)
    console.log(
      `With metrics, traces and error reports, beside the same without: ${what} ${ratio.toFixed(3)}`,
    );
  console.log(
    '\n| while others do | longest wait for /live, ms | times that of an idle server |\n|---|---|---|',
  );
  for (const { what, longest, idle } of waits) {
    console.log(`| ${what} | ${longest.toFixed(0)} | ${(longest / idle).toFixed(1)} |`);
  }
  console.log(`Resident memory: idle ${idleMegabytes} MB, after the load ${afterMegabytes} MB.`);
}
