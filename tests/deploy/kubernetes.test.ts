import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemsOf } from './support/kubernetes-models.ts';
import { containersOf, objectsOf } from './support/kubernetes-objects.ts';
import type { Autoscaler, Service } from './support/kubernetes-shapes.ts';
import { changeOverlay, OVERLAYS, useOverlays } from './support/overlay.ts';
import { ROOT } from './support/shell.ts';
import { wordsOf } from './support/words.ts';

const NAMESPACES: Record<string, string> = { production: 'anvil', staging: 'anvil-staging' };
/** Below PostgreSQL's max_connections of 100, three are kept for superusers. */
const CONNECTIONS = 97;
const CONNECTIONS_BESIDE_POOL = 9;
/** What closing may take after the drain (server/http/shutdown.ts). */
const CLOSING_SECONDS = 10;

const readPage = () => readFile(join(ROOT, 'docs/deploy/kubernetes.md'), 'utf8');

const overlays = useOverlays();

describe.each(OVERLAYS)('the manifests of %s', (overlay) => {
  const all = () => overlays.built[overlay] ?? [];
  const { one, deployment, container, settings, pods } = objectsOf(all);

  test('have only fields that Kubernetes 1.34 knows, of the right types, and all that it wants', async () => {
    for (const manifest of all()) {
      expect(await problemsOf(manifest), `${manifest.kind} ${manifest.metadata.name}`).toEqual([]);
    }
  });

  test('bear the names of the runbook', () => {
    expect(one('Namespace').metadata.name).toBe(NAMESPACES[overlay]);
    for (const { kind, metadata } of all().filter((manifest) => manifest.kind !== 'Namespace'))
      expect(metadata.namespace, kind).toBe(NAMESPACES[overlay]);
    expect(deployment().metadata.name).toBe('anvil-app');
    expect(deployment().spec.selector.matchLabels).toEqual({ app: 'anvil' });
    expect(container()?.name).toBe('anvil');
  });

  test('start pods without rights, without a token, and on a file system that nobody writes to', async () => {
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
    // The version whose rules apply is the oldest one that the page names.
    const [, oldest] = /Kubernetes (1\.\d+) or newer/.exec(await readPage()) ?? [];
    expect(one('Namespace').metadata.labels?.['pod-security.kubernetes.io/enforce-version']).toBe(
      `v${oldest}`,
    );
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

  test('select the pods of the Deployment, and no others, by the Service', () => {
    const service = one<Service>('Service');
    const target = container()?.ports?.find(({ name }) => name === service.spec.ports[0]?.targetPort);
    expect(target?.containerPort).toBe(Number(settings().PORT));
    for (const { owner, pod } of pods()) {
      const isSelected = Object.entries(service.spec.selector).every(
        ([name, value]) => pod.metadata.labels?.[name] === value,
      );
      expect(isSelected, owner).toBe(owner === 'Deployment');
    }
  });
});

test('the component pod-monitor finds the metrics of the pods of its overlay, and names their job', async () => {
  const words = await wordsOf('docs/deploy/monitoring.md');
  const command = words.block('components/pod-monitor');
  for (const overlay of OVERLAYS) {
    const changed = await changeOverlay(overlays, [command.replace('production', overlay)]);
    const all = await changed.build(`k8s/overlays/${overlay}`);
    const { one, deployment, container } = objectsOf(() => all);
    expect(container()?.ports?.map(({ name }) => name)).toContain('metrics');
    // Strictly: an API server ignores unknown fields of it with a warning only.
    expect(one('PodMonitor')).toEqual({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: 'anvil-app', namespace: NAMESPACES[overlay], labels: { app: 'anvil' } },
      spec: {
        selector: deployment().spec.selector,
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
