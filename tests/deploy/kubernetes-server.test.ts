import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#tests/support/free-port.ts';
import { anvilServer, startBundle, type RunningBundle } from './support/anvil-server.ts';
import { fetchKubectl, kustomize, type Manifest } from './support/kubectl.ts';
import type { ConfigMap, Deployment, Job } from './support/kubernetes-shapes.ts';
import { makeAnvilDatabase, type PostgresServer } from './support/postgres.ts';
import { has } from './support/shell.ts';
import { startTlsPostgres } from './support/tls-postgres.ts';

// The built server and its commands, with the environment that the manifests give their containers.

const SECRETS = {
  secret_key_base: '5c1f9b0e7a3d48261f9e0c7b5a3d2816'.repeat(2),
  session_signing_salt: '0a4c8e1b5d7f29360a4c8e1b5d7f2936',
  session_encryption_salt: '9b3e7c1a5f8d24609b3e7c1a5f8d2460',
};

const CAN_RUN = has('runuser', 'openssl', '/usr/lib/postgresql/15/bin/initdb');

describe.skipIf(!CAN_RUN)('with the environment of the production overlay', () => {
  let folder: string;
  let manifests: Manifest[];
  let postgres: PostgresServer;
  let databaseUrl: string;
  /** What the kubelet makes of the volume: hidden folders, and a link if the Secret has the key. */
  let volume: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-pods-'));
    manifests = await kustomize(await fetchKubectl(folder), 'k8s/overlays/production');
    postgres = await startTlsPostgres(folder);
    databaseUrl = await makeUrl('anvil_prod');
    volume = await mountVolume('volume', 'ca.pem');
  });
  afterAll(async () => {
    await postgres.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** As cloud databases are reached: TLS is demanded by default, here because the URL demands it off loopback. */
  const makeUrl = async (database: string) =>
    `${(await makeAnvilDatabase(postgres, database)).replace('127.0.0.1', 'localhost')}?sslmode=verify-full`;

  async function mountVolume(name: string, certificate?: string): Promise<string> {
    const mounted = join(folder, name);
    await mkdir(join(mounted, '..2026_11_30'), { recursive: true });
    await symlink('..2026_11_30', join(mounted, '..data'));
    if (certificate === undefined) return mounted;
    await copyFile(join(folder, certificate), join(mounted, '..data/database-ca.pem'));
    await symlink('..data/database-ca.pem', join(mounted, 'database-ca.pem'));
    return mounted;
  }

  /** The variables of a container. Ports are free ones, because the test shares its machine. */
  function environmentOf(kind: 'Deployment' | 'Job', given: { url?: string; ca?: string } = {}) {
    const owner = manifests.find((manifest) => manifest.kind === kind) as Deployment | Job;
    const [container] = owner.spec.template.spec.containers;
    const maps = (container?.envFrom ?? []).map(({ configMapRef }) =>
      manifests.find(({ metadata }) => metadata.name === configMapRef?.name),
    ) as (ConfigMap | undefined)[];
    const secret: Record<string, string> = { ...SECRETS, database_url: given.url ?? databaseUrl };
    const values = (container?.env ?? []).flatMap(({ name, value, valueFrom }) => {
      const text = value ?? secret[valueFrom?.secretKeyRef.key ?? ''];
      return text === undefined ? [] : [[name, text] as const];
    });
    const environment: Record<string, string> = {
      ...Object.assign({}, ...maps.map((map) => map?.data)),
      // From the image.
      NODE_ENV: 'production',
      ...Object.fromEntries(values),
    };
    expect(environment.DATABASE_CA).toBe('/etc/anvil/database-ca');
    return { ...environment, DATABASE_CA: given.ca ?? volume };
  }

  const startServer = async (given: { url?: string } = {}) => {
    const [PORT, METRICS_PORT] = [String(await freePort()), String(await freePort())];
    const env = { ...environmentOf('Deployment', given), PORT, METRICS_PORT, DRAIN_SECONDS: '0' };
    return { url: `http://127.0.0.1:${PORT}`, starting: startBundle(env) };
  };

  const statusOf = async (url: string) => {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status;
  };

  test('a database with its own authority is refused without the optional key, which the message names', async () => {
    const empty = await mountVolume('empty-volume');
    const { code, stderr } = await anvilServer(['migrate', '--wait'], environmentOf('Job', { ca: empty }));
    expect([code, stderr]).toEqual([1, expect.stringContaining('Set DATABASE_CA')]);
  });

  test('the migration waits for its database, and trusts the certificate of the optional key', async () => {
    await postgres.stop();
    const migrating = anvilServer(['migrate', '--wait'], environmentOf('Job'));
    // A server that starts at the same time says when it tried, as the migration did.
    const { url, starting } = await startServer();
    await expect.poll(() => statusOf(`${url}/live`)).toBe(200);
    expect(await statusOf(`${url}/ready`)).toBe(503);
    await postgres.start();
    const { code, stdout, stderr } = await migrating;
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^(.*Anvil waits.*\n)?$/) });
    expect(stdout).toMatch(/^(Migrated|Nothing to migrate)/);
    const bundle: RunningBundle = await starting;
    expect(bundle.log()).toContain('Anvil waits until it answers.');
    await expect.poll(() => statusOf(`${url}/health`)).toBe(200);
    await bundle.stop();
  });

  test('an export of a pod fills a new database to which pods are connected already', async () => {
    await anvilServer(['migrate'], environmentOf('Job'));
    const exported = join(folder, 'anvil.archive.gz');
    expect(await anvilServer(['export', exported], environmentOf('Job'))).toMatchObject({ code: 0 });
    const url = await makeUrl('anvil_restored');
    const { starting } = await startServer({ url });
    const bundle = await starting;
    const { code, stdout } = await anvilServer(['import', exported], environmentOf('Job', { url }));
    expect([code, stdout]).toEqual([0, expect.stringContaining('Imported')]);
    await bundle.stop();
  });
});
