import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { rest } from './account.ts';
import { median } from './median.ts';
import type { MadePrompts } from './prompts.ts';

export interface Published {
  prompts: number;
  /** Of the request that publishes, the median. */
  milliseconds: number;
  /** What the tables of versions grew by, with their indexes, for each version. */
  bytes: number;
}

const VERSIONS = 30;
const TABLES = ['versions', 'version_changes', 'reserved_slugs'];

/** Changes one prompt and publishes, again and again. */
export async function measurePublishing(
  url: string,
  token: string,
  dataDir: string,
  made: MadePrompts,
): Promise<Published> {
  const { data } = await rest<{ data: { id: string; slug: string; revision: number }[] }>(
    url,
    token,
    'GET',
    `/prompt_sets/${made.setId}/prompts?limit=1`,
  );
  const [prompt] = data;
  if (!prompt) throw new Error('There is no prompt to change');
  const before = await sizeOfVersions(dataDir);
  const times: number[] = [];
  for (let n = 0; n < VERSIONS; n++) {
    const content = { kind: 'text', template: `Another text, number ${n}`, parameters: [] };
    await rest(
      url,
      token,
      'PATCH',
      `/prompts/${prompt.id}`,
      { content },
      { 'if-match': `"${prompt.revision + n}"` },
    );
    const { next_version } = await rest<{ next_version: { checksum: string } }>(
      url,
      token,
      'GET',
      `/prompt_sets/${made.setId}/next_version`,
    );
    const startedAt = performance.now();
    await rest(url, token, 'POST', `/prompt_sets/${made.setId}/versions`, {
      checksum: next_version.checksum,
    });
    times.push(performance.now() - startedAt);
  }
  const bytes = Math.round(((await sizeOfVersions(dataDir)) - before) / VERSIONS);
  return { prompts: made.slugs.length + 2, milliseconds: median(times, Number), bytes };
}

async function sizeOfVersions(dataDir: string): Promise<number> {
  const host = await readlink(join(dataDir, 'database/socket'));
  const client = new pg.Client({ host, user: 'anvil', database: 'anvil' });
  await client.connect();
  const { rows } = await client.query<{ bytes: string }>(
    'select sum(pg_total_relation_size(t::regclass)) as bytes from unnest($1::text[]) t',
    [TABLES],
  );
  await client.end();
  return Number(rows[0]?.bytes);
}
