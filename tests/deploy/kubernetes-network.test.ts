import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchKubectl, type Manifest } from './support/kubectl.ts';
import { problemsOf } from './support/kubernetes-models.ts';
import type { CronJob, Deployment, Job, NetworkPolicy } from './support/kubernetes-shapes.ts';
import { isAllowed, type Connection, type Endpoint } from './support/network-policies.ts';
import { changeOverlay } from './support/overlay.ts';
import { wordsOf } from './support/words.ts';

let place: { folder: string; kubectl: string };
let addPolicies: string;
let addNetwork: string;
let addPort: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-policies-'));
  place = { folder, kubectl: await fetchKubectl(folder) };
  const words = await wordsOf('docs/deploy/kubernetes.md');
  addPolicies = words.block('# - ../../components/network-policy');
  addNetwork = words.block('$NETWORK');
  addPort = words.block('$DATABASE_PORT');
});

afterAll(() => rm(place.folder, { recursive: true, force: true }));

const policiesOf = (manifests: Manifest[]) =>
  manifests.filter(({ kind }) => kind === 'NetworkPolicy') as NetworkPolicy[];

test('the overlays restrict no connection by default', async () => {
  const { build } = await changeOverlay(place, []);
  for (const overlay of ['production', 'staging'])
    expect(policiesOf(await build(`k8s/overlays/${overlay}`)), overlay).toEqual([]);
});

