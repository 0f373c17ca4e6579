import { parseConfig } from '#server/config.ts';
import { VARIABLE_NAMES, VARIABLES, type Variable } from '#server/config/variables.ts';
import { timestamp } from '#db/archive/file.ts';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { containersOf, objectsOf, secretsOf } from './support/kubernetes-objects.ts';
import type { ConfigMap, CronJob, Job } from './support/kubernetes-shapes.ts';
import { OVERLAYS, useOverlays } from './support/overlay.ts';
import { must } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

const overlays = useOverlays();

describe.each(OVERLAYS)('the pods of %s', (overlay) => {
  const all = () => overlays.built[overlay] ?? [];
  const { one, container, settings, backup, pods } = objectsOf(all);

  test('hold no secret, and take each one that Anvil knows from anvil-secrets', () => {
    expect(all().filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const secrets = VARIABLE_NAMES.filter((name) => (VARIABLES[name] as Variable).secret);
    expect(secretsOf(container()?.env)).toEqual(
      Object.fromEntries(secrets.map((name) => [name, name.toLowerCase()])),
    );
    for (const name of Object.keys(settings()))
      expect(VARIABLES[name as keyof typeof VARIABLES], name).not.toHaveProperty('secret');
  });

  test('take further variables from an optional secret, and images from a registry with an optional login', () => {
    for (const { owner, pod } of pods()) {
      for (const { env, envFrom = [] } of containersOf(pod).filter((one) => one.env)) {
        expect(envFrom, owner).toContainEqual({ secretRef: { name: 'anvil-environment', optional: true } });
        // What Anvil itself needs wins over it.
        expect(env?.map(({ name }) => name)).toContain('DATABASE_URL');
      }
    }
    expect(one('ServiceAccount')).toMatchObject({ imagePullSecrets: [{ name: 'anvil-registry' }] });
  });

  test('mount the optional certificate of the database in each pod that connects to it', () => {
    const connecting = pods().flatMap(({ owner, pod }) =>
      containersOf(pod)
        .filter(({ env }) => env?.some(({ name }) => name === 'DATABASE_URL'))
        .map((one) => ({ owner, pod, one })),
    );
    expect(connecting.map(({ owner }) => owner)).toEqual(['Deployment', 'Job', 'CronJob']);
    for (const { owner, pod, one } of connecting) {
      const path = one.env?.find(({ name }) => name === 'DATABASE_CA')?.value;
      const mount = one.volumeMounts?.find(({ mountPath }) => mountPath === path);
      expect(mount, owner).toMatchObject({ readOnly: true });
      expect(pod.spec.volumes?.find(({ name }) => name === mount?.name)?.secret, owner).toEqual({
        secretName: 'anvil-secrets',
        optional: true,
        items: [{ key: 'database_ca', path: 'database-ca.pem' }],
      });
    }
  });

  test('give the migration the secrets of the server, and no settings, which would change an immutable Job', () => {
    const [migration] = one<Job>('Job').spec.template.spec.containers;
    expect(migration?.args).toEqual(['anvil-server', 'migrate', '--wait']);
    expect(migration?.image).toBe(container()?.image);
    expect(secretsOf(migration?.env)).toEqual(secretsOf(container()?.env));
    expect(migration?.envFrom?.filter(({ configMapRef }) => configMapRef)).toEqual([]);
  });

  test('migrate in a Job that Argo CD runs before the pods, and that Flux replaces', () => {
    const job = one<Job>('Job');
    expect(job.metadata.annotations).toEqual({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      'argocd.argoproj.io/sync-wave': '-1',
      'kustomize.toolkit.fluxcd.io/force': 'enabled',
    });
    // What production.sh applies before the rollout is what Argo CD syncs before it.
    const first = all().filter(({ metadata }) => metadata.labels?.['anvil/step'] === 'before-roll-out');
    expect(first.map(({ kind }) => kind).sort()).toEqual(['Job', 'Namespace', 'ServiceAccount']);
    for (const { kind, metadata } of all()) {
      const wave = metadata.annotations?.['argocd.argoproj.io/sync-wave'];
      expect(wave, kind).toBe(first.some((manifest) => manifest.kind === kind) ? '-1' : undefined);
    }
    // A finished Job isn't kept for ever, and its log is kept for longer than a weekend.
    expect(job.spec.ttlSecondsAfterFinished).toBeGreaterThan(3 * 24 * 3600);
  });

  test('export the database each night to a volume, and only then let old exports go', async () => {
    const { initContainers = [], containers, volumes = [] } = backup().spec;
    const [exporting] = initContainers;
    expect(initContainers.map(({ args }) => args)).toEqual([['anvil-server', 'export']]);
    expect(exporting).toMatchObject({ env: container()?.env, envFrom: container()?.envFrom });
    const mounts = exporting?.volumeMounts ?? [];
    expect(mounts[0]?.mountPath).toBe(exporting?.workingDir);
    const claim = volumes.find(({ name }) => name === mounts[0]?.name)?.persistentVolumeClaim?.claimName;
    one('PersistentVolumeClaim', claim);
    expect(one<CronJob>('CronJob').spec.concurrencyPolicy).toBe('Forbid');

    // What the second container runs, on a folder of exports: 40 nights, and an export that was cut off.
    const [program = '', script = ''] = containers[0]?.args ?? [];
    const scripts = one<ConfigMap>(
      'ConfigMap',
      volumes.find(({ name }) => name === 'scripts')?.configMap?.name,
    );
    const place = await mkdtemp(join(overlays.folder, 'exports-'));
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
    const script = `kubectl() { ${overlays.kubectl} "$@" --dry-run=client --output=json; }\n${words.block('create secret generic anvil-secrets')}`;
    const DATABASE_URL = 'postgres://anvil:of-the-owner@db.internal:5432/anvil_prod';
    const secret = JSON.parse(await must('bash', ['-euc', script], { env: { DATABASE_URL } })) as {
      metadata: { name: string; namespace: string };
      data: Record<string, string>;
    };
    expect(secret.metadata).toMatchObject({ name: 'anvil-secrets', namespace: 'anvil' });
    const given = (key: string) =>
      secret.data[key] === undefined ? undefined : Buffer.from(secret.data[key], 'base64').toString();

    const required = (container()?.env ?? []).flatMap(({ valueFrom }) =>
      valueFrom && !valueFrom.secretKeyRef.optional ? [valueFrom.secretKeyRef.key] : [],
    );
    expect(required.filter((key) => given(key) === undefined)).toEqual([]);

    const environment = {
      ...settings(),
      // The folder that is empty without the optional key.
      DATABASE_CA: await mkdtemp(join(overlays.folder, 'database-ca-')),
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
