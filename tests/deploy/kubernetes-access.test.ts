import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewayProblemsOf } from './support/gateway-models.ts';
import { fetchKubectl, type Manifest } from './support/kubectl.ts';
import { problemsOf } from './support/kubernetes-models.ts';
import type {
  ConfigMap,
  Deployment,
  Gateway,
  HttpRoute,
  Ingress,
  Service,
} from './support/kubernetes-shapes.ts';
import { changeOverlay } from './support/overlay.ts';
import { wordsOf } from './support/words.ts';

let place: { folder: string; kubectl: string };
/** The commands of the page, by what they are for. */
let commands: Record<'host' | 'class' | 'certificate' | 'gateway' | 'google' | 'amazon', string>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-access-'));
  place = { folder, kubectl: await fetchKubectl(folder) };
  const words = await wordsOf('docs/deploy/kubernetes.md');
  commands = {
    host: words.block('prompts.example.org/'),
    class: words.block('value: nginx'),
    certificate: words.block('components/certificate'),
    gateway: words.block('components/gateway'),
    google: words.block('google-gateway'),
    amazon: words.block('aws-load-balancer'),
  };
});

afterAll(() => rm(place.folder, { recursive: true, force: true }));

type Way = keyof typeof commands;

async function build(ways: readonly Way[], path?: string): Promise<Manifest[]> {
  const overlay = await changeOverlay(
    place,
    ways.map((way) => commands[way]),
  );
  return overlay.build(path);
}

function one<T extends Manifest>(manifests: Manifest[], kind: string, name?: string): T {
  const found = manifests.filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
  expect(found, kind).toHaveLength(1);
  return found[0] as T;
}

const settings = (manifests: Manifest[]) =>
  manifests.find(({ metadata }) => metadata.name.startsWith('anvil-config-')) as ConfigMap;

const hostOf = (manifests: Manifest[]) => new URL(settings(manifests).data.APP_URL ?? '').hostname;

describe('every way to reach the pods', () => {
  test.each<[string, Way[], string]>([
    ['as the production overlay is', [], 'k8s/overlays/production'],
    ['as the staging overlay is', [], 'k8s/overlays/staging'],
    ['with a certificate', ['host', 'class', 'certificate'], 'k8s/overlays/production'],
    ['by a Gateway', ['host', 'class', 'gateway'], 'k8s/overlays/production'],
    ['by a Gateway of Google', ['host', 'gateway', 'google'], 'k8s/overlays/production'],
    ['by a load balancer of Amazon', ['host', 'amazon'], 'k8s/overlays/production'],
  ])('leaves nothing unset: %s', async (_what, ways, path) => {
    const manifests = await build(ways, path);
    const text = JSON.stringify(manifests);
    expect(text).not.toContain('set-by-the-overlay');
    if (ways.includes('host')) expect(text).not.toContain('anvil.example.com');
    expect(hostOf(manifests)).toMatch(/^(prompts\.example\.org|(staging\.)?anvil\.example\.com)$/);
  });
});

describe.each(['production', 'staging'])('the Ingress of %s', (overlay) => {
  test('has a class, and leads the host of APP_URL to the Service', async () => {
    const manifests = await build([], `k8s/overlays/${overlay}`);
    const ingress = one<Ingress>(manifests, 'Ingress');
    expect(await problemsOf(ingress)).toEqual([]);
    const { ingressClassName, rules, tls } = ingress.spec;
    expect(ingressClassName).toBe('traefik');
    expect(rules.map((rule) => rule.host)).toEqual([hostOf(manifests)]);
    expect(tls.flatMap(({ hosts }) => hosts)).toEqual([hostOf(manifests)]);
    const service = one<Service>(manifests, 'Service');
    expect(rules[0]?.http.paths).toEqual([
      {
        path: '/',
        pathType: 'Prefix',
        backend: { service: { name: service.metadata.name, port: { name: service.spec.ports[0]?.name } } },
      },
    ]);
  });
});

