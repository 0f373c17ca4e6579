import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { asAdmin, ensureRoles, OWNER_ROLE } from '#db/embedded/roles.ts';
import { startEmbedded } from '#db/embedded/start.ts';
import { withDatabase, type TestServer } from './test-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServer;
  }
}

/**
 * One server for the run: an embedded one in a temporary folder, or the one of TEST_DATABASE_URL (a superuser's
 * address; the server belongs to tests alone, its role `anvil` gets the password `anvil`). One database is migrated,
 * each test file works on a copy of it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const server = given === undefined ? await embedded() : await foreign(given);
  const template = `anvil_template_${randomBytes(4).toString('hex')}`;
  try {
    await asAdmin(server.adminUrl, (admin) => admin.query(`create database ${template} owner ${OWNER_ROLE}`));
    const { migrate } = await import('#db/migrate.ts');
    await migrate({ url: withDatabase(server.ownerUrl, template) });
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('testServer', { adminUrl: server.adminUrl, ownerUrl: server.ownerUrl, template });
  return async () => {
    if (given !== undefined) {
      await asAdmin(given, (admin) => admin.query(`drop database if exists ${template} with (force)`));
    }
    await server.stop();
  };
}

async function embedded() {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-test-'));
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '300',
  };
  const database = await startEmbedded({ dataDir: join(folder, 'database'), settings });
  return {
    adminUrl: database.adminUrl,
    ownerUrl: database.url,
    stop: async () => {
      await database.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function foreign(adminUrl: string) {
  await ensureRoles(adminUrl, 'anvil');
  const ownerUrl = adminUrl.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${OWNER_ROLE}:anvil@`);
  return { adminUrl, ownerUrl, stop: () => Promise.resolve() };
}
