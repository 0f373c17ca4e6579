import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeCompose, type Compose } from './support/compose.ts';
import type { Docker } from './support/docker.ts';
import { IMAGE_TIMEOUT, startDockerWithImage } from './support/image.ts';
import { firstFiveMinutes, type Journey } from './support/journey.ts';
import { until } from './support/machine.ts';
import { freePort } from './support/postgres.ts';
import { has, must } from './support/shell.ts';

const FILE = 'docker-compose.dev.yml';

describe.skipIf(!has('root', 'dockerd', 'docker-compose', 'mmdebstrap'))(
  'Docker Compose for development',
  () => {
    let docker: Docker;
    let compose: Compose;
    let url = '';
    let journey: Journey;

    const textOf = (path: string) =>
      fetch(`${url}${path}`, { signal: AbortSignal.timeout(60_000) }).then(
        (answer) => answer.text(),
        () => '',
      );
    const change = async (path: string, from: string, to: string) => {
      const file = join(compose.clone, path);
      const source = await readFile(file, 'utf8');
      expect(source).toContain(from);
      await writeFile(file, source.replaceAll(from, to));
    };
    const filesOfClone = () =>
      must('find', ['.', '-not', '-path', './node_modules/*'], { cwd: compose.clone });

    beforeAll(async () => {
      docker = await startDockerWithImage(inject('runFolder'));
      const port = await freePort();
      url = `http://localhost:${port}`;
      compose = await makeCompose(docker, join(inject('runFolder'), 'desk'), port);
      await writeFile(join(compose.clone, '.env'), `PORT=${port}\n`);
    }, IMAGE_TIMEOUT);
    afterAll(async () => {
      await compose.remove(FILE);
      await docker.stop();
    });

    test('serves the sources of a clone by the line of docs/deploy/docker.md, and the whole journey', async () => {
      const before = await filesOfClone();
      await compose.asWritten(FILE);
      await until('the first page', async () => (await textOf('/register')).includes('Create an account'));
      journey = await firstFiveMinutes(url);
      // The mount point of the image's packages is all that is new.
      const added = (await filesOfClone()).split('\n').filter((file) => !before.split('\n').includes(file));
      expect(added).toEqual(['./node_modules']);
    });

    test('shows a page that was changed', async () => {
      await change('app/routes/accounts/register.tsx', 'Create an account', 'Create another account');
      await until('the new page', async () => (await textOf('/register')).includes('Create another account'));
    });

    test('starts the server again when something of it was changed', async () => {
      await change('server/http/health.ts', "send({ status: 'ok' })", "send({ status: 'changed' })");
      await until('the new server', async () => (await textOf('/live')).includes('changed'));
    });

    test('ends with 0, and has what it stored at the next start', async () => {
      expect((await compose.try('--file', FILE, 'down')).code).toBe(0);
      await compose.asWritten(FILE);
      await until('the server', async () => (await textOf('/live')).includes('changed'));
      expect(await journey.fetchPrompt()).toContain('{{ question }}');
      expect((await compose.try('--file', FILE, 'stop')).code).toBe(0);
      expect(await compose.inspect('dev', '{{.State.OOMKilled}} {{.State.ExitCode}}')).toBe('false 0');
    });
  },
);