test('the commands of the page set host and class, and the certificate is requested for both', async () => {
  const manifests = await build(['host', 'class', 'certificate']);
  const ingress = one<Ingress>(manifests, 'Ingress');
  expect(ingress.spec).toMatchObject({
    ingressClassName: 'nginx',
    tls: [{ hosts: ['prompts.example.org'], secretName: 'anvil-tls' }],
  });
  expect(one(manifests, 'Certificate')).toMatchObject({
    spec: {
      secretName: 'anvil-tls',
      dnsNames: ['prompts.example.org'],
      issuerRef: { kind: 'Issuer', name: one(manifests, 'Issuer').metadata.name },
    },
  });
  expect(one(manifests, 'Issuer')).toMatchObject({
    spec: { acme: { solvers: [{ http01: { ingress: { ingressClassName: 'nginx' } } }] } },
  });
});

test('the Gateway replaces the Ingress, serves the host of APP_URL, and redirects to https', async () => {
  const manifests = await build(['host', 'class', 'gateway']);
  expect(manifests.filter(({ kind }) => kind === 'Ingress')).toEqual([]);
  const gateway = one<Gateway>(manifests, 'Gateway');
  const route = one<HttpRoute>(manifests, 'HTTPRoute', 'anvil');
  const redirect = one<HttpRoute>(manifests, 'HTTPRoute', 'anvil-redirect');
  for (const manifest of [gateway, route, redirect])
    expect(await gatewayProblemsOf(place.folder, manifest), manifest.metadata.name).toBe('');

  expect(gateway.spec.gatewayClassName).toBe('nginx');
  expect(gateway.spec.listeners.map(({ hostname }) => hostname)).toEqual(
    Array.from({ length: 2 }, () => hostOf(manifests)),
  );
  const listeners = gateway.spec.listeners.map(({ name }) => name);
  for (const { spec } of [route, redirect]) {
    expect(spec.hostnames).toEqual([hostOf(manifests)]);
    expect(spec.parentRefs.map(({ name }) => name)).toEqual([gateway.metadata.name]);
    expect(listeners).toContain(spec.parentRefs[0]?.sectionName);
  }
  const service = one<Service>(manifests, 'Service');
  expect(route.spec.rules[0]?.backendRefs).toEqual([
    { name: service.metadata.name, port: service.spec.ports[0]?.port },
  ]);
  expect(redirect.spec.parentRefs[0]?.sectionName).toBe('http');
  expect(redirect.spec.rules[0]?.filters).toEqual([
    { type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } },
  ]);
});

const readyPath = (manifests: Manifest[]) => {
  const [container] = one<Deployment>(manifests, 'Deployment').spec.template.spec.containers;
  return (container as unknown as { readinessProbe: { httpGet: { path: string } } }).readinessProbe.httpGet
    .path;
};

test('load balancers of Google ask the pods whether they are ready, and keep streams of events open', async () => {
  const manifests = await build(['host', 'gateway', 'google']);
  expect(one<Gateway>(manifests, 'Gateway').spec.gatewayClassName).toBe('gke-l7-global-external-managed');
  expect(settings(manifests).data.TRUSTED_PROXIES).toBe('2');
  const targetRef = { group: '', kind: 'Service', name: one(manifests, 'Service').metadata.name };
  expect(one(manifests, 'HealthCheckPolicy')).toMatchObject({
    spec: {
      targetRef,
      default: { config: { type: 'HTTP', httpHealthCheck: { requestPath: readyPath(manifests) } } },
    },
  });
  expect(one(manifests, 'GCPBackendPolicy')).toMatchObject({
    spec: { targetRef, default: { timeoutSec: 3600 } },
  });
});

test('load balancers of Amazon connect to the pods themselves, and ask whether they are ready', async () => {
  const manifests = await build(['host', 'amazon']);
  const ingress = one<Ingress>(manifests, 'Ingress');
  expect(await problemsOf(ingress)).toEqual([]);
  expect(ingress.spec.ingressClassName).toBe('alb');
  expect(settings(manifests).data.TRUSTED_PROXIES).toBe('1');
  expect(ingress.metadata.annotations).toMatchObject({
    'alb.ingress.kubernetes.io/target-type': 'ip',
    'alb.ingress.kubernetes.io/healthcheck-path': readyPath(manifests),
    'alb.ingress.kubernetes.io/ssl-redirect': '443',
  });
});
