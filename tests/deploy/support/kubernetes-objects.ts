import type { Manifest } from './kubectl.ts';
import type { ConfigMap, CronJob, Deployment, EnvVar, Job, Pod } from './kubernetes-shapes.ts';

/** What the tests ask of the objects that kustomize built. */
export interface Objects {
  /** The only object of a kind, or the one of that name. @throws when there are none or several */
  one: <T extends Manifest>(kind: string, name?: string) => T;
  deployment: () => Deployment;
  /** The container of the server. */
  container: () => Container | undefined;
  /** Its ConfigMap. */
  settings: () => Record<string, string>;
  /** The pod of the backup. */
  backup: () => Pod;
  /** Every pod that an object starts, by the kind of that object. */
  pods: () => { owner: string; pod: Pod }[];
}

type Container = Pod['spec']['containers'][number];

/** @param all asked for each time, because tests build the objects in a hook */
export function objectsOf(all: () => readonly Manifest[]): Objects {
  const one = <T extends Manifest>(kind: string, name?: string): T => {
    const found = all().filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
    if (found.length !== 1) throw new Error(`There are ${found.length} objects of ${kind} ${name ?? ''}`);
    return found[0] as T;
  };
  const deployment = () => one<Deployment>('Deployment');
  const container = () => deployment().spec.template.spec.containers[0];
  const backup = () => one<CronJob>('CronJob').spec.jobTemplate.spec.template;
  return {
    ...{ one, deployment, container, backup },
    settings: () => {
      const source = container()?.envFrom?.find(({ configMapRef }) => configMapRef);
      return one<ConfigMap>('ConfigMap', source?.configMapRef?.name).data;
    },
    pods: () => [
      { owner: 'Deployment', pod: deployment().spec.template },
      { owner: 'Job', pod: one<Job>('Job').spec.template },
      { owner: 'CronJob', pod: backup() },
    ],
  };
}

export function containersOf({ spec }: Pod): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** @returns the keys of anvil-secrets, by the variables that have them. @throws for a key of another Secret */
export function secretsOf(env: readonly EnvVar[] = []): Record<string, string> {
  return Object.fromEntries(
    env.flatMap(({ name, valueFrom }) => {
      if (!valueFrom) return [];
      const { name: secret, key } = valueFrom.secretKeyRef;
      if (secret !== 'anvil-secrets') throw new Error(`${name} comes from the Secret ${secret}`);
      return [[name, key]];
    }),
  );
}
