import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { makeCluster, type Cluster } from './support/cluster.ts';
import { makeFlyPlatform, type FlyPlatform } from './support/fly-platform.ts';
import { fetchKubectl } from './support/kubectl.ts';
import { startFront, startSmallAnvil, type Release, type Running } from './support/served-release.ts';
import { has, must, ROOT, sh, type ShellResult } from './support/shell.ts';
import { makeStandIn, type Ended, type StandIn } from './support/stand-in.ts';

const REGISTRY = 'registry.example.com:5000/team';
const { version } = packageJson;

const COMMIT = '1'.repeat(40);
const NEXT_COMMIT = '2'.repeat(40);

/** A tag says what its release does. */
const RELEASES: Record<string, Partial<Release>> = {
  first: {},
  second: {},
  'bad-migration': { migrate: async () => false },
  'endless-migration': { migrate: () => new Promise(() => undefined) },
  'never-ready': { start: undefined },
  'broken-page': { start: () => startSmallAnvil(version, '/sign-in') },
  'other-version': { start: () => startSmallAnvil('0.0.1') },
  [COMMIT]: { start: () => startSmallAnvil(version, undefined, COMMIT) },
  // The image of another commit under this name.
  [NEXT_COMMIT]: { start: () => startSmallAnvil(version, undefined, COMMIT) },
};

const releaseOf = (image: string): Release => {
  const release = RELEASES[image.slice(image.lastIndexOf(':') + 1)];
  if (!release) throw new Error(`There is no image ${image}`);
  return { migrate: async () => true, start: () => startSmallAnvil(version), ...release };
};

let folder: string;
let kubectl: string;
/** What the production overlay makes, without an image. */
let manifests: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-production-'));
  kubectl = await fetchKubectl(folder);
  manifests = await must(kubectl, ['kustomize', 'k8s/overlays/production']);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Place {
  standIn: StandIn;
  /** Where people reach it. */
  front: Running;
}

/** The stand-in goes before all other programs, and limits are short. */
const settings = (target: string, { standIn, front }: Place): Record<string, string> => ({
  PATH: `${standIn.folder}:${process.env.PATH ?? ''}`,
  DEPLOY_TARGET: target,
  DOCKER_REGISTRY: REGISTRY,
  APP_URL: `http://127.0.0.1:${front.port}`,
  DEPLOY_SECONDS: '30',
  SMOKE_SECONDS: '2',
  no_proxy: '127.0.0.1',
});

const produce = (target: string, release: string, place: Place, more = {}): Promise<ShellResult> =>
  sh('deploy/production.sh', [release], { env: { ...settings(target, place), ...more } });

