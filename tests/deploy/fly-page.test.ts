import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishFirstPrompt, type FirstPrompt } from './support/first-prompt.ts';
import { makeFlyAccount, type FlyAccount } from './support/fly-account.ts';
import { makeFlyClusters, type FlyClusters } from './support/fly-clusters.ts';
import { startPostgres, type PostgresServer } from './support/postgres.ts';
import { has, must, ROOT, sh } from './support/shell.ts';
import { makeStandIn, type StandIn } from './support/stand-in.ts';
import type { VisitInput } from './support/visitor.ts';

// docs/deploy/fly.md from its first command to its last, against an account with Fly's rules.

describe.skipIf(!has('runuser', 'openssl', 'git'))('docs/deploy/fly.md', () => {
  let folder: string;
  let server: PostgresServer;
  let clusters: FlyClusters;
  let account: FlyAccount;
  let standIn: StandIn;
  let blocks: string[];
  let prompt: FirstPrompt;
  /** What the reader puts in place of the page's words. */
  const words: Record<string, string> = { APP: 'prompts' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-fly-page-'));
    await chmod(folder, 0o777);
    for (const file of ['fly.toml', 'Dockerfile']) await cp(join(ROOT, file), join(folder, file));
    const git = '-c user.name=Mara -c user.email=mara@example.com';
    await must('sh', ['-c', `git init -q && git add -A && git ${git} commit -q -m Clone`], { cwd: folder });
    server = await startPostgres({
      settings: { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' },
      prepare: async (dataDir) => {
        const key = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=flympg', '-days', '2'];
        await must('openssl', [...key, '-keyout', 'server.key', '-out', 'server.pem'], { cwd: dataDir });
        await must('chown', ['postgres:', 'server.key', 'server.pem'], { cwd: dataDir });
      },
    });
    clusters = await makeFlyClusters(server, folder);
    account = makeFlyAccount(folder, clusters);
    standIn = await makeStandIn('fly', join(folder, 'bin'), account.fly);
    const page = await readFile(join(ROOT, 'docs/deploy/fly.md'), 'utf8');
    blocks = [...page.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);
  });
  afterAll(async () => {
    await account.stop();
    await standIn.close();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the next block of the page, which holds the phrase. @returns what it printed */
  async function next(phrase: string): Promise<string> {
    const block = blocks.shift() ?? '';
    expect(block).toContain(phrase);
    const script = block
      .replaceAll(
        /\b(anvil|anvil_app):PASSWORD@/g,
        (_match, name: string) => `${name}:${clusters.password(name)}@`,
      )
      .replaceAll(/\b[A-Z]{3,}\b/g, (word) => words[word] ?? word);
    const env = { PATH: `${standIn.folder}:${process.env.PATH ?? ''}` };
    const { code, stdout, stderr } = await sh('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env,
    });
    expect({ code, stderr }, script).toEqual({ code: 0, stderr: '' });
    return stdout;
  }

  /** Asks https://HOST as a browser does. */
  const ask = async (host: string, path: string, { method = 'GET', headers = {}, body }: VisitInput = {}) => {
    const { port } = new URL(account.machineOf(host).url);
    const sent = request({
      ...{ host: '127.0.0.1', port, method, path },
      headers: { ...headers, host, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    }).end(body === undefined ? undefined : JSON.stringify(body));
    return new Promise<{
      status: number;
      headers: Record<string, string>;
      text: string;
      body: unknown;
      http: string;
    }>((done, fail) => {
      sent.on('error', fail).on('response', (response) => {
        text(response).then((answer) => {
          const isJson = response.headers['content-type']?.includes('json');
          const cookie = response.headers['set-cookie']?.[0] ?? '';
          done({
            ...{
              status: response.statusCode ?? 0,
              http: '1.1',
              text: answer,
              headers: { 'set-cookie': cookie },
            },
            body: isJson ? (JSON.parse(answer) as unknown) : undefined,
          });
        }, fail);
      });
    });
  };
  const visitor = (host: string) => ({ ask: (path: string, input?: VisitInput) => ask(host, path, input) });
  const deliver = (host: string) =>
    ask(host, `/api/v1/prompts/by_address/${prompt.address}@^1.0`, {
      headers: { authorization: `Bearer ${prompt.token}` },
    });

  test('leads from nothing to a served prompt', async () => {
    await next('fly apps create');
    const toml = await readFile(join(folder, 'fly.toml'), 'utf8');
    await writeFile(join(folder, 'fly.toml'), toml.replace(/^app = .*$/m, `app = 'prompts'`));
    const script = blocks[0] ?? '';
    const [create = '', ...rest] = script.trimEnd().split('\n');
    blocks.splice(0, 1, create, rest.join('\n'));
    words.CLUSTER = /ID: (\w+)/.exec(await next('fly mpg create'))?.[1] ?? '';
    await next('fly mpg users create');
    await next('fly secrets set --stage');
    await next('fly deploy');
    expect(account.machines()).toBe(2);
    const setUpCode = /The set-up code: *(\S+)/.exec(await next('fly logs'))?.[1] ?? '';
    prompt = await publishFirstPrompt(visitor('prompts.fly.dev'), { domain: 'prompts.fly.dev', setUpCode });
    expect(await deliver('prompts.fly.dev')).toMatchObject({ status: 200 });
  });

  test('moves it to a domain of its own', async () => {
    await next('fly certs add');
    await next('fly certs check');
    await next('fly secrets set APP_URL');
    expect(await ask('anvil.example.com', '/sign-in')).toMatchObject({ status: 200 });
    expect(await ask('prompts.fly.dev', '/sign-in')).toMatchObject({ status: 421 });
  });

  test('opens a console, and keeps copies in the cluster and elsewhere', async () => {
    expect(await next('fly ssh console --pty')).toContain('one');
    words.BACKUP = /ID: (\S+)/.exec(await next('fly mpg backup create'))?.[1] ?? '';
    await next('anvil-server export');
    await must('gzip', ['--test', join(folder, 'anvil.archive.gz')]);
  });

  test('brings back what was lost since the backup', async () => {
    await server.psql('delete from sessions', `${words.CLUSTER}_anvil`);
    words.RESTORED = /cluster (\w+)/.exec(await next('fly mpg restore'))?.[1] ?? '';
    await next('fly secrets set');
    expect(await server.psql('select count(*) from sessions', `${words.RESTORED}_anvil`)).toBe('1');
    expect(await ask('anvil.example.com', '/health')).toMatchObject({ body: { status: 'ok' } });
    expect(await deliver('anvil.example.com')).toMatchObject({ status: 200 });
  });

  test('updates, and goes back to the release before', async () => {
    await next('fly deploy --build-arg');
    const block = blocks[0] ?? '';
    const [releases = '', ...rest] = block.trimEnd().split('\n');
    blocks.splice(0, 1, releases, rest.join('\n'));
    words.IMAGE = (await next('fly releases --image')).split('\n')[1] ?? '';
    expect(words.IMAGE).toBe('registry.fly.io/prompts:deployment-1');
    await next('fly deploy --image');
    expect(await deliver('anvil.example.com')).toMatchObject({ status: 200 });
  });

  test('removes all of it, and no command of the page is left', async () => {
    await next('fly apps destroy');
    expect(account.machines()).toBe(0);
    expect(
      await server.psql(`select count(*) from pg_database where datname = '${words.CLUSTER}_anvil'`),
    ).toBe('0');
    expect(blocks).toEqual([]);
  });
});
