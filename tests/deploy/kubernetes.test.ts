import { parseConfig } from '#server/config.ts';
import { VARIABLE_NAMES, VARIABLES, type Variable } from '#server/config/variables.ts';
import { timestamp } from '#db/archive/file.ts';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchKubectl, kustomize, type Manifest } from './support/kubectl.ts';
import { problemsOf } from './support/kubernetes-models.ts';
import type {
  Autoscaler,
  ConfigMap,
  CronJob,
  Deployment,
  EnvVar,
  Ingress,
  Job,
  NetworkPolicy,
  Pod,
  Service,
} from './support/kubernetes-shapes.ts';
import { must, ROOT, sh } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

const OVERLAYS = { production: 'anvil', staging: 'anvil-staging' };
/** Below PostgreSQL's max_connections of 100, three are kept for superusers. */
const CONNECTIONS = 97;
const CONNECTIONS_BESIDE_POOL = 8;
/** What closing may take after the drain (server/http/shutdown.ts). */
const CLOSING_SECONDS = 10;

let folder: string;
let kubectl: string;
const built: Record<string, Manifest[]> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-kubernetes-'));
  kubectl = await fetchKubectl(folder);
  for (const name of Object.keys(OVERLAYS)) built[name] = await kustomize(kubectl, `k8s/overlays/${name}`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(OVERLAYS))('the manifests of %s', (overlay, namespace) => {
  const all = () => built[overlay] ?? [];
  /** The only object of a kind, or the one of that name. */
  const one = <T extends Manifest>(kind: string, name?: string): T => {
    const found = all().filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
    expect(found, `${kind} ${name ?? ''}`).toHaveLength(1);
    return found[0] as T;
  };
  const deployment = () => one<Deployment>('Deployment');
  const container = () => deployment().spec.template.spec.containers[0];
  const settings = () => {
    const [source] = (container()?.envFrom ?? []) as { configMapRef: { name: string } }[];
    return one<ConfigMap>('ConfigMap', source?.configMapRef.name).data;
  };
  const backup = () => one<CronJob>('CronJob').spec.jobTemplate.spec.template;
  /** Every pod that something here starts. */
  const pods = (): { owner: string; pod: Pod }[] => [
    { owner: 'Deployment', pod: deployment().spec.template },
    { owner: 'Job', pod: one<Job>('Job').spec.template },
    { owner: 'CronJob', pod: backup() },
  ];

  const containersOf = ({ spec }: Pod) => [...(spec.initContainers ?? []), ...spec.containers];

  test('have only fields that Kubernetes 1.34 knows, of the right types, and all that it wants', async () => {
    for (const manifest of all()) {
      expect(await problemsOf(manifest), `${manifest.kind} ${manifest.metadata.name}`).toEqual([]);
    }
  });

  test('bear the names of the runbook', () => {
    expect(one('Namespace').metadata.name).toBe(namespace);
    for (const { kind, metadata } of all().filter((manifest) => manifest.kind !== 'Namespace'))
      expect(metadata.namespace, kind).toBe(namespace);
    expect(deployment().metadata.name).toBe('anvil-app');
    expect(deployment().spec.selector.matchLabels).toEqual({ app: 'anvil' });
    expect(container()?.name).toBe('anvil');
  });

  test('start pods without rights, without a token, and on a file system that nobody writes to', () => {
    for (const { owner, pod } of pods()) {
      expect(pod.spec, owner).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        serviceAccountName: one('ServiceAccount').metadata.name,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext } of containersOf(pod)) {
        expect(securityContext, owner).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
      expect(Object.keys(pod.spec)).not.toContain('hostNetwork');
    }
    expect(one('ServiceAccount')).toMatchObject({ automountServiceAccountToken: false });
    expect(one('Namespace').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
  });

  test('ask for memory and processor time, bound the memory, and leave the processor unbound', () => {
    expect(container()?.resources).toEqual({
      requests: { memory: '256Mi', cpu: '100m' },
      limits: { memory: '512Mi' },
    });
    for (const { pod } of pods()) {
      for (const { resources } of containersOf(pod)) {
        expect(Object.keys(resources?.requests ?? {}).sort()).toEqual(['cpu', 'memory']);
        expect(Object.keys(resources?.limits ?? {})).toEqual(['memory']);
      }
    }
  });

  test('ask the process alone whether it lives, and /ready whether traffic may come', () => {
    expect(container()).toMatchObject({
      livenessProbe: {
        httpGet: { path: '/live', port: 4000 },
        initialDelaySeconds: 30,
        periodSeconds: 10,
      },
      readinessProbe: {
        httpGet: { path: '/ready', port: 4000 },
        initialDelaySeconds: 5,
        periodSeconds: 5,
      },
      startupProbe: { httpGet: { path: '/live', port: 4000 } },
    });
  });

  test('end a pod no sooner than it has drained and closed, and an old one not before a new one is ready', () => {
    expect(deployment().spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(settings().DRAIN_SECONDS) + CLOSING_SECONDS,
    );
    expect(deployment().spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(one('PodDisruptionBudget')).toMatchObject({
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'anvil' } } },
    });
  });

  test('spread the pods over machines and zones', () => {
    const spread = deployment().spec.template.spec.topologySpreadConstraints ?? [];
    expect(spread.map(({ topologyKey }) => topologyKey).sort()).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
  });

  test('never scale to more connections than PostgreSQL gives', () => {
    const { minReplicas, maxReplicas, scaleTargetRef } = one<Autoscaler>('HorizontalPodAutoscaler').spec;
    expect(scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'anvil-app' });
    expect(minReplicas).toBe(deployment().spec.replicas);
    const pods = maxReplicas + deployment().spec.strategy.rollingUpdate.maxSurge;
    expect(pods * (Number(settings().POOL_SIZE) + CONNECTIONS_BESIDE_POOL)).toBeLessThan(CONNECTIONS);
  });

  test('lead the host of APP_URL by the Service to the pods of the Deployment, and to no others', () => {
    const { rules, tls } = one<Ingress>('Ingress').spec;
    const { host } = new URL(settings().APP_URL ?? '');
    expect(rules.map((rule) => rule.host)).toEqual([host]);
    expect(tls.flatMap(({ hosts }) => hosts)).toEqual([host]);
    const service = one<Service>('Service');
    expect(rules[0]?.http.paths).toEqual([
      {
        path: '/',
        pathType: 'Prefix',
        backend: { service: { name: service.metadata.name, port: { name: service.spec.ports[0]?.name } } },
      },
    ]);
    const target = container()?.ports?.find(({ name }) => name === service.spec.ports[0]?.targetPort);
    expect(target?.containerPort).toBe(Number(settings().PORT));
    for (const { owner, pod } of pods()) {
      const isSelected = Object.entries(service.spec.selector).every(
        ([name, value]) => pod.metadata.labels?.[name] === value,
      );
      expect(isSelected, owner).toBe(owner === 'Deployment');
    }
  });

  test('let nobody reach the pods but the ingress controller, and Prometheus at the port of the metrics', () => {
    const { spec } = one<NetworkPolicy>('NetworkPolicy', 'anvil-app');
    expect(spec.podSelector).toEqual({ matchLabels: { app: 'anvil' } });
    expect(spec.ingress?.map(({ ports }) => ports?.map(({ port }) => port))).toEqual([
      [Number(settings().PORT)],
      [Number(settings().METRICS_PORT)],
    ]);
    expect(spec.ingress?.every(({ from }) => from?.length === 1)).toBe(true);
    const rest = one<NetworkPolicy>('NetworkPolicy', 'anvil').spec;
    expect(rest).toMatchObject({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(rest).not.toHaveProperty('ingress');
  });

  test('hold no secret, and take each one that Anvil knows from anvil-secrets', () => {
    expect(all().filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const secrets = VARIABLE_NAMES.filter((name) => (VARIABLES[name] as Variable).secret);
    expect(secretsOf(container()?.env)).toEqual(
      Object.fromEntries(secrets.map((name) => [name, name.toLowerCase()])),
    );
    for (const name of Object.keys(settings()))
      expect(VARIABLES[name as keyof typeof VARIABLES], name).not.toHaveProperty('secret');
  });

  test('give the migration what they give the server', () => {
    const [migration] = one<Job>('Job').spec.template.spec.containers;
    expect(migration?.args).toEqual(['anvil-server', 'migrate']);
    expect(migration?.image).toBe(container()?.image);
    expect(migration?.env).toEqual(container()?.env);
    expect(migration?.envFrom).toEqual(container()?.envFrom);
  });

  test('export the database each night to a volume, and only then let old exports go', async () => {
    const { initContainers = [], containers, volumes = [] } = backup().spec;
    const [exporting] = initContainers;
    expect(initContainers.map(({ args }) => args)).toEqual([['anvil-server', 'export']]);
    expect(exporting).toMatchObject({ env: container()?.env, envFrom: container()?.envFrom });
    const mounts = exporting?.volumeMounts ?? [];
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual([exporting?.workingDir]);
    const claim = volumes.find(({ name }) => name === mounts[0]?.name)?.persistentVolumeClaim?.claimName;
    one('PersistentVolumeClaim', claim);
    expect(one<CronJob>('CronJob').spec.concurrencyPolicy).toBe('Forbid');

    // What the second container runs, on a folder of exports: 40 nights, and an export that was cut off.
    const [program = '', script = ''] = containers[0]?.args ?? [];
    const scripts = one<ConfigMap>(
      'ConfigMap',
      volumes.find(({ name }) => name === 'scripts')?.configMap?.name,
    );
    const place = await mkdtemp(join(folder, 'exports-'));
    const file = join(place, basename(script));
    await writeFile(file, scripts.data[basename(script)] ?? '');
    const exported = (nightsAgo: number) =>
      `anvil-${timestamp(new Date(Date.now() - nightsAgo * 24 * 60 * 60 * 1000))}.archive.gz`;
    const nights = Array.from({ length: 40 }, (_, index) => exported(index));
    for (const name of [...nights, `${exported(3)}.partial`]) await writeFile(join(place, name), '');
    await must(program, [file, place]);
    const kept = (await readdir(place)).filter((name) => name !== basename(script)).sort();
    // The thirtieth depends on the hour.
    expect(kept).toEqual(expect.arrayContaining(nights.slice(0, 29)));
    expect(kept.filter((name) => !nights.slice(0, 32).includes(name))).toEqual([]);

    for (const name of kept.slice(6)) await rm(join(place, name));
    const old = [exported(50), exported(60)];
    for (const name of old) await writeFile(join(place, name), '');
    await must(program, [file, place]);
    expect(await readdir(place)).toEqual(expect.arrayContaining([old[0]]));
    expect(await readdir(place)).not.toContain(old[1]);
  });

  test('give the server, with the secrets that the documentation makes, a configuration it starts with', async () => {
    const words = await wordsOf('docs/deploy/kubernetes.md');
    const script = `kubectl() { ${kubectl} "$@" --dry-run=client --output=json; }\n${words.block('create secret generic anvil-secrets')}`;
    const DATABASE_URL = 'postgres://anvil:of-the-owner@db.internal:5432/anvil_prod';
    const secret = JSON.parse(await must('bash', ['-euc', script], { env: { DATABASE_URL } })) as {
      metadata: { name: string; namespace: string };
      data: Record<string, string>;
    };
    expect(secret.metadata).toMatchObject({ name: 'anvil-secrets', namespace: 'anvil' });
    const given = (key: string) =>
      secret.data[key] === undefined ? undefined : Buffer.from(secret.data[key], 'base64').toString();

    const required = (container()?.env ?? []).filter(({ valueFrom }) => !valueFrom.secretKeyRef.optional);
    const missing = required.filter(({ valueFrom }) => given(valueFrom.secretKeyRef.key) === undefined);
    expect(missing).toEqual([]);

    const environment = {
      ...settings(),
      ...Object.fromEntries(
        Object.entries(secretsOf(container()?.env)).map(([name, key]) => [name, given(key)]),
      ),
    };
    const config = parseConfig(environment);
    expect(config).toMatchObject({ mode: 'production', baseUrl: settings().APP_URL, host: '::' });
    expect(config.database).toMatchObject({ kind: 'url' });
    const known = new Set<string>(VARIABLE_NAMES);
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  });
});

test('the component pod-monitor finds the metrics of the pods of its overlay, and names their job', async () => {
  const clone = await mkdtemp(join(folder, 'monitored-'));
  await cp(join(ROOT, 'k8s'), join(clone, 'k8s'), { recursive: true });
  const page = await readFile(join(ROOT, 'docs/deploy/monitoring.md'), 'utf8');
  const [, addition = ''] = /^```text\n(components:\n.*?)^```$/ms.exec(page) ?? [];
  for (const [overlay, namespace] of Object.entries(OVERLAYS)) {
    await appendFile(join(clone, 'k8s/overlays', overlay, 'kustomization.yaml'), addition);
    const all = await kustomize(kubectl, join(clone, 'k8s/overlays', overlay));
    const monitor = all.find(({ kind }) => kind === 'PodMonitor');
    const { spec } = all.find(({ kind }) => kind === 'Deployment') as Deployment;
    const [container] = spec.template.spec.containers;
    expect(container?.ports?.map(({ name }) => name)).toContain('metrics');
    // Strictly: an API server ignores unknown fields of it with a warning only.
    expect(monitor).toEqual({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: 'anvil-app', namespace, labels: { app: 'anvil' } },
      spec: {
        selector: spec.selector,
        podMetricsEndpoints: [
          {
            ...{ port: 'metrics', path: '/metrics', interval: '15s' },
            relabelings: [{ targetLabel: 'job', replacement: 'anvil' }],
          },
        ],
      },
    });
  }
});

