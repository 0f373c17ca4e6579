import { parse as parseToml } from 'smol-toml';
import { fetchKubectl, kustomize } from './kubectl.ts';
import type { ConfigMap, Deployment } from './kubernetes-shapes.ts';
import { must } from './shell.ts';
import {
  CLIENT,
  databaseUrl,
  FORGED,
  inFolder,
  parseEnvironment,
  read,
  secrets,
  type Ask,
  type Started,
} from './started.ts';
import { wordsOf } from './words.ts';

/** An overlay of k8s/. */
export function readKubernetes(overlay: string): Promise<Started> {
  return inFolder(async (folder) => {
    const all = await kustomize(await fetchKubectl(folder), `k8s/overlays/${overlay}`);
    const { template } = (all.find(({ kind }) => kind === 'Deployment') as Deployment).spec;
    const [container] = template.spec.containers;
    const [{ configMapRef }] = container?.envFrom as [{ configMapRef: { name: string } }];
    const { data } = all.find(
      ({ kind, metadata: { name } }) => kind === 'ConfigMap' && name === configMapRef.name,
    ) as ConfigMap;
    const values: Record<string, string> = secrets();
    // A value of its own, or a key of the Secret; optional keys are missing.
    const given = (container?.env ?? []).flatMap(({ name, value = values[name] }) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const { startupProbe, livenessProbe, readinessProbe } = container as unknown as Record<
      string,
      { httpGet: Ask }
    >;
    const note = template.metadata.annotations ?? {};
    return {
      environment: { ...data, ...Object.fromEntries(given) },
      asks: [
        ...[startupProbe, livenessProbe, readinessProbe].flatMap((probe) => (probe ? [probe.httpGet] : [])),
        { port: Number(note['prometheus.io/port']), path: note['prometheus.io/path'] ?? '' },
      ],
      addresses: ['10.42.0.5', '[fd00:42::5]'],
      proxy: { from: '10.42.0.9', headers: { 'X-Forwarded-For': `${FORGED}, ${CLIENT}` } },
    };
  });
}

interface FlyToml {
  env: Record<string, string>;
  http_service: { internal_port: number; checks: { path: string }[] };
  checks: Record<string, Ask>;
  metrics: Ask;
}

/** fly.toml with the secrets of docs/deploy/fly.md. */
export async function readFly(): Promise<Started> {
  const {
    env,
    http_service: service,
    checks,
    metrics,
  } = parseToml(await read('fly.toml')) as unknown as FlyToml;
  return {
    environment: { ...env, ...secrets(), NODE_ENV: 'production', APP_URL: 'https://anvil.example.com' },
    asks: [
      ...service.checks.map(({ path }) => ({ port: service.internal_port, path })),
      ...Object.values(checks).map(({ port, path }) => ({ port, path })),
      metrics,
    ],
    addresses: ['172.19.0.2', '[fdaa:0:1::3]'],
    proxy: {
      from: '172.19.0.1',
      headers: { 'Fly-Client-IP': CLIENT, 'X-Forwarded-For': `${FORGED}, ${CLIENT}, 66.241.124.99` },
    },
  };
}

/** anvil.env as the setup of one server writes it, which deploy/anvil.service reads. */
export async function readSingleServer(): Promise<Started> {
  const script = await read('deploy/single_server_setup.sh');
  const [, heredoc = ''] = /cat >"\$draft" (<<ENV\n.*?\nENV\n)/s.exec(script) ?? [];
  const [, file = ''] = /^EnvironmentFile=(.*)$/m.exec(await read('deploy/anvil.service')) ?? [];
  const [freePort = ''] = /^free_port\(\) \{.*?^\}$/ms.exec(script) ?? [];
  const written = await must('unshare', ['--net', 'bash', '-euc', `${freePort}\ncat ${heredoc}`], {
    env: { DOMAIN: 'anvil.example.com', database_url: databaseUrl('anvil_prod') },
  });
  const environment = parseEnvironment(written);
  return {
    environment,
    files: { [file]: written },
    asks: [
      { port: Number(environment.PORT), path: '/ready' },
      { port: Number(environment.METRICS_PORT), path: '/metrics' },
    ],
    addresses: ['127.0.0.1'],
    // nginx replaces the header.
    proxy: { from: '127.0.0.1', headers: { 'X-Forwarded-For': CLIENT } },
  };
}

/** The anvil.env of docs/deploy/multi-server.md. `10.0.0.10` leads to the database. */
export async function readMultiServer(): Promise<Started> {
  const page = await wordsOf('docs/deploy/multi-server.md');
  const [, heredoc = ''] =
    /cat >\/etc\/anvil\/anvil\.env (<<ENV\n.*?\nENV\n)/s.exec(page.block('cat >/etc/anvil/anvil.env')) ?? [];
  const environment = parseEnvironment(
    await must('bash', ['-euc', `cat ${heredoc}`], { env: { ...secrets(), DATABASE_PASSWORD: 'any' } }),
  );
  return {
    environment,
    asks: [
      { port: Number(environment.PORT), path: '/ready' },
      { port: Number(environment.PORT), path: '/health?only=database' },
      { port: Number(environment.METRICS_PORT), path: '/metrics' },
    ],
    addresses: ['10.0.0.11'],
    // HAProxy replaces the header.
    proxy: { from: '10.0.0.10', headers: { 'X-Forwarded-For': CLIENT } },
  };
}