describe('the component network-policy, added by the command of the page,', () => {
  let manifests: Manifest[];
  /** The pods of the manifests, by the kind that starts them. */
  let pods: Record<'Deployment' | 'Job' | 'CronJob', Endpoint>;

  beforeAll(async () => {
    manifests = await (await changeOverlay(place, [addPolicies])).build();
    const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind);
    const pod = (address: string, labels: Record<string, string> = {}): Endpoint => ({ address, labels });
    pods = {
      Deployment: pod('10.42.0.5', (one('Deployment') as Deployment).spec.template.metadata.labels),
      Job: pod('10.42.0.6', (one('Job') as Job).spec.template.metadata.labels),
      CronJob: pod('10.42.0.7', (one('CronJob') as CronJob).spec.jobTemplate.spec.template.metadata.labels),
    };
  });

  const podOf = (namespaceLabels: Record<string, string>, address = '10.42.1.9'): Endpoint => ({
    address,
    labels: { app: 'another' },
    namespaceLabels,
  });
  /** A pod of the same namespace that isn't Anvil's. */
  const neighbour = (labels: Record<string, string>): Endpoint => ({ address: '10.42.0.30', labels });
  const at = (address: string): Endpoint => ({ address });

  test('has only fields that Kubernetes knows', async () => {
    const policies = policiesOf(manifests);
    expect(policies.length).toBeGreaterThan(0);
    for (const policy of policies) expect(await problemsOf(policy), policy.metadata.name).toEqual([]);
  });

  const DESTINATIONS: [string, Endpoint, Connection['protocol'], number, boolean][] = [
    ['DNS by pods of kube-system', podOf({ 'kubernetes.io/metadata.name': 'kube-system' }), 'UDP', 53, true],
    ['NodeLocal DNSCache, which is no pod', at('169.254.20.10'), 'UDP', 53, true],
    ['NodeLocal DNSCache by TCP', at('169.254.20.10'), 'TCP', 53, true],
    ['NodeLocal DNSCache of Kubespray', at('169.254.25.10'), 'UDP', 53, true],
    ['Cloud DNS of Google', at('169.254.169.254'), 'UDP', 53, true],
    ['the address of the Service kube-dns', at('10.43.0.10'), 'UDP', 53, true],
    ['DNS of OpenShift', podOf({ 'kubernetes.io/metadata.name': 'openshift-dns' }), 'UDP', 5353, true],
    ['PostgreSQL outside of the cluster', at('203.0.113.7'), 'TCP', 5432, true],
    ['PostgreSQL in the same namespace', neighbour({ app: 'postgres' }), 'TCP', 5432, true],
    ['PgBouncer', podOf({}), 'TCP', 6432, true],
    ['the pooler of Supabase', at('203.0.113.7'), 'TCP', 6543, true],
    ['PostgreSQL of DigitalOcean', at('203.0.113.7'), 'TCP', 25060, true],
    ['its pooler', at('203.0.113.7'), 'TCP', 25061, true],
    ['a mail server that accepts submission', at('203.0.113.8'), 'TCP', 587, true],
    ['a mail server on port 25', at('203.0.113.8'), 'TCP', 25, true],
    ['a mail server on port 2525', at('203.0.113.8'), 'TCP', 2525, true],
    ['HTTPS', at('203.0.113.9'), 'TCP', 443, true],
    ['an OpenTelemetry collector', podOf({}), 'TCP', 4318, true],
    ['the credentials that a cloud serves to its machines', at('169.254.169.254'), 'TCP', 80, false],
    ['a port that nothing of Anvil needs', at('203.0.113.9'), 'TCP', 6379, false],
  ];

  test.each(DESTINATIONS)('to %s', (_what, to, protocol, port, passes) => {
    for (const [owner, from] of Object.entries(pods))
      expect(isAllowed(policiesOf(manifests), { from, to, protocol, port }), owner).toBe(passes);
  });

  const SOURCES: [string, Endpoint, number, boolean][] = [
    ['a labelled ingress controller', podOf({ 'anvil/ingress': 'true' }), 4000, true],
    ['a load balancer of Google', at('35.191.10.20'), 4000, true],
    ['a health check of Google', at('130.211.3.4'), 4000, true],
    ['a labelled Prometheus', podOf({ 'anvil/metrics': 'true' }), 9464, true],
    ['another namespace', podOf({ 'kubernetes.io/metadata.name': 'shop' }), 4000, false],
    ['a pod of the same namespace', neighbour({ app: 'postgres' }), 4000, false],
    ['an address outside of the cluster', at('10.0.3.7'), 4000, false],
    ['the ingress controller to the metrics', podOf({ 'anvil/ingress': 'true' }), 9464, false],
    ['Google to the metrics', at('35.191.10.20'), 9464, false],
    ['Prometheus to the pages', podOf({ 'anvil/metrics': 'true' }), 4000, false],
  ];

  test.each(SOURCES)('from %s', (_what, from, port, passes) => {
    const to = pods.Deployment;
    expect(isAllowed(policiesOf(manifests), { from, to, protocol: 'TCP', port })).toBe(passes);
    for (const closed of [pods.Job, pods.CronJob])
      expect(isAllowed(policiesOf(manifests), { from, to: closed, protocol: 'TCP', port })).toBe(false);
  });

  test('restricts neither the solver of an ACME challenge nor a database of the same namespace', () => {
    const solver = neighbour({ 'acme.cert-manager.io/http01-solver': 'true' });
    const visit = { from: podOf({ 'anvil/ingress': 'true' }), protocol: 'TCP', port: 8089 } as const;
    expect(isAllowed(policiesOf(manifests), { ...visit, to: solver })).toBe(true);
    const replica = { from: neighbour({ app: 'postgres' }), to: neighbour({ app: 'postgres' }) };
    expect(isAllowed(policiesOf(manifests), { ...replica, protocol: 'TCP', port: 5432 })).toBe(true);
  });

  test('lets through the network and the port that the commands of the page add', async () => {
    const values = { NETWORK: '10.0.0.0/16', DATABASE_PORT: '13306' };
    const { build } = await changeOverlay(place, [addPolicies, addNetwork, addPort], values);
    const more = policiesOf(await build());
    const tcp = { protocol: 'TCP' } as const;
    const visit = { ...tcp, from: at('10.0.3.7'), to: pods.Deployment };
    expect(isAllowed(more, { ...visit, port: 4000 })).toBe(true);
    expect(isAllowed(more, { ...visit, port: 9464 })).toBe(false);
    const query = { ...tcp, from: pods.Job, to: at('203.0.113.7') };
    expect(isAllowed(more, { ...query, port: 13306 })).toBe(true);
    expect(isAllowed(policiesOf(manifests), { ...query, port: 13306 })).toBe(false);
  });
});
