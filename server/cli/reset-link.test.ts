import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { connect } from '#db/connections.ts';
import { startEmbedded } from '#db/embedded/start.ts';
import { migrate } from '#db/migrate.ts';
import { registerTestAccount } from '#tests/support/factories.ts';

const ROOT = new URL('../..', import.meta.url);
const secret = (seed: string) => `${seed}0123456789abcdef`.repeat(8).slice(0, 64);

test('a link is made while a server runs on the embedded database', { timeout: 180_000 }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'anvil-reset-link-'));
  const embedded = await startEmbedded({ dataDir: join(dataDir, 'database'), settings: { fsync: 'off' } });
  const database = connect({ url: embedded.url });
  try {
    await migrate({ url: embedded.url });
    const { email } = await registerTestAccount(database);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'server/cli.ts', 'user', 'reset-link', email],
      {
        cwd: ROOT,
        env: {
          ...{ NODE_ENV: 'test', ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: dataDir },
          SECRET_KEY_BASE: secret('a'),
          SESSION_SIGNING_SALT: secret('b'),
          SESSION_ENCRYPTION_SALT: secret('c'),
        },
      },
    );
    expect(stdout).toMatch(/^http:\/\/localhost:4000\/link\?token=[\w-]{43}\n$/);
  } finally {
    await database.close();
    await embedded.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
