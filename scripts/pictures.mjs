import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, SCREENS } from '../tests/support/browser.ts';
import { makeSupportProject, signUp } from '../tests/support/sample-content.ts';
import { root } from './run.mjs';

// `npm run pictures`: takes the pictures of README.md from the built server, with an own database and sample content.
// Run it when pages have changed to the eye, and look at what it made.

const PORT = process.env.PORT ?? '4000';
const URL = `http://localhost:${PORT}`;
const FOLDER = join(root, 'docs/pictures');
const BYTES_MAX = 150_000;
const PICTURES = [
  { name: 'set-dark', theme: 'dark', path: '' },
  { name: 'editor-light', theme: 'light', path: '/refund' },
];

/** Starts the server as `npm start` does. @returns how to stop it */
async function startServer(dataDir) {
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT, ANVIL_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break;
    if (
      await fetch(`${URL}/ready`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return stop;
    await sleep(200);
  }
  await stop();
  throw new Error('The server did not start.');
}

async function takePictures() {
  const me = await signUp(URL);
  const { organisation, project, set } = await makeSupportProject(me);
  const browser = await launchBrowser();
  try {
    await mkdir(FOLDER, { recursive: true });
    for (const { name, theme, path } of PICTURES) {
      const context = await browser.newContext({ baseURL: URL, viewport: SCREENS.desk, colorScheme: theme });
      await context.addCookies([{ ...me.cookie, url: URL }]);
      const page = await context.newPage();
      await page.goto(`/o/${organisation}/${project}/${set}${path}`, { waitUntil: 'networkidle' });
      await page.evaluate('document.fonts.ready');
      const file = join(FOLDER, `${name}.png`);
      await page.screenshot({ path: file, animations: 'disabled' });
      const { size } = await stat(file);
      if (size > BYTES_MAX)
        throw new Error(`${file} has ${size} bytes; at most ${BYTES_MAX} belong into git.`);
      console.log(`docs/pictures/${name}.png  ${Math.round(size / 1000)} kB`);
      await context.close();
    }
  } finally {
    await browser.close();
  }
}

const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
const dataDir = await mkdtemp(join(tmpdir(), 'anvil-pictures-'));
const stop = await startServer(dataDir);
try {
  await takePictures();
} finally {
  await stop();
  await rm(dataDir, { recursive: true, force: true });
}
