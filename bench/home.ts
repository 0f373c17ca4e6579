import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { BenchAccount } from './account.ts';
import { median } from './median.ts';

/** With the one that is copied. */
const SETS = 50;
const REQUESTS = 20;

export interface HomeMeasured {
  sets: number;
  prompts: number;
  /** Of the page, the median. */
  milliseconds: number;
  slowest: number;
}

/** Copies a published set until there are as many as home has to look at, and asks for home one time after the other. */
export async function measureHome(
  url: string,
  { cookie, organisation }: Pick<BenchAccount, 'cookie' | 'organisation'>,
  dataDir: string,
  setId: string,
): Promise<HomeMeasured> {
  const prompts = await copySets(dataDir, setId);
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n++) {
    const startedAt = performance.now();
    const answer = await fetch(`${url}/o/${organisation}`, { headers: { cookie, accept: 'text/html' } });
    await answer.text();
    if (!answer.ok) throw new Error(`home: ${answer.status}`);
    times.push(performance.now() - startedAt);
  }
  return { sets: SETS, prompts, milliseconds: median(times, Number), slowest: Math.max(...times) };
}

/** @returns how many prompts there are then */
async function copySets(dataDir: string, setId: string): Promise<number> {
  const host = await readlink(join(dataDir, 'database/socket'));
  const client = new pg.Client({ host, user: 'anvil', database: 'anvil' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `create temporary table copies on commit drop as
         select n, gen_random_uuid() as set_id, gen_random_uuid() as draft_id from generate_series(1, ${SETS - 1}) n`,
    );
    for (const statement of COPY) await client.query(statement, [setId]);
    await client.query('commit');
    await client.query('analyze');
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from prompts');
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

const COPY = [
  `insert into prompt_sets (organisation_id, id, project_id, slug, name, last_ordinal)
     select s.organisation_id, c.set_id, s.project_id, s.slug || '-' || c.n, s.name, s.last_ordinal
     from prompt_sets s, copies c where s.id = $1`,
  `insert into drafts (organisation_id, id, set_id)
     select s.organisation_id, c.draft_id, c.set_id from prompt_sets s, copies c where s.id = $1`,
  `insert into prompts (organisation_id, id, draft_id, set_id, slug, name, revision, content_sha256)
     select p.organisation_id, gen_random_uuid(), c.draft_id, c.set_id, p.slug, p.name, 1, p.content_sha256
     from prompts p, copies c where p.set_id = $1`,
  `insert into versions (organisation_id, set_id, ordinal, id, number, checksum, level, behaviour, changes, prompt_count,
       engine, author_kind, author_id, draft_change)
     select v.organisation_id, c.set_id, v.ordinal, gen_random_uuid(), v.number, v.checksum, v.level, v.behaviour,
       v.changes, v.prompt_count, v.engine, v.author_kind, v.author_id, nextval('prompt_changes')
     from versions v, copies c where v.set_id = $1`,
  `insert into version_changes (organisation_id, set_id, slug, from_ordinal, content_sha256)
     select o.organisation_id, c.set_id, o.slug, o.from_ordinal, o.content_sha256
     from version_changes o, copies c where o.set_id = $1`,
];
