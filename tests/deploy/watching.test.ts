import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { firstFiveMinutes } from './support/journey.ts';
import { freePort } from '#tests/support/free-port.ts';
import { has, must, ROOT } from './support/shell.ts';
import { until } from './support/until.ts';

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

interface Rules {
  groups: { rules: { expr: string }[] }[];
}

const RULES = ['alerts', 'alerts-servers', 'alerts-kubernetes'];
/** Returns the expression of every alert. */
async function readExpressions(): Promise<string[]> {
  const texts = await Promise.all(
    RULES.map((name) => readFile(join(ROOT, `deploy/prometheus/${name}.yml`), 'utf8')),
  );
  return texts.flatMap((text) =>
    (parse(text) as Rules).groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  );
}

/** Metrics of exporters and of Kubernetes, which don't run here. Their names are public. */
const OF_EXPORTERS = [
  // blackbox_exporter 0.23
  ...['probe_success', 'probe_ssl_earliest_cert_expiry'],
  // node_exporter 1.5
  ...['node_filesystem_avail_bytes', 'node_filesystem_size_bytes'],
  ...['node_memory_MemAvailable_bytes', 'node_memory_MemTotal_bytes'],
  // postgres_exporter 0.11
  ...['pg_replication_slots_active', 'pg_replication_slots_pg_wal_lsn_diff'],
  // kube-state-metrics 2
  ...['kube_cronjob_created', 'kube_cronjob_status_last_successful_time'],
  ...['kube_pod_container_status_restarts_total', 'kube_pod_container_status_last_terminated_reason'],
  // kubelet
  ...['kubelet_volume_stats_available_bytes', 'kubelet_volume_stats_capacity_bytes'],
];

describe.skipIf(!has('promtool', 'prometheus'))('watched by Prometheus', () => {
  let folder: string;
  let anvil: ChildProcess;
  let prometheus: ChildProcess;
  let url: string;
  let ask: <T>(path: string) => Promise<T>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'anvil-watching-'));
    const [port, metrics, asked] = [await freePort(), await freePort(), await freePort()];
    url = `http://localhost:${port}`;
    anvil = spawn(process.execPath, ['build/server.mjs'], {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env.PATH, NODE_ENV: 'production', HOST: '127.0.0.1', APP_URL: url },
        ...{ PORT: String(port), METRICS_PORT: String(metrics), LOG_LEVEL: 'warn', DRAIN_SECONDS: '0' },
        ...{ ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: join(folder, 'data') },
        SECRET_KEY_BASE: 'only for a run of tests, which ends with it. '.repeat(2),
        SESSION_SIGNING_SALT: 'for signing in a run of tests only',
        SESSION_ENCRYPTION_SALT: 'for sealing in a run of tests only',
      },
      stdio: 'ignore',
    });
    await until('Anvil being ready', async () => (await fetch(`${url}/ready`)).ok);
    await firstFiveMinutes(url);

    const shipped = await readFile(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8');
    const config = shipped
      .replaceAll(/_interval: \d+s$/gm, '_interval: 1s')
      .replaceAll(/^ {2}- (alerts.*\.yml)$/gm, `  - ${ROOT}/deploy/prometheus/$1`)
      .replace('127.0.0.1:9464', `127.0.0.1:${metrics}`);
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, config);
    const listen = `--web.listen-address=127.0.0.1:${asked}`;
    prometheus = spawn(
      'prometheus',
      [`--config.file=${file}`, `--storage.tsdb.path=${folder}/tsdb`, listen],
      {
        stdio: 'ignore',
      },
    );
    ask = async <T>(path: string) => {
      const answer = await fetch(`http://127.0.0.1:${asked}/api/v1/${path}`);
      return ((await answer.json()) as { data: T }).data;
    };
    await until('Prometheus having scraped', async () => (await valueOf('up{job="anvil"}')) === '1');
  });

  afterAll(async () => {
    for (const child of [anvil, prometheus]) {
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  async function valueOf(query: string): Promise<string | undefined> {
    const { result } = await ask<{ result: { value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(query)}`,
    );
    return result[0]?.value[1];
  }

  test.each(RULES)('%s.yml fires what its tests expect, and nothing for a healthy instance', async (name) => {
    await must('promtool', ['check', 'rules', `deploy/prometheus/${name}.yml`]);
    await must('promtool', ['test', 'rules', `deploy/prometheus/${name}.test.yml`]);
  });

  test('the jobs of docs/deploy/monitoring.md are valid, and have the names that the rules look for', async () => {
    const page = await readFile(join(ROOT, 'docs/deploy/monitoring.md'), 'utf8');
    const blocks = [...page.matchAll(/^```text\n(- job_name.*?)^```$/gms)].map(([, block = '']) => block);
    expect(blocks).toHaveLength(3);
    for (const block of blocks) {
      const file = join(folder, 'jobs.yml');
      // Debian's Prometheus is built without the discovery of Kubernetes.
      const known = block.replace(
        /^ {2}kubernetes_sd_configs:\n {4}- role: pod\n {6}namespaces:\n {8}names: \[anvil\]\n/m,
        '  static_configs: []\n',
      );
      await writeFile(file, `scrape_configs:\n${known}`);
      await must('promtool', ['check', 'config', file]);
    }
    await must('promtool', ['check', 'config', 'deploy/prometheus/prometheus.yml']);
    const example = await readFile(join(ROOT, 'deploy/prometheus/prometheus.yml'), 'utf8');
    const jobs = [...(blocks.join('\n') + example).matchAll(/job_name: (\S+)$/gm)].map(([, name]) => name);
    const expected = (await readExpressions()).flatMap((expr) => [...expr.matchAll(/\bjob="([^"]+)"/g)]);
    for (const [, name] of expected) expect(jobs).toContain(name);
  });

  test('every number of the dashboard and of the rules is one that a server or a backup says', async () => {
    const said = new Set(await ask<string[]>('label/__name__/values'));
    // Said by the scripts for backups, and by a server that sends mails.
    for (const end of ['success_timestamp_seconds', 'run_failed']) {
      for (const what of ['backup', 'restore_drill']) said.add(`anvil_${what}_last_${end}`);
    }
    said.add('anvil_mails_total');
    for (const name of OF_EXPORTERS) said.add(name);
    const { panels } = JSON.parse(
      await readFile(join(ROOT, 'deploy/grafana/anvil.json'), 'utf8'),
    ) as Dashboard;
    const asked = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...(await readExpressions()),
    ]
      .join('\n')
      .match(/\b(anvil|http_server|process|probe|node|pg|kube|kubelet)_\w+/g);
    expect([...new Set(asked)].filter((name) => !said.has(name))).toEqual([]);
  });

  test('a server that is gone fires the alert', async () => {
    const firing = async () => {
      const { alerts } = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts');
      return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
    };
    expect(await firing()).toEqual([]);
    anvil.kill('SIGKILL');
    await until('AnvilDown firing', async () => (await firing()).includes('AnvilDown'), { seconds: 150 });
  });
});