describe('docs/deploy/kubernetes.md and the runbook', () => {
  test('put a name of your own wherever the production overlay has one', async () => {
    const words = await wordsOf('docs/deploy/kubernetes.md');
    const clone = await mkdtemp(join(folder, 'clone-'));
    await cp(join(ROOT, 'k8s'), join(clone, 'k8s'), { recursive: true });
    await must('bash', ['-euc', words.block('sed -i')], { cwd: clone });
    const made = await must(kubectl, ['kustomize', join(clone, 'k8s/overlays/production')]);
    expect(made.match(/\bprompts\.example\.org$/gm)).toHaveLength(3);
    expect(made).not.toContain('anvil.example.com');
  });

  test('have no command for a cluster that kubectl does not know', async () => {
    const pages = await Promise.all(['docs/deploy/kubernetes.md', 'docs/runbook.md'].map(wordsOf));
    const commands = pages.flatMap((page) => page.elsewhere).filter((line) => line.startsWith('kubectl '));
    expect(commands.length).toBeGreaterThan(8);
    const files = ['-keyout', 'privkey.pem', '-out', 'fullchain.pem', '-subj', '/CN=anvil'];
    await must('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files], { cwd: folder });
    for (const command of commands) {
      // There is no server: what it would send it has understood.
      const script = `kubectl() { ${kubectl} --server=http://127.0.0.1:1 "$@"; }\n${command}`;
      const { stderr } = await sh('bash', ['-c', script], { cwd: folder, env: { KUBECONFIG: '/dev/null' } });
      expect(stderr, command).toMatch(/127\.0\.0\.1:1.*refused/s);
    }
  });
});

const secretsOf = (env: EnvVar[] = []) =>
  Object.fromEntries(
    env.map(({ name, valueFrom: { secretKeyRef } }) => {
      expect(secretKeyRef.name).toBe('anvil-secrets');
      return [name, secretKeyRef.key];
    }),
  );
