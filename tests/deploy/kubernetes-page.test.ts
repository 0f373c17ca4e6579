import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchKubectl, readManifests, type Manifest } from './support/kubectl.ts';
import { problemsOf } from './support/kubernetes-models.ts';
import type { Deployment, Job } from './support/kubernetes-shapes.ts';
import { changeOverlay } from './support/overlay.ts';
import { must, ROOT, sh } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

let folder: string;
let kubectl: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-kubernetes-page-'));
  kubectl = await fetchKubectl(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('docs/deploy/kubernetes.md and the runbook', () => {
  test('release one Job per image, and leave the number of pods to the autoscaler, however often it is applied', async () => {
    const words = await wordsOf('docs/deploy/kubernetes.md');
    const release = async (COMMIT: string, DOCKER_REGISTRY = 'registry.example.com:5000/team') => {
      const commands = [words.block('k8s/release/kustomization.yaml')];
      return (await changeOverlay({ folder, kubectl }, commands, { COMMIT, DOCKER_REGISTRY })).build(
        'k8s/release',
      );
    };
    const jobOf = (manifests: Manifest[]) => manifests.find(({ kind }) => kind === 'Job') as Job;
    const deploymentOf = (manifests: Manifest[]) =>
      manifests.find(({ kind }) => kind === 'Deployment') as Deployment;
    const commits = ['1234567', 'c0ffee0'].map((start) => start.padEnd(40, '0'));
    const [first = [], second = []] = await Promise.all(commits.map((commit) => release(commit)));

    for (const [index, manifests] of [first, second].entries()) {
      const image = `registry.example.com:5000/team/anvil:${commits[index]}`;
      expect(jobOf(manifests).metadata.name).toBe(`anvil-migrate-${commits[index]}`);
      expect(jobOf(manifests).spec.template.spec.containers[0]?.image).toBe(image);
      expect(deploymentOf(manifests).spec.template.spec.containers[0]?.image).toBe(image);
      expect(deploymentOf(manifests).spec).not.toHaveProperty('replicas');
      for (const manifest of manifests.filter(isBuiltIn))
        expect(await problemsOf(manifest), `${manifest.kind} ${manifest.metadata.name}`).toEqual([]);
    }
    expect(await release(commits[0] ?? '')).toEqual(first);

    // Settings of the overlay roll the pods, and don't change the Job.
    const changed = await changeOverlay({ folder, kubectl }, [
      'echo LOG_LEVEL=debug >>k8s/overlays/production/settings.env',
    ]);
    const unchanged = await changeOverlay({ folder, kubectl }, []);
    const [before, after] = [await unchanged.build('k8s/release'), await changed.build('k8s/release')];
    expect(jobOf(after)).toEqual(jobOf(before));
    expect(deploymentOf(after)).not.toEqual(deploymentOf(before));
  });

  test('describe an external secret that creates the Secret of the pods', async () => {
    const page = await readFile(join(ROOT, 'docs/deploy/kubernetes.md'), 'utf8');
    const [, text = ''] = /^```text\n(apiVersion: external-secrets.*?)^```$/ms.exec(page) ?? [];
    const [external] = readManifests(text);
    expect(external).toMatchObject({ kind: 'ExternalSecret', spec: { target: { name: 'anvil-secrets' } } });
  });

  test('have no command for a cluster that kubectl does not know', async () => {
    const pages = await Promise.all(['docs/deploy/kubernetes.md', 'docs/runbook.md'].map(wordsOf));
    const commands = pages.flatMap((page) => page.elsewhere).filter((line) => line.startsWith('kubectl '));
    expect(commands.length).toBeGreaterThan(8);
    const files = ['-keyout', 'privkey.pem', '-out', 'fullchain.pem', '-subj', '/CN=anvil'];
    await must('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files], { cwd: folder });
    await must('cp', ['fullchain.pem', 'database-ca.pem'], { cwd: folder });
    await must('cp', ['--recursive', join(ROOT, 'k8s'), 'k8s'], { cwd: folder });
    await writeFile(join(folder, 'anvil.archive.gz'), '');
    for (const command of commands) {
      // There is no server: what it would send it has understood.
      const script = `kubectl() { ${kubectl} --server=http://127.0.0.1:1 "$@"; }\n${command}`;
      const { stderr } = await sh('bash', ['-c', script], { cwd: folder, env: { KUBECONFIG: '/dev/null' } });
      expect(stderr, command).toMatch(/127\.0\.0\.1:1.*refused/s);
    }
  });
});

/** Objects of custom resources have no model. */
const isBuiltIn = ({ apiVersion }: Manifest) =>
  /^(v1|apps|batch|autoscaling|policy|networking\.k8s\.io)/.test(apiVersion);
