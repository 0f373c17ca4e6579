import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_LIFETIME_MS } from '#server/auth/sessions.ts';
import { signUp, type SignedIn } from '#tests/support/sample-content.ts';
import { startServerProcess, type ServerProcess } from '#tests/support/server-process.ts';
import { makeAnvilDatabase, startPostgres, type PostgresServer } from './support/postgres.ts';
import { has, ROOT } from './support/shell.ts';

const OLD = { SECRET_KEY_BASE: 'old 0123456789abcdef '.repeat(4) };
const NEW = { SECRET_KEY_BASE: 'new 0123456789abcdef '.repeat(4) };
const accepts = ({ SECRET_KEY_BASE }: typeof OLD) => ({ SECRET_KEY_BASE_PREVIOUS: SECRET_KEY_BASE });

/** The steps of docs/configuration.md, "Changing the secret". */
const STEPS = [
  { name: '1: both accept the new secret', env: { ...OLD, ...accepts(NEW) } },
  { name: '2: both use the new secret', env: { ...NEW, ...accepts(OLD) } },
];

describe.skipIf(!has('runuser', '/usr/lib/postgresql/15/bin/initdb'))(
  'changing SECRET_KEY_BASE on two servers',
  () => {
    let postgres: PostgresServer;
    let databaseUrl: string;
    const servers: ServerProcess[] = [];
    const sessions: SignedIn[] = [];

    beforeAll(async () => {
      postgres = await startPostgres();
      databaseUrl = await makeAnvilDatabase(postgres);
      for (let index = 0; index < 2; index += 1) await start(index, OLD);
      for (const { url } of servers) sessions.push(await signUp(url));
    });
    afterAll(async () => {
      for (const server of servers) await server.stop();
      await postgres.remove();
    });

    /** Starts a server, or starts it again on its port. */
    async function start(index: number, env: Record<string, string>): Promise<void> {
      const port = servers[index]?.port;
      await servers[index]?.stop();
      servers[index] = await startServerProcess('build/server.mjs', {
        ...{ DATABASE_URL: databaseUrl, TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'warn', ...env },
        ...(port ? { PORT: String(port) } : {}),
      });
      await servers[index].ready();
    }

    /** Whether each session is signed in on each server. */
    async function signedIn(): Promise<boolean[]> {
      const answers: boolean[] = [];
      for (const { cookie } of sessions) {
        for (const { url } of servers) {
          const headers = { cookie: `${cookie.name}=${cookie.value}` };
          const { headers: answer } = await fetch(url, { headers, redirect: 'manual' });
          answers.push((answer.get('location') ?? '').startsWith('/o/'));
        }
      }
      return answers;
    }

    test('keeps everybody signed in, on both servers and at each moment', async () => {
      expect(await signedIn()).toEqual([true, true, true, true]);
      for (const { name, env } of STEPS) {
        for (let index = 0; index < servers.length; index += 1) {
          await start(index, env);
          sessions.push(await signUp(servers[index]?.url ?? ''));
          expect(new Set(await signedIn()), `step ${name}, server ${index}`).toEqual(new Set([true]));
        }
      }
    });

    test('signs out whoever signed in before it when the previous secret is removed at once', async () => {
      for (let index = 0; index < servers.length; index += 1) await start(index, NEW);
      const onBoth = (isSignedIn: boolean) => [isSignedIn, isSignedIn];
      // Two signed in before the change and two in step 1. Only those of step 2 used the new secret.
      expect(await signedIn()).toEqual([false, false, false, false, true, true].flatMap(onBoth));
    });
  },
);

test('every text names the longest life of a session as the time that the previous secret stays', async () => {
  const days = SESSION_LIFETIME_MS / 86_400_000;
  const read = (path: string) => readFile(join(ROOT, path), 'utf8');
  const section = /^## Changing the secret\n([\s\S]*?)^## /m.exec(await read('docs/configuration.md'))?.[1];
  expect(section).toContain(`**${days} days** later remove`);
  const warning = (await read('server/config/warnings.ts')).match(/SECRET_KEY_BASE_PREVIOUS is set\..*/)?.[0];
  expect(warning).toContain(`Remove it ${days} days after`);
  // The runbook links to that section and names no time of its own.
  const entry = /^## A secret is to be changed\n([\s\S]*?)^## /m.exec(await read('docs/runbook.md'))?.[1];
  expect(entry).toContain('configuration.md#changing-the-secret');
  expect(entry).not.toMatch(/\bdays?\b/);
});
