import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeJobRoot, type JobRoot } from './support/job-root.ts';
import { has, ROOT } from './support/shell.ts';
import { readWorkflow, type Job } from './support/workflows.ts';

// The job of ci.yml that runs the deployments, on an empty Debian with exactly the packages of its container, up to the
// tests themselves: what these need has to be there, or GitHub ends red although this machine doesn't.

const PATIENT = 1_200_000;
const TESTS = /^npm (test|run test)/;

/** Programs without which a test of tests/deploy is skipped. */
async function neededPrograms(): Promise<string[]> {
  const folder = join(ROOT, 'tests/deploy');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  const calls = texts.flatMap((text) =>
    [...text.matchAll(/\bhas\(([^()]*)\)/g)].map(([, needs = '']) => needs),
  );
  const programs = calls.flatMap((needs) => [...needs.matchAll(/'([\w-]+)'/g)].map(([, need = '']) => need));
  return [...new Set(programs)].filter((program) => program !== 'root').sort();
}

describe.skipIf(!has('root', 'mmdebstrap', 'unshare'))('the container of ci.yml’s deployments', () => {
  let folder: string;
  let root: JobRoot;
  let job: Job;

  beforeAll(async () => {
    const { jobs } = await readWorkflow('ci.yml');
    job = jobs.deployments ?? { steps: [] };
    folder = await mkdtemp(join(tmpdir(), 'anvil-ci-workflow-'));
    root = await makeJobRoot(folder);
  }, PATIENT);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is the Debian that the test makes', () => {
    expect(job.container).toMatchObject({ image: 'debian:bookworm' });
  });

  test(
    'gets by its steps all that the tests need',
    async () => {
      for (const step of job.steps) {
        if (step.uses?.startsWith('actions/checkout@')) await root.checkout();
        else if (step.uses?.startsWith('actions/setup-node@'))
          await root.setupNode(String(step.with?.['node-version']));
        else if (step.run && !TESTS.test(step.run))
          expect(await root.run(step.run), step.run).toMatchObject({ code: 0 });
      }
      // docs/deploy/kubernetes.md names an image by it.
      expect(await root.run('git rev-parse HEAD')).toMatchObject({
        stdout: expect.stringMatching(/^[0-9a-f]{40}\n$/),
        stderr: '',
      });
      const programs = await neededPrograms();
      expect(programs).toContain('docker-registry');
      const missing = await root.run(
        `for program in ${programs.join(' ')}; do command -v $program >&2 || echo $program; done`,
      );
      expect(missing.stdout).toBe('');
      expect(await root.run('node node_modules/vitest/vitest.mjs --version')).toMatchObject({ code: 0 });
    },
    PATIENT,
  );
});
