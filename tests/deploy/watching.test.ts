import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstFiveMinutes } from './support/journey.ts';
import { freePort } from '#tests/support/free-port.ts';
import { has, must, ROOT } from './support/shell.ts';
import { until } from './support/until.ts';

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[];
}

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

    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(ROOT, 'deploy/prometheus/alerts.yml')],
      scrape_configs: [{ job_name: 'anvil', static_configs: [{ targets: [`127.0.0.1:${metrics}`] }] }],
    };
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, JSON.stringify(config));
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

  test('the rules are rules, and wake somebody when they should and nobody else', async () => {
    await must('promtool', ['check', 'rules', 'deploy/prometheus/alerts.yml']);
    await must('promtool', ['test', 'rules', 'deploy/prometheus/alerts.test.yml']);
  });

  test('every number of the dashboard and of the rules is one that a server or a backup says', async () => {
    const said = new Set(await ask<string[]>('label/__name__/values'));
    // Said by the scripts for backups, and by a server that sends mails.
    for (const end of ['success_timestamp_seconds', 'run_failed']) {
      for (const what of ['backup', 'restore_drill']) said.add(`anvil_${what}_last_${end}`);
    }
    said.add('anvil_mails_total');
    const { panels } = JSON.parse(
      await readFile(join(ROOT, 'deploy/grafana/anvil.json'), 'utf8'),
    ) as Dashboard;
    const rules = await readFile(join(ROOT, 'deploy/prometheus/alerts.yml'), 'utf8');
    const asked = [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), rules]
      .join('\n')
      .match(/\b(anvil|http_server)_[a-z_]+/g);
    expect([...new Set(asked)].filter((name) => !said.has(name))).toEqual([]);
  });

  test('a server that is gone fires the alert', async () => {
    const firing = async () => {
      const { alerts } = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts');
      return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
    };
    expect(await firing()).not.toContain('AnvilDown');
    anvil.kill('SIGKILL');
    await until('AnvilDown firing', async () => (await firing()).includes('AnvilDown'), { seconds: 150 });
  });
});