describe('production.sh on Kubernetes', () => {
  let cluster: Cluster;
  let standIn: StandIn;
  let front: Running;

  const deploy = (release: string, more: Record<string, string> = {}) =>
    produce('kubernetes', release, { standIn, front }, more);
  const image = (release: string) => `${REGISTRY}/anvil:${release}`;
  const deployed = () => cluster.objects.get('Deployment/anvil-app');

  /** As an earlier deployment has left it. */
  const firstRuns = async () => {
    const file = join(folder, 'first.yaml');
    await writeFile(file, manifests.replaceAll('image: anvil/app', `image: ${image('first')}`));
    await cluster.kubectl(['apply', '--filename', file], new AbortController().signal);
    await expect.poll(() => cluster.ports().length, { timeout: 60_000 }).toBe(1);
  };

  beforeEach(async () => {
    cluster = makeCluster(releaseOf);
    standIn = await makeStandIn('kubectl', join(folder, 'kubernetes'), async (args, gone): Promise<Ended> => {
      // What needs no cluster is done by kubectl itself.
      if (args[0] === 'kustomize') return sh(kubectl, args);
      return cluster.kubectl(args, gone);
    });
    front = await startFront(() => cluster.ports());
  });

  afterEach(async () => {
    await front.stop();
    await standIn.close();
    await cluster.stop();
  });

  test('makes what is missing, migrates before the first pod, and tries Anvil out', async () => {
    const { code, stdout, stderr } = await deploy('first');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^— .*$/gm)).toEqual([
      '— Look at what runs (kubernetes)',
      '— Migrate to first',
      '— Roll out first',
      `— Try it out at http://127.0.0.1:${front.port}`,
      '— first serves',
    ]);
    expect([...cluster.objects.keys()]).toEqual(
      expect.arrayContaining([
        'Namespace/anvil',
        'Job/anvil-migrate-first',
        'Ingress/anvil',
        'Deployment/anvil-app',
      ]),
    );
    expect(deployed()).toMatchObject({ spec: { replicas: 3 } });
    expect(cluster.history).toEqual([{ revision: 1, image: image('first') }]);
    const order = standIn.calls.map(([verb]) => verb);
    expect(order.indexOf('logs')).toBeLessThan(order.lastIndexOf('apply'));
  });

  test('puts a release in place of another, and keeps the pods that the autoscaler has added', async () => {
    await firstRuns();
    (deployed() as unknown as { spec: { replicas: number } }).spec.replicas = 4;
    const { code } = await deploy('second');
    expect(code).toBe(0);
    expect(cluster.history.at(-1)?.image).toBe(image('second'));
    expect(deployed()).toMatchObject({ spec: { replicas: 4 } });
  });

  test('changes nothing when the migration fails', async () => {
    await firstRuns();
    const before = structuredClone(deployed());
    const { code, stdout, stderr } = await deploy('bad-migration');
    expect(code).toBe(1);
    expect(stderr).toContain('Nothing was changed');
    expect(stdout).toContain('what job/anvil-migrate-bad-migration said');
    expect(deployed()).toEqual(before);
    expect(cluster.history).toHaveLength(1);
    expect((await deploy('second')).code).toBe(0);
  });

  test('stops a migration that does not end, and changes nothing', async () => {
    await firstRuns();
    const { code, stderr } = await deploy('endless-migration', { DEPLOY_SECONDS: '2' });
    expect(code).toBe(1);
    expect(stderr).toContain('It has not ended within 2 seconds');
    expect(cluster.objects.has('Job/anvil-migrate-endless-migration')).toBe(false);
    expect(cluster.history).toHaveLength(1);
  });

  test.each([
    ['never gets ready', 'never-ready', 'never-ready did not get ready.'],
    ['serves no page', 'broken-page', 'not so: a page is served'],
    ['says another version', 'other-version', `not so: release ${version}`],
  ])('goes back when the release %s', async (_what, release, words) => {
    await firstRuns();
    const { code, stdout, stderr } = await deploy(release, { DEPLOY_SECONDS: '3' });
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stdout).toContain('What ran before runs again.');
    expect(cluster.history.map((entry) => entry.image)).toEqual(['first', release, 'first'].map(image));
    const page = await fetch(`http://127.0.0.1:${front.port}/sign-in`);
    expect(page.status).toBe(200);
  });

  test('goes back when /health shows another commit, although the version is the same', async () => {
    expect((await deploy(COMMIT)).code).toBe(0);
    const { code, stderr } = await deploy(NEXT_COMMIT, { DEPLOY_SECONDS: '3' });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`not so: release ${NEXT_COMMIT}`)]);
    expect(cluster.history.map((entry) => entry.image)).toEqual([COMMIT, NEXT_COMMIT, COMMIT].map(image));
    // A shortened commit is enough.
    const address = `http://127.0.0.1:${front.port}`;
    const smoke = (release: string) =>
      sh('deploy/smoke.sh', [address, release], { env: { SMOKE_SECONDS: '0', no_proxy: '127.0.0.1' } });
    expect((await smoke(COMMIT.slice(0, 7))).code).toBe(0);
    expect((await smoke(version)).code).toBe(0);
    expect((await smoke(`${COMMIT}-modified`)).code).toBe(1);
  });

  test('leaves no pod of a first release that does not work', async () => {
    const { code, stdout } = await deploy('broken-page');
    expect(code).toBe(1);
    expect(stdout).toContain('There was nothing before');
    expect(cluster.ports()).toEqual([]);
    expect(deployed()).toMatchObject({ spec: { replicas: 0 } });
    expect((await deploy('second')).code).toBe(0);
    expect(deployed()).toMatchObject({ spec: { replicas: 3 } });
  });

  test('goes back when it is ended in the middle', async () => {
    await firstRuns();
    const deployment = spawn(join(ROOT, 'deploy/production.sh'), ['never-ready'], {
      env: { ...process.env, ...settings('kubernetes', { standIn, front }), DEPLOY_SECONDS: '600' },
      stdio: 'ignore',
    });
    const ended = once(deployment, 'exit');
    const isWaiting = () => standIn.calls.some((args) => args[1] === 'status');
    await expect.poll(isWaiting, { timeout: 60_000 }).toBe(true);
    deployment.kill('SIGTERM');
    expect(await ended).toEqual([1, null]);
    expect(cluster.history.map((entry) => entry.image)).toEqual(['first', 'never-ready', 'first'].map(image));
  });

  test('says with 3 that somebody has to look when the way back fails too', async () => {
    await firstRuns();
    cluster.refuseUndo = true;
    const { code, stderr } = await deploy('broken-page');
    expect(code).toBe(3);
    expect(stderr).toContain('The way back failed too');
  });

  test('calls kubectl with nothing that the real one does not know', async () => {
    await deploy('first');
    await deploy('broken-page');
    await deploy('endless-migration', { DEPLOY_SECONDS: '1' });
    const kinds = new Map(
      standIn.calls.map((args) => [args.filter((arg) => !arg.startsWith('/')).join(' '), args]),
    );
    kinds.forEach((args, key) => args[0] === 'kustomize' && kinds.delete(key));
    expect(kinds.size).toBeGreaterThan(8);
    for (const args of kinds.values()) {
      // The files are gone by now; any will do, since there is no server to send it to.
      const real = args.map((arg) => (arg.endsWith('/all.yaml') ? 'k8s/base/service.yaml' : arg));
      const { stderr } = await sh(kubectl, ['--server=http://127.0.0.1:1', ...real], {
        env: { KUBECONFIG: '/dev/null' },
      });
      expect(stderr, args.join(' ')).toMatch(/127\.0\.0\.1:1.*refused/s);
    }
  });
});

