import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/shell.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');

test('every alert leads to an entry of the runbook, or to a page that is there', async () => {
  const names = (await readdir(join(ROOT, 'deploy/prometheus'))).filter((name) =>
    /^alerts[^.]*\.yml$/.test(name),
  );
  expect(names).toHaveLength(3);
  const alerts = await Promise.all(names.map((name) => read(`deploy/prometheus/${name}`)));
  const links = [...alerts.join('\n').matchAll(/runbook: (\S+?)(?:#(\S+))?$/gm)];
  expect(links.length).toBeGreaterThan(5);
  for (const [, page = '', anchor] of links) {
    const headings = [...(await read(page)).matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) expect(headings).toContain(anchor);
  }
});
