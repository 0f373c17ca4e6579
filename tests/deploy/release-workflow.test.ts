import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { must, ROOT, sh } from './support/shell.ts';
import { makeStandIn, type Ended, type StandIn } from './support/stand-in.ts';
import { readWorkflow } from './support/workflows.ts';

const { version } = packageJson;
const TAG = `v${version}`;
const IMAGE = `registry.example.com/team/anvil:${version}`;

/** A release at GitHub, as `gh release` shows it. */
interface Hosted {
  isDraft: boolean;
  notes: string;
  /** The folder of its files. */
  assets: string;
}

let folder: string;
let standIns: StandIn[];
let hosted: Hosted | undefined;
let images: Set<string>;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-release-'));
  hosted = undefined;
  images = new Set();
  standIns = [
    await makeStandIn('gh', join(folder, 'gh'), ghRelease),
    await makeStandIn('docker', join(folder, 'docker'), imagetools),
  ];
  env = { PATH: [...standIns.map((one) => one.folder), process.env.PATH].join(':') };
});
afterEach(async () => {
  for (const standIn of standIns) await standIn.close();
  await rm(folder, { recursive: true, force: true });
});

/** `gh release VERB TAG …` */
async function ghRelease([, verb, , ...more]: readonly string[]): Promise<Ended> {
  const valueOf = (option: string) => more[more.indexOf(option) + 1] ?? '';
  if (verb === 'create') {
    if (hosted) return { code: 1, stderr: 'a release with the same tag name already exists\n' };
    const notes = await readFile(valueOf('--notes-file'), 'utf8');
    hosted = { isDraft: more.includes('--draft'), notes, assets: join(folder, 'assets') };
    await mkdir(hosted.assets);
    return { code: 0 };
  }
  if (!hosted) return { code: 1, stderr: 'release not found\n' };
  if (verb === 'view') return { code: 0, stdout: `${hosted.isDraft}\n` };
  if (verb === 'edit') {
    if (more.includes('--notes-file')) hosted.notes = await readFile(valueOf('--notes-file'), 'utf8');
    if (more.includes('--draft=false')) hosted.isDraft = false;
    return { code: 0 };
  }
  if (verb === 'download') return sh('cp', ['-r', `${hosted.assets}/.`, valueOf('--dir')]);
  for (const file of more.filter((one) => !one.startsWith('--')))
    await copyFile(resolve(ROOT, file), join(hosted.assets, basename(file)));
  return { code: 0 };
}

/** `docker buildx imagetools create --tag IMAGE SOURCE…` */
async function imagetools(args: readonly string[]): Promise<Ended> {
  const [, , , , image = '', ...sources] = args;
  const missing = sources.find((source) => !images.has(source));
  if (missing) return Promise.resolve({ code: 1, stderr: `ERROR: ${missing}: not found\n` });
  images.add(image);
  return Promise.resolve({ code: 0 });
}

/** A draft, as `.ci/release-draft` creates it. */
async function createDraft(): Promise<void> {
  hosted = { isDraft: true, notes: '', assets: join(folder, 'assets') };
  await mkdir(hosted.assets);
}

test('a tag has to be the version of package.json', async () => {
  const output = join(folder, 'output');
  const check = (tag: string) => sh('.ci/release-version', [tag], { env: { GITHUB_OUTPUT: output } });
  expect((await check(TAG)).code).toBe(0);
  expect(await readFile(output, 'utf8')).toBe(`version=${version}\n`);
  const { code, stderr } = await check('v9.9.9');
  expect([code, stderr]).toEqual([1, expect.stringContaining(`Tag the commit as ${TAG}.`)]);
});

test('without a section of CHANGELOG.md there is no draft, and a published release is not changed', async () => {
  // The sources have no section for their version until it is released.
  const clone = join(folder, 'clone');
  await mkdir(clone);
  const paths = ['scripts', '.ci', 'package.json', 'CHANGELOG.md'].map((path) => join(ROOT, path));
  await must('cp', ['-r', ...paths, clone]);
  const draft = () => sh('.ci/release-draft', [TAG], { cwd: clone, env });
  expect((await draft()).stderr).toContain('CHANGELOG.md has no section');
  expect(hosted).toBeUndefined();

  await writeFile(join(clone, 'CHANGELOG.md'), `# Changelog\n\n## ${version} (2026-12-01)\n\n- one\n`);
  expect((await draft()).code).toBe(0);
  expect(hosted).toMatchObject({ isDraft: true, notes: '- one\n' });
  expect((await draft()).code).toBe(0);

  if (hosted) hosted.isDraft = false;
  const { code, stderr } = await draft();
  expect([code, stderr]).toEqual([1, expect.stringContaining('is published already')]);
});

test('the files of a release are a server that shows its version, and the client', async () => {
  await createDraft();
  const uploaded = await sh('.ci/release-files', [TAG], { env });
  expect(uploaded).toMatchObject({ code: 0 });
  const assets = hosted?.assets ?? '';
  const archive = `anvil-${version}-linux-${process.arch}.tar.gz`;
  expect(await readdir(assets)).toEqual(expect.arrayContaining([archive, `anvil-client-${version}.tgz`]));
  await must('tar', ['-xzf', join(assets, archive), '-C', folder, '--strip-components=1']);
  const shown = await must(process.execPath, [join(folder, 'build/server.mjs'), '--version']);
  expect(shown).toMatch(new RegExp(`^anvil-server ${version} \\(commit [0-9a-f]{40}`));
});

test('a release is published with checksums when the images of both architectures are there', async () => {
  await createDraft();
  const assets = hosted?.assets ?? '';
  for (const name of ['one.tar.gz', 'two.tgz']) await writeFile(join(assets, name), name);
  const publish = () =>
    sh('.ci/release-publish', [TAG], { env: { ...env, DOCKER_REGISTRY: 'registry.example.com/team' } });

  images.add(`${IMAGE}-amd64`);
  expect((await publish()).stderr).toContain(`${IMAGE}-arm64: not found`);
  expect(hosted?.isDraft).toBe(true);

  images.add(`${IMAGE}-arm64`);
  expect(await publish()).toMatchObject({ code: 0 });
  expect([hosted?.isDraft, images.has(IMAGE)]).toEqual([false, true]);
  await must('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: assets });
  expect((await readFile(join(assets, 'SHA256SUMS'), 'utf8')).match(/ /g)).toHaveLength(4);
});

test('each architecture has an image with SBOM and provenance, and nothing is published before all is there', async () => {
  const { jobs } = await readWorkflow('release.yml');
  const build = jobs.image?.steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
  expect(build?.with).toMatchObject({
    ...{ push: true, sbom: true, provenance: 'mode=max' },
    platforms: 'linux/${{ matrix.architecture }}',
  });
  expect(jobs.image?.strategy?.matrix.include).toEqual([
    { architecture: 'amd64', runner: 'ubuntu-24.04' },
    { architecture: 'arm64', runner: 'ubuntu-24.04-arm' },
  ]);
  expect([jobs.files?.needs, jobs.image?.needs, jobs.publish?.needs]).toEqual([
    ...['draft', 'draft'],
    ['files', 'image'],
  ]);
});
