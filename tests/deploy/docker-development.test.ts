import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchBrowser, visit } from '../support/browser.ts';
import { makeCompose, type Compose } from './support/compose.ts';
import type { Docker } from './support/docker.ts';
import { IMAGE_TIMEOUT, startDockerWithImage } from './support/image.ts';
import { firstFiveMinutes, type Journey } from './support/journey.ts';
import { until } from './support/machine.ts';
import { freePort } from '#tests/support/free-port.ts';
import { has, must } from './support/shell.ts';

const FILE = 'docker-compose.dev.yml';

describe.skipIf(!has('root', 'dockerd', 'docker-compose', 'mmdebstrap'))(
  'Docker Compose for development',
  () => {
    let docker: Docker;
    let compose: Compose;
    let url = '';
    let journey: Journey;
    let browser: Browser;
    /** The one that stays open. */
    let page: Page;

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
      browser = await launchBrowser();
    }, IMAGE_TIMEOUT);
    afterAll(async () => {
      await browser?.close();
      await compose?.remove(FILE);
      await docker?.stop();
    });

    test('serves the sources of a clone by the line of docs/deploy/docker.md, and the whole journey', async () => {
      const before = await filesOfClone();
      await compose.asWritten('docker-compose.dev.yml up');
      await until('the first page', async () => (await textOf('/register')).includes('Create an account'));
      journey = await firstFiveMinutes(url);
      // The mount point of the image's packages is all that is new.
      const added = (await filesOfClone()).split('\n').filter((file) => !before.split('\n').includes(file));
      expect(added).toEqual(['./node_modules']);
    });

    test('shows a change in the page that is open, and keeps what was typed there', async () => {
      let noises: string[];
      ({ page, noises } = await visit(browser, url));
      let loads = 0;
      page.on('load', () => (loads += 1));
      const heard: string[] = [];
      page.on('websocket', (socket) => {
        socket.on('framereceived', ({ payload }) =>
          heard.push(`${new URL(socket.url()).host} ${String(payload)}`),
        );
      });
      await page.goto('/register', { timeout: 120_000 });
      // React leaves its mark on what it has taken over.
      const isAlive = () =>
        Object.keys(document.querySelector('form') ?? {}).some((key) => key.startsWith('__react'));
      await expect.poll(() => page.evaluate(isAlive), { timeout: 120_000 }).toBe(true);
      await expect.poll(() => heard.join(), { timeout: 60_000 }).toContain('"connected"');

      await page.getByLabel('Name').fill('Mara Kern');
      await change('app/routes/accounts/register.tsx', 'Create an account', 'Create another account');
      await page.getByRole('heading', { name: 'Create another account' }).waitFor({ timeout: 60_000 });
      expect(await page.getByLabel('Name').inputValue()).toBe('Mara Kern');
      expect(loads).toBe(1);
      // By the port that is published.
      const update = heard.find((text) => text.includes('"js-update"'));
      expect(update).toContain('/app/routes/accounts/register.tsx');
      expect(update?.split(' ')[0]).toBe(new URL(url).host);
      expect(noises).toEqual([]);
    });

    test('starts the server again when something of it was changed, and loads the page that is open', async () => {
      const loaded = page.waitForEvent('load', { timeout: 120_000 });
      await change('server/http/health.ts', "send({ status: 'ok' })", "send({ status: 'changed' })");
      await until('the new server', async () => (await textOf('/live')).includes('changed'));
      await loaded;
    });

    test('ends with 0, and has what it stored at the next start', async () => {
      expect((await compose.try('--file', FILE, 'down')).code).toBe(0);
      await compose.asWritten('docker-compose.dev.yml up');
      await until('the server', async () => (await textOf('/ready')).includes('"ready"'));
      expect(await textOf('/live')).toContain('changed');
      expect(await journey.fetchPrompt()).toContain('{{ question }}');
      expect((await compose.try('--file', FILE, 'stop')).code).toBe(0);
      expect(await compose.inspect('dev', '{{.State.OOMKilled}} {{.State.ExitCode}}')).toBe('false 0');
    });
  },
);
