import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '#db/connections.ts';
import { startEmbedded } from '#db/embedded/start.ts';
import { migrate } from '#db/migrate.ts';
import { registerTestAccount } from '#tests/support/factories.ts';
import { buildServerCommand } from '#tests/support/server-command.ts';

test('a link is made while a server runs on the embedded database', { timeout: 120_000 }, async () => {
  const command = await buildServerCommand();
  const dataDir = await mkdtemp(join(tmpdir(), 'anvil-reset-link-'));
  const embedded = await startEmbedded({ dataDir: join(dataDir, 'database'), settings: { fsync: 'off' } });
  const database = connect({ url: embedded.url });
  try {
    await migrate({ url: embedded.url });
    const { email } = await registerTestAccount(database);
    const { stdout } = await command.run(['user', 'reset-link', email], {
      ...{ ANVIL_EMBEDDED_DATABASE: 'true', ANVIL_DATA_DIR: dataDir },
    });
    expect(stdout).toMatch(/^http:\/\/localhost:4000\/link\?token=[\w-]{43}\n$/);
  } finally {
    await database.close();
    await embedded.stop();
    await command.remove();
    await rm(dataDir, { recursive: true, force: true });
  }
});
