import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../support/small-disk.ts';
import { startServerProcess } from '../support/server-process.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'anvil-errors-'));
});
afterAll(() => rm(home, { recursive: true }));

type Environment = Record<string, string | undefined>;

/** The launcher makes its secrets, as on a new machine. */
const NO_SECRETS = {
  SECRET_KEY_BASE: undefined,
  SESSION_SIGNING_SALT: undefined,
  SESSION_ENCRYPTION_SALT: undefined,
};

const NPM_START = 'scripts/start.mjs';
const SERVER = 'build/server.mjs';

/** Starts Anvil, which must end by itself. @returns what it wrote */
async function failingStart(script: string, env: Environment, nodeOptions: string[] = []): Promise<string> {
  const server = await startServerProcess(script, { ANVIL_EMBEDDED_DATABASE: 'true', ...env }, nodeOptions);
  const code = await server.exited;
  const output = server.log().trim();
  expect(output).not.toMatch(/^\s+at /m);
  expect([code, output]).toEqual([1, expect.stringMatching(/[.:]/)]);
  return output;
}

async function fileAt(name: string, text = ''): Promise<string> {
  const path = join(home, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe('a start ends with one sentence that names the thing and what to do', { timeout: 60_000 }, () => {
  test.each([NPM_START, SERVER])('%s: ANVIL_DATA_DIR is a file', async (script) => {
    const ANVIL_DATA_DIR = await fileAt('file');
    const said = await failingStart(script, { ANVIL_DATA_DIR, ...(script === NPM_START ? NO_SECRETS : {}) });
    expect(said).toContain(ANVIL_DATA_DIR);
    expect(said).toContain('ANVIL_DATA_DIR to');
    expect(said.split('\n')).toHaveLength(1);
  });

  test('a folder above ANVIL_DATA_DIR is a file', async () => {
    const ANVIL_DATA_DIR = join(await fileAt('above'), 'data');
    const said = await failingStart(NPM_START, { ...NO_SECRETS, ANVIL_DATA_DIR });
    expect(said).toMatch(
      new RegExp(`^Anvil can't use ${ANVIL_DATA_DIR} \\(ENOTDIR\\)\\. .*Move the file away`),
    );
  });

  test('the file of secrets is damaged', async () => {
    const file = await fileAt('damaged/secrets.env', 'SECRET_KEY_BASE=abc\n');
    const said = await failingStart(NPM_START, { ...NO_SECRETS, ANVIL_DATA_DIR: join(home, 'damaged') });
    expect(said).toContain(`${file} is damaged: SECRET_KEY_BASE, SESSION_SIGNING_SALT`);
    expect(said).toContain('Restore the file from a backup');
  });

  test('the file of secrets is a folder', async () => {
    const folder = join(home, 'folder');
    await mkdir(join(folder, 'secrets.env'), { recursive: true });
    const said = await failingStart(NPM_START, { ...NO_SECRETS, ANVIL_DATA_DIR: folder });
    expect(said).toMatch(/secrets\.env \(EISDIR\)\. .*Move the folder away\.$/);
  });

  test.each(['PORT', 'METRICS_PORT'])('%s is taken, and no database has been made', async (variable) => {
    const taken = createServer().listen(0, '127.0.0.1');
    const port = await new Promise<number>((done) =>
      taken.once('listening', () => done((taken.address() as AddressInfo).port)),
    );
    const ANVIL_DATA_DIR = join(home, `taken-${variable}`);
    const said = await failingStart(SERVER, { ANVIL_DATA_DIR, [variable]: String(port) });
    taken.close();
    expect(said).toBe(
      `Port ${port} is taken by another program. Stop it, or set ${variable} to another number.`,
    );
    await expect(rm(ANVIL_DATA_DIR, { recursive: true })).rejects.toThrow('ENOENT');
  });

  test.each(['203.0.113.1', 'no-such-host.invalid'])(
    'HOST %s isn’t an address of this machine',
    async (HOST) => {
      const said = await failingStart(SERVER, {
        ANVIL_DATA_DIR: join(home, 'host'),
        HOST,
        ANVIL_INSECURE_HTTP: 'true',
      });
      expect(said).toContain(`HOST ${HOST} is not an address of this machine`);
      expect(said).toContain('Set HOST to');
    },
  );

  test('a file that DATABASE_CA or a secret names can not be read', async () => {
    const DATABASE_CA = join(home, 'missing.pem');
    const DATABASE_URL = 'postgres://anvil@db.example/anvil';
    const said = await failingStart(SERVER, {
      DATABASE_URL,
      ANVIL_EMBEDDED_DATABASE: undefined,
      DATABASE_CA,
    });
    expect(said).toContain('DATABASE_CA');
    const secret = join(home, 'missing-secret');
    const other = await failingStart(SERVER, { SECRET_KEY_BASE: undefined, SECRET_KEY_BASE_FILE: secret });
    expect(other).toContain(secret);
  });

  test('the folder of the cluster is empty, or its files are damaged', async () => {
    const ANVIL_DATA_DIR = join(home, 'empty');
    await mkdir(join(ANVIL_DATA_DIR, 'database/cluster'), { recursive: true });
    expect(await failingStart(SERVER, { ANVIL_DATA_DIR })).toContain('holds no database. Move it away');
    await writeFile(join(ANVIL_DATA_DIR, 'database/cluster/PG_VERSION'), '18\n');
    expect(await failingStart(SERVER, { ANVIL_DATA_DIR })).toContain(join(ANVIL_DATA_DIR, 'database'));
  });

  test('Node is too old', async () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.4'}})`;
    for (const script of [NPM_START, SERVER]) {
      const said = await failingStart(script, { ANVIL_DATA_DIR: join(home, 'node') }, ['--import', older]);
      expect(said).toContain('Anvil needs Node 20.19 or newer');
    }
  });
});

describe.skipIf(!canMount)('on a small disk (root can mount one)', { timeout: 60_000 }, () => {
  test.each([
    ['full', 'no space left|is full'],
    ['read-only', 'EROFS'],
  ])('that is %s, a start ends with one sentence', async (state, sentence) => {
    const disk = await mountSmallDisk(40);
    try {
      await (state === 'full' ? disk.fill() : disk.protect());
      const ANVIL_DATA_DIR = join(disk.folder, 'data');
      for (const script of [NPM_START, SERVER]) {
        const said = await failingStart(script, {
          ANVIL_DATA_DIR,
          ...(script === NPM_START ? NO_SECRETS : {}),
        });
        expect(said).toMatch(new RegExp(sentence));
        expect(said).toContain(disk.folder);
        expect(said).toContain('ANVIL_DATA_DIR to');
      }
    } finally {
      await disk.remove();
    }
  });
});

test('a build without its pages is named before the database is made', async () => {
  const folder = join(home, 'build');
  await mkdir(folder);
  await cp('build', folder, { recursive: true, filter: (path) => !path.startsWith('build/remix') });
  await writeFile(join(home, 'package.json'), '{"type":"module"}');
  await symlink(join(process.cwd(), 'node_modules'), join(home, 'node_modules'));
  const said = await failingStart(join(folder, 'server.mjs'), { ANVIL_DATA_DIR: join(home, 'unbuilt') });
  expect(said).toContain(
    `A file of the build is missing: ${join(folder, 'remix/index.js')}. Run "npm run build"`,
  );
});