describe.skipIf(!has('jq'))('production.sh on Fly.io', () => {
  let fly: FlyPlatform;
  let standIn: StandIn;
  let front: Running;

  const deploy = (release: string, more: Record<string, string> = {}) =>
    produce('fly', release, { standIn, front }, { FLY_APP: 'prompts', DOCKER_REGISTRY: '', ...more });
  const image = (release: string) => `registry.fly.io/prompts:${release}`;
  const both = (release: string) => [image(release), image(release)];
  const deployments = () => standIn.calls.filter(([verb]) => verb === 'deploy');

  beforeEach(async () => {
    fly = makeFlyPlatform(releaseOf);
    standIn = await makeStandIn('flyctl', join(folder, 'fly'), fly.flyctl);
    front = await startFront(() => fly.ports());
  });

  afterEach(async () => {
    await front.stop();
    await standIn.close();
    await fly.stop();
  });

  test("deploys a first release and the one after it from Fly's own registry, under the name of the app", async () => {
    expect((await deploy('first')).code).toBe(0);
    const { code, stderr } = await deploy('second');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(fly.images()).toEqual(both('second'));
  });

  test('replaces no machine when the migration fails', async () => {
    await deploy('first');
    const { code, stderr } = await deploy('bad-migration');
    expect(code).toBe(1);
    expect(stderr).toContain('No machine was replaced');
    expect(fly.images()).toEqual(both('first'));
    expect(deployments()).toHaveLength(2);
  });

  test.each(['never-ready', 'broken-page', 'other-version'])('goes back from %s', async (release) => {
    await deploy('first');
    const { code, stdout } = await deploy(release, { DEPLOY_SECONDS: '3' });
    expect(code).toBe(1);
    expect(stdout).toContain('What ran before runs again.');
    expect(fly.images()).toEqual(both('first'));
    expect(deployments()).toHaveLength(3);
  });

  test('has no way back when the release that runs is deployed again and does not work', async () => {
    await deploy('broken-page');
    const { code, stdout, stderr } = await deploy('broken-page');
    expect(code).toBe(3);
    expect(stdout + stderr).toContain('There is no other release to go back to.');
  });
});

describe('production.sh', () => {
  const refused = (args: string[], env: Record<string, string>) => sh('deploy/production.sh', args, { env });
  const right = {
    DEPLOY_TARGET: 'kubernetes',
    APP_URL: 'https://anvil.example.com',
    DOCKER_REGISTRY: REGISTRY,
  };

  test.each([
    ['no commit', [], right, 'by its commit'],
    ['a commit that is no name', ['a/b'], right, 'by its commit'],
    ['another target', ['abc'], { ...right, DEPLOY_TARGET: 'swarm' }, 'DEPLOY_TARGET wants'],
    ['no address', ['abc'], { ...right, APP_URL: '' }, 'APP_URL wants'],
    ['no registry', ['abc'], { ...right, DOCKER_REGISTRY: '' }, "DOCKER_REGISTRY isn't set."],
    ['no app at Fly', ['abc'], { ...right, DEPLOY_TARGET: 'fly', FLY_APP: '' }, "FLY_APP isn't set."],
    [
      'a release that can’t name a Job',
      ['V1_0'],
      { ...right, DEPLOY_TARGET: 'kubernetes' },
      'A release on Kubernetes has',
    ],
    [
      'no archive',
      ['abc'],
      { ...right, DEPLOY_TARGET: 'server' },
      'There is no archive dist/anvil-abc.tar.gz',
    ],
  ])('refuses %s with 2 and says what it wants', async (_what, args, env, words) => {
    const { code, stderr } = await refused(args, env);
    expect({ code, says: stderr.includes(words) }).toEqual({ code: 2, says: true });
  });
});
