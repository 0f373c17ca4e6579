import { access, constants, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { ROOT, sh } from './support/shell.ts';

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

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  permissions?: unknown;
  'timeout-minutes'?: number;
  needs?: string | string[];
  steps: Step[];
  strategy?: { matrix: Record<string, unknown[]> };
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  concurrency: { group: string; 'cancel-in-progress': boolean };
  jobs: Record<string, Job>;
}

const FOLDER = join(ROOT, '.github/workflows');
const VALIDATOR = join(ROOT, 'node_modules/.bin/action-validator');
const files = await readdir(FOLDER);
const texts = await Promise.all(files.map((file) => readFile(join(FOLDER, file), 'utf8')));
const workflows = Object.fromEntries(
  files.map((file, index) => [file, parse(texts[index] ?? '') as Workflow]),
);

test('there are two workflows, one that tests and one that deploys', () => {
  expect(files.sort()).toEqual(['ci.yml', 'deploy.yml']);
});

test('a workflow with a key that GitHub does not know is found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-workflows-'));
  const file = join(folder, 'wrong.yml');
  await writeFile(file, 'on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    step: []\n');
  expect((await sh(VALIDATOR, [file])).code).toBe(1);
  await rm(folder, { recursive: true });
});

describe.each(files.map((file, index) => [file, texts[index] ?? ''] as const))('%s', (file, text) => {
  const workflow = workflows[file] as Workflow;
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps);

  test("has the form of GitHub's own schema", async () => {
    expect(await sh(VALIDATOR, [join(FOLDER, file)])).toMatchObject({ code: 0 });
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

  test('may read the sources and nothing else, and keeps no credential in the clone', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const [name, job] of jobs) expect(job.permissions, name).toBeUndefined();
    const checkouts = steps.filter((step) => step.uses?.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with)).toEqual(
      checkouts.map(() => ({ 'persist-credentials': false })),
    );
    expect(workflow.on).not.toHaveProperty('pull_request_target');
  });

  test('ends, and does not run beside itself', () => {
    expect(workflow.concurrency.group).not.toBe('');
    for (const [name, job] of jobs) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(90);
  });

  test('runs nothing but scripts of this repository, each by one call', async () => {
    const lines = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [, script, path, more = ''] =
        /^(?:npm (?:run (?:-s )?)?(?=\S+)([a-z:]+)|([\w./-]+))(?: (?:-- )?"\$GITHUB_SHA")?(.*)$/s.exec(
          line,
        ) ?? [];
      expect({ line, more }).toEqual({ line, more: '' });
      if (script !== undefined) expect(Object.keys(packageJson.scripts), line).toContain(script);
      else await access(join(ROOT, path ?? 'nothing'), constants.X_OK);
    }
  });
});

test('.ci/run runs what the test jobs run', async () => {
  const text = await readFile(join(ROOT, '.ci/run'), 'utf8');
  const lines = Object.values(workflows['ci.yml']?.jobs ?? {}).flatMap((job) =>
    job.steps.map(({ run }) => run),
  );
  for (const line of new Set(lines.filter((run) => run !== undefined)))
    expect(text).toContain(line.replace(/^npm (run )?/, 'npm run --silent '));
});

test('each supported Node.js is tested', () => {
  expect(workflows['ci.yml']?.jobs.test?.strategy?.matrix.node).toEqual([20, 22, 24]);
});

test('production comes after the tests and the image, never twice at once, and is not cut off', () => {
  const { jobs, concurrency, on } = workflows['deploy.yml'] as Workflow;
  expect(Object.keys(on)).toEqual(['push']);
  expect(jobs.image?.needs).toBe('test');
  expect(jobs.production?.needs).toEqual(['test', 'image']);
  expect(jobs.production?.steps.at(-1)?.run).toBe('deploy/production.sh "$GITHUB_SHA"');
  expect(concurrency['cancel-in-progress']).toBe(false);
});
