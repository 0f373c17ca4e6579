import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readManifests, type Manifest } from './kubectl.ts';
import type { ConfigMap, Deployment, Job } from './kubernetes-shapes.ts';
import type { Release, Running } from './served-release.ts';
import { readArguments, secondsOf, type Command, type Ended } from './stand-in.ts';

/** A cluster as far as production.sh can see: objects, one job, and one deployment with its revisions and pods. */
export interface Cluster {
  kubectl: Command;
  /** By kind and name: `Deployment/anvil-app`. */
  objects: Map<string, Manifest>;
  /** Of each revision that there was, the image; the last is the current one. */
  history: { revision: number; image: string }[];
  /** Ports of the pods that are ready. */
  ports(): number[];
  /** The settings that the current pods were started with. */
  settings(): Record<string, string>;
  /** Whether `rollout undo` is refused, as by an API server that is gone. */
  refuseUndo: boolean;
  stop(): Promise<void>;
}

const PATHS = {
  revision: String.raw`jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}`,
  image: 'jsonpath={.spec.template.spec.containers[?(@.name=="anvil")].image}',
  replicas: 'jsonpath={.spec.replicas}',
  conditions: 'jsonpath={.status.conditions[?(@.status=="True")].type}',
};
const FLAGS = ['ignore-not-found'];
/** As `kubectl get` names objects → as {@link Cluster.objects} does: `job/NAME` → `Job/NAME`. */
const keyOf = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/**
 * @param releaseOf what the release of an image does, given the settings of its pod
 */
