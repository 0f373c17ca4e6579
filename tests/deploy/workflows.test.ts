import { access, constants, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { ROOT, sh } from './support/shell.ts';
import { readWorkflow, readWorkflowTexts, WORKFLOWS, type Workflow } from './support/workflows.ts';

/** Every action that may run with this repository's secrets, at the commit that was looked at. No others. */
const ACTIONS: Record<string, string> = {
  'actions/checkout': '3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
  'actions/setup-node': '820762786026740c76f36085b0efc47a31fe5020 # v7.0.0',
  'actions/upload-artifact': 'bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0',
  'docker/setup-buildx-action': '37fe631027851001ddb9b187196cc803df7f5f0e # v4.3.0',
  'docker/login-action': '4907a6ddec9925e35a0a9e82d7399ccc52663121 # v4.1.0',
  'docker/build-push-action': '53b7df96c91f9c12dcc8a07bcb9ccacbed38856a # v7.3.0',
  'superfly/flyctl-actions': 'ed8efb33836e8b2096c7fd3ba1c8afe303ebbff1 # 1.6',
};

/** Jobs that may do more than read the sources. */
const PERMISSIONS: Record<string, Record<string, string>> = {
  'deploy.yml tested': { contents: 'read', actions: 'read' },
  'deploy.yml production': { contents: 'read', 'id-token': 'write' },
  'release.yml draft': { contents: 'write', actions: 'read' },
  'release.yml files': { contents: 'write' },
  'release.yml publish': { contents: 'write' },
};

/** What runs before the checkout, when no script of this repository is there. */
const BEFORE_CHECKOUT =
  'apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates git';

const VALIDATOR = join(ROOT, 'node_modules/.bin/action-validator');
const texts = await readWorkflowTexts();

test('a workflow with a key that GitHub does not know is found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-workflows-'));
  const file = join(folder, 'wrong.yml');
  await writeFile(file, 'on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    step: []\n');
  expect((await sh(VALIDATOR, [file])).code).toBe(1);
  await rm(folder, { recursive: true });
});

describe.each([...texts])('%s', (file, text) => {
  const workflow = parse(text) as Workflow;
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  test("has the form of GitHub's own schema", async () => {
    expect(await sh(VALIDATOR, [join(WORKFLOWS, file)])).toMatchObject({ code: 0 });
  });

  test('uses no action but those of the list, each by its commit', () => {
    const used = Array.from(text.matchAll(/\buses: *(.*)$/gm), (match) => match[1] ?? '');
    expect(used).toHaveLength(steps.filter((step) => step.uses !== undefined).length);
    for (const line of used) {
      const [name = '', commit] = line.split('@');
      const repository = name.split('/').slice(0, 2).join('/');
      expect(`${repository}@${commit}`).toBe(`${repository}@${ACTIONS[repository]}`);
    }
  });

  test('has the least permissions, and keeps no credential in the clone', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [name, job] of jobs) expect(job.permissions, name).toEqual(PERMISSIONS[`${file} ${name}`]);
    const checkouts = steps.filter((step) => step.uses?.startsWith('actions/checkout@'));
    for (const checkout of checkouts) expect(checkout.with).toMatchObject({ 'persist-credentials': false });
    expect(workflow.on).not.toHaveProperty('pull_request_target');
  });

  test('ends, and does not run beside itself', () => {
    expect(workflow.concurrency.group).not.toBe('');
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(90);
  });

  test("keeps npm's packages between runs", () => {
    const setups = steps.filter((step) => step.uses?.startsWith('actions/setup-node@'));
    expect(setups.map((step) => step.with?.cache)).toEqual(setups.map(() => 'npm'));
  });

  test('installs git before the checkout of each container, and nothing else without a script', () => {
    for (const [name, job] of jobs) {
      const before = job.steps.slice(
        0,
        job.steps.findIndex((step) => step.uses?.startsWith('actions/checkout@')),
      );
      expect(before, name).toEqual(job.container === undefined ? [] : [{ run: BEFORE_CHECKOUT }]);
    }
  });

  test('runs nothing but scripts of this repository, each by one call', async () => {
    const lines = steps.flatMap(({ run }) => (run === undefined || run === BEFORE_CHECKOUT ? [] : [run]));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, script, path, more = ''] =
        /^(?:npm (?:run (?:-s )?)?(?=\S+)([a-z:]+)|([\w./-]+))(?: (?:-- )?"\$[A-Z_]+")?(.*)$/s.exec(line) ??
        [];
      expect({ line, more }).toEqual({ line, more: '' });
      if (script !== undefined) expect(Object.keys(packageJson.scripts), line).toContain(script);
      else await access(join(ROOT, path ?? 'nothing'), constants.X_OK);
    }
  });
});

test('.ci/run runs what the test jobs run', async () => {
  const text = await readFile(join(ROOT, '.ci/run'), 'utf8');
  const { jobs } = await readWorkflow('ci.yml');
  const lines = Object.values(jobs).flatMap((job) => job.steps.map(({ run }) => run));
  for (const line of new Set(lines.filter((run) => run !== undefined && run !== BEFORE_CHECKOUT)))
    expect(text).toContain(line?.replace(/^npm (run )?/, 'npm run --silent '));
});

test('each supported Node.js is tested', async () => {
  const { jobs } = await readWorkflow('ci.yml');
  expect(jobs.test?.strategy?.matrix.node).toEqual([20, 22, 24]);
});

test('each push runs the tests once: only CI runs them, and Deploy asks for the result', async () => {
  const workflows = await Promise.all([...texts.keys()].map(readWorkflow));
  const runsTests = (workflow: Workflow) =>
    Object.values(workflow.jobs).some((job) =>
      job.steps.some(({ run }) => /^npm (test|run test)/.test(run ?? '')),
    );
  expect(workflows.filter(runsTests).map(({ name }) => name)).toEqual(['CI']);
});

describe('dependabot.yml', async () => {
  const { version, updates } = parse(await readFile(join(ROOT, '.github/dependabot.yml'), 'utf8')) as {
    version: number;
    updates: { 'package-ecosystem': string; directory: string; schedule: { interval: string } }[];
  };

  test('updates npm, the actions and the base images each week', async () => {
    expect(version).toBe(2);
    expect(updates.map((update) => update['package-ecosystem']).sort()).toEqual([
      'docker',
      'docker-compose',
      'github-actions',
      'npm',
    ]);
    for (const { directory, schedule } of updates) {
      expect(schedule).toEqual({ interval: 'weekly' });
      expect((await stat(join(ROOT, directory))).isDirectory()).toBe(true);
    }
  });

  test('finds each base image of the Dockerfile in a FROM line, and no stage has another one', async () => {
    const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const froms = [...dockerfile.matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)].map(([, image = '', stage]) => ({
      image,
      stage,
    }));
    const defaults = new Map(
      [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name, stage]) => [`\${${name}}`, stage]),
    );
    const images = froms.filter(({ image }) => /[:/]/.test(image));
    expect(images.map(({ stage }) => stage)).toEqual([...defaults.values()]);
    const stages = froms.map(({ stage }) => stage);
    for (const { image } of froms)
      if (!images.some((base) => base.image === image))
        expect(stages).toContain(defaults.get(image) ?? image);
    // Nobody has looked at a digest, so none may be there.
    expect(dockerfile).not.toContain('@sha256:');
  });
});
