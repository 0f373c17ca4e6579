import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '#tests/support/free-port.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { anvilServer, startBundle } from './support/anvil-server.ts';
import { must, ROOT } from './support/shell.ts';

const { version } = packageJson;

test('the built server shows its version and commit in /health, --version, the log and metrics', async () => {
  const commit = (await readFile(join(ROOT, 'build/commit'), 'utf8')).trim();
  expect(commit).toContain((await must('git', ['rev-parse', 'HEAD'])).trim());

  const folder = await mkdtemp(join(tmpdir(), 'anvil-release-'));
  const metricsPort = await freePort();
  const env = { ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: folder };
  const bundle = await startBundle({ ...env, LOG_LEVEL: 'info', METRICS_PORT: String(metricsPort) });
  try {
    expect(await (await fetch(`${bundle.url}/health`)).json()).toMatchObject({ version, commit });
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toContain(`service_version="${version}+${commit}"`);
    const entries = bundle.log().split('\n');
    const ready = entries.find((line) => line.includes('"msg":"ready"'));
    expect(JSON.parse(ready ?? '{}')).toMatchObject({ version, commit });
  } finally {
    await bundle.stop();
    await rm(folder, { recursive: true, force: true });
  }
  expect((await anvilServer(['--version'], {})).stdout).toBe(`anvil-server ${version} (commit ${commit})\n`);
});