export function makeCluster(
  releaseOf: (image: string, settings: Record<string, string>) => Release,
): Cluster {
  const objects = new Map<string, Manifest>();
  const history: Cluster['history'] = [];
  const templates = new Map<number, string>();
  let jobState: 'none' | 'running' | 'Complete' | 'Failed' = 'none';
  let pods: Running[] = [];
  let current: Record<string, string> = {};
  let ready = Promise.resolve(true);

  const deployment = () => objects.get('Deployment/anvil-app') as Deployment | undefined;
  const imageOf = (object: Deployment | Job) => object.spec.template.spec.containers[0]?.image ?? '';
  const settingsOf = (object: Deployment | Job): Record<string, string> => {
    const sources = object.spec.template.spec.containers[0]?.envFrom ?? [];
    const name = sources.find(({ configMapRef }) => configMapRef)?.configMapRef?.name;
    return (objects.get(`ConfigMap/${name}`) as ConfigMap | undefined)?.data ?? {};
  };

  const startJob = (job: Job) => {
    jobState = 'running';
    void releaseOf(imageOf(job), settingsOf(job))
      .migrate()
      .then((went) => (jobState = went ? 'Complete' : 'Failed'));
  };

  /** A new template is a new revision, or an old one that becomes the newest. Old pods stay until new ones are ready. */
  const rollOut = () => {
    const object = deployment();
    if (!object) return;
    const template = JSON.stringify(object.spec.template);
    const newest = history.at(-1)?.revision ?? 0;
    if (templates.get(newest) === template) return;
    const image = imageOf(object);
    history.push({ revision: newest + 1, image });
    templates.set(newest + 1, template);
    const settings = settingsOf(object);
    const { start } = releaseOf(image, settings);
    ready = (async () => {
      if (!start) return false;
      const started = await start();
      await Promise.all(pods.map((pod) => pod.stop()));
      pods = [started];
      current = settings;
      return true;
    })();
  };

  const apply = async ({ filename = '', selector }: Record<string, string>): Promise<Ended> => {
    const [label = '', value] = selector?.split('=') ?? [];
    const lines: string[] = [];
    for (const manifest of readManifests(await readFile(filename, 'utf8'))) {
      if (selector !== undefined && manifest.metadata.labels?.[label] !== value) continue;
      const key = `${manifest.kind}/${manifest.metadata.name}`;
      const before = objects.get(key);
      const isSame = JSON.stringify(before) === JSON.stringify(manifest);
      if (manifest.kind === 'Job' && before && !isSame)
        return {
          code: 1,
          stderr: `The Job "${manifest.metadata.name}" is invalid: spec.template: field is immutable`,
        };
      objects.set(key, manifest);
      if (manifest.kind === 'Job' && !before) startJob(manifest as Job);
      lines.push(`${key.toLowerCase()} ${before ? (isSame ? 'unchanged' : 'configured') : 'created'}`);
    }
    if (selector === undefined) rollOut();
    return { code: 0, stdout: `${lines.join('\n')}\n` };
  };

  const get = (name: string, options: Record<string, string>): Ended => {
    const object = objects.get(keyOf(name));
    if (!object) {
      if (options['ignore-not-found']) return { code: 0 };
      return { code: 1, stderr: `Error from server (NotFound): "${name}" not found` };
    }
    switch (options.output) {
      case PATHS.conditions:
        return { code: 0, stdout: ['Complete', 'Failed'].includes(jobState) ? jobState : '' };
      case PATHS.revision:
        return { code: 0, stdout: String(history.at(-1)?.revision ?? '') };
      case PATHS.image:
        return { code: 0, stdout: imageOf(object as Deployment) };
      case PATHS.replicas:
        return { code: 0, stdout: String((object as Deployment).spec.replicas) };
      default:
        throw new Error(`This cluster can't get ${options.output}`);
    }
  };

  const status = async (timeout: string | undefined, gone: AbortSignal): Promise<Ended> => {
    const limit = sleep(secondsOf(timeout) * 1_000, false, { signal: gone, ref: false }).catch(() => false);
    if (await Promise.race([ready.then((isReady) => isReady || limit), limit]))
      return { code: 0, stdout: 'deployment "anvil-app" successfully rolled out\n' };
    return { code: 1, stderr: 'error: timed out waiting for the condition\n' };
  };

  const undo = (revision: number): Ended => {
    const object = deployment();
    const template = templates.get(revision);
    if (cluster.refuseUndo || !object || !template)
      return { code: 1, stderr: `error: unable to find specified revision ${revision} in history\n` };
    if (history.at(-1)?.revision === revision)
      return {
        code: 0,
        stdout: `skipped rollback (current template already matches revision ${revision})\n`,
      };
    object.spec.template = JSON.parse(template) as Deployment['spec']['template'];
    rollOut();
    return { code: 0, stdout: 'deployment.apps/anvil-app rolled back\n' };
  };

  const scale = async (replicas: number): Promise<Ended> => {
    const object = deployment();
    if (!object) return { code: 1, stderr: 'Error from server (NotFound)' };
    object.spec.replicas = replicas;
    if (replicas === 0) await Promise.all(pods.splice(0).map((pod) => pod.stop()));
    return { code: 0, stdout: 'deployment.apps/anvil-app scaled\n' };
  };

  const cluster: Cluster = {
    objects,
    history,
    refuseUndo: false,
    ports: () => pods.map(({ port }) => port),
    settings: () => current,
    kubectl: async (args, gone) => {
      const { words, options } = readArguments(args, FLAGS);
      const name = words.at(-1) ?? '';
      switch (words.slice(0, -1).join(' ') || name) {
        case 'apply':
          return apply(options);
        case 'get':
          return get(name, options);
        case 'delete':
          if (objects.delete(keyOf(name))) jobState = 'none';
          return { code: 0 };
        case 'logs':
          return { code: 0, stdout: `what ${name} said, which ended with ${jobState}\n` };
        case 'rollout status':
          return status(options.timeout, gone);
        case 'rollout undo':
          return undo(Number(options['to-revision']));
        case 'scale':
          return scale(Number(options.replicas));
      }
      throw new Error(`This cluster doesn't know: kubectl ${args.join(' ')}`);
    },
    stop: async () => {
      await Promise.all(pods.map((pod) => pod.stop()));
    },
  };
  return cluster;
}
