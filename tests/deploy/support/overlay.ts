import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { fetchKubectl, kustomize, type Manifest } from './kubectl.ts';
import { must, ROOT } from './shell.ts';

/** The folder k8s of a clone, changed by commands. */
export interface Overlay {
  /** Builds a folder, such as `k8s/release`. */
  build: (path?: string) => Promise<Manifest[]>;
}

/**
 * Copies the folder k8s and runs commands beside it, as a person does in a clone.
 *
 * @param folder where the copy is made
 * @param commands in the order in which they are run
 * @param env variables of the commands
 */
export async function changeOverlay(
  { folder, kubectl }: { folder: string; kubectl: string },
  commands: readonly string[],
  env: Record<string, string> = {},
): Promise<Overlay> {
  const clone = await mkdtemp(join(folder, 'clone-'));
  await cp(join(ROOT, 'k8s'), join(clone, 'k8s'), { recursive: true });
  for (const command of commands) await must('bash', ['-euc', command], { cwd: clone, env });
  return { build: (path = 'k8s/overlays/production') => kustomize(kubectl, join(clone, path)) };
}

export const OVERLAYS = ['production', 'staging'];

export interface Overlays {
  /** For files of the tests. */
  folder: string;
  kubectl: string;
  /** The manifests of each overlay. */
  built: Record<string, Manifest[]>;
}

/** Fetches kubectl and builds the overlays before the tests of a file. */
export function useOverlays(): Overlays {
  const overlays: Overlays = { folder: '', kubectl: '', built: {} };
  beforeAll(async () => {
    overlays.folder = await mkdtemp(join(tmpdir(), 'anvil-kubernetes-'));
    overlays.kubectl = await fetchKubectl(overlays.folder);
    for (const name of OVERLAYS)
      overlays.built[name] = await kustomize(overlays.kubectl, `k8s/overlays/${name}`);
  });
  afterAll(() => rm(overlays.folder, { recursive: true, force: true }));
  return overlays;
}
