import { beforeAll, describe, expect, test } from 'vitest';
import {
  evaluate,
  interpolate,
  orEmpty,
  readWorkflow,
  type Contexts,
  type Workflow,
} from './support/workflows.ts';

// .github/workflows/deploy.yml as GitHub reads it: which jobs and steps run for an event.

const TESTED = 'a'.repeat(40);
const NEWER = 'b'.repeat(40);

let workflow: Workflow;
beforeAll(async () => {
  workflow = await readWorkflow('deploy.yml');
});

const EVENTS = {
  push: {
    event_name: 'workflow_run',
    event: { workflow_run: { event: 'push', conclusion: 'success', head_sha: TESTED } },
  },
  failed: {
    event_name: 'workflow_run',
    event: { workflow_run: { event: 'push', conclusion: 'failure', head_sha: TESTED } },
  },
  'pull request': {
    event_name: 'workflow_run',
    event: { workflow_run: { event: 'pull_request', conclusion: 'success', head_sha: TESTED } },
  },
  'by hand': { event_name: 'workflow_dispatch', event: { workflow_run: { head_sha: '' } } },
};

function contextsOf(event: keyof typeof EVENTS, vars: Record<string, string>, inputs = {}): Contexts {
  const contexts: Contexts = {
    github: { ...EVENTS[event], sha: NEWER, token: 'token-of-the-job' },
    vars: orEmpty(vars),
    inputs: orEmpty(inputs),
    secrets: orEmpty({}),
    steps: { image: { outputs: orEmpty({}) } },
  };
  const env = Object.entries(workflow.env ?? {}).map(([name, text]) => [name, interpolate(text, contexts)]);
  return { ...contexts, env: Object.fromEntries(env) as Record<string, string> };
}

/** Names of the steps of the job `production` that run: the action or the script. */
const stepsFor = (contexts: Contexts) =>
  (workflow.jobs.production?.steps ?? [])
    .filter((step) => step.if === undefined || evaluate(step.if, contexts))
    .map((step) => step.run ?? step.uses?.replace(/@.*/, ''));

const isDeployed = (contexts: Contexts) => evaluate(workflow.jobs.tested?.if ?? 'true', contexts);

describe('deploy.yml', () => {
  test('deploys nothing in a fork, which has no DEPLOY_TARGET', () => {
    expect(isDeployed(contextsOf('push', {}))).toBe(false);
    expect(isDeployed(contextsOf('by hand', {}))).toBe(false);
  });

  test('deploys a push that CI has tested, and neither a failed one nor a pull request', () => {
    const vars = { DEPLOY_TARGET: 'fly' };
    expect(isDeployed(contextsOf('push', vars))).toBe(true);
    expect(isDeployed(contextsOf('failed', vars))).toBe(false);
    expect(isDeployed(contextsOf('pull request', vars))).toBe(false);
  });

  test('deploys the commit of the push, the one that is named by hand, or the newest one', () => {
    const vars = { DEPLOY_TARGET: 'fly' };
    expect(contextsOf('push', vars).env?.COMMIT).toBe(TESTED);
    expect(contextsOf('by hand', vars, { commit: TESTED }).env?.COMMIT).toBe(TESTED);
    expect(contextsOf('by hand', vars).env?.COMMIT).toBe(NEWER);
    const checkout = workflow.jobs.production?.steps.find((step) =>
      step.uses?.startsWith('actions/checkout@'),
    );
    expect(checkout?.with?.ref).toBe('${{ env.COMMIT }}');
  });

  test('runs after CI on main, by its name', async () => {
    expect(workflow.on.workflow_run).toEqual({
      workflows: [(await readWorkflow('ci.yml')).name],
      types: ['completed'],
      branches: ['main'],
    });
  });

  test('asks for one approval, after the commit was found to be tested', () => {
    const withEnvironment = Object.entries(workflow.jobs).filter(([, job]) => job.environment !== undefined);
    expect(withEnvironment.map(([name]) => name)).toEqual(['production']);
    expect(workflow.jobs.production?.needs).toBe('tested');
    expect(workflow.concurrency['cancel-in-progress']).toBe(false);
  });

  test.each([
    [
      'kubernetes',
      [
        'actions/checkout',
        'docker/setup-buildx-action',
        '.ci/sign-in',
        '.ci/find-image "$COMMIT"',
        'docker/build-push-action',
      ],
    ],
    [
      'fly',
      [
        'actions/checkout',
        'superfly/flyctl-actions/setup-flyctl',
        'docker/setup-buildx-action',
        '.ci/sign-in',
        '.ci/find-image "$COMMIT"',
        'docker/build-push-action',
      ],
    ],
    [
      'server',
      [
        'actions/checkout',
        '.ci/sign-in',
        'actions/setup-node',
        '.ci/prepare',
        'npm run -s release -- "$COMMIT"',
      ],
    ],
  ])('runs for %s only the steps that it needs', (target, steps) => {
    expect(stepsFor(contextsOf('push', { DEPLOY_TARGET: target }))).toEqual([
      ...steps,
      'deploy/production.sh "$COMMIT"',
    ]);
  });

  test.each([
    ['fly', 'false'],
    ['kubernetes', 'true'],
  ])('pushes an image for %s with provenance: %s', (target, provenance) => {
    const build = workflow.jobs.production?.steps.find((step) =>
      step.uses?.startsWith('docker/build-push-action@'),
    );
    const contexts = contextsOf('push', { DEPLOY_TARGET: target });
    expect(interpolate(String(build?.with?.provenance), contexts)).toBe(provenance);
  });

  test('builds no image that the registry has', () => {
    const contexts = contextsOf('by hand', { DEPLOY_TARGET: 'fly' });
    contexts.steps = { image: { outputs: { found: 'true' } } };
    expect(stepsFor(contexts)).not.toContain('docker/build-push-action');
  });
});
