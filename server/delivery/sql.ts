import type pg from 'pg';
import type { Scope } from '../schemas/api-keys.ts';
import { databaseUnavailable } from './unavailable.ts';

/**
 * Every statement of the hot path. They run as the plain owner, without row security, so each one that reads a
 * tenant's rows begins with its organisation; the key's own row is found by the hash of its token.
 */

/**
 * Runs a statement and makes sure that a primary has answered: the rows of a standby may be old, and what it lacks may
 * exist. One row comes back in any case, so that this costs no further round trip.
 *
 * @throws AppError SERVICE_UNAVAILABLE when the server is a standby
 */
async function selectFromPrimary<Row>(pool: pg.Pool, statement: string, values: unknown[]): Promise<Row[]> {
  const { rows } = await pool.query<Row & { in_recovery: boolean; is_found: boolean | null }>(
    `select pg_is_in_recovery() as in_recovery, found.*
     from (values (1)) one left join (select true as is_found, rows.* from (${statement}) rows) found on true`,
    values,
  );
  if (rows[0]?.in_recovery !== false)
    throw databaseUnavailable(new Error('The database server is a standby'));
  return rows.filter((row) => row.is_found);
}

export interface KeyRow {
  id: string;
  organisation_id: string;
  organisation_slug: string;
  name: string;
  scopes: Scope[];
  /** `null`: every project. */
  project_ids: string[] | null;
  expires_at: Date | null;
  revoked_at: Date | null;
}

/** The API key with this token hash, a revoked one too. */
export async function selectKey(pool: pg.Pool, tokenSha256: string): Promise<KeyRow | undefined> {
  const [row] = await selectFromPrimary<KeyRow>(
    pool,
    `select k.id, k.organisation_id, o.slug as organisation_slug, k.name, k.scopes, k.expires_at, k.revoked_at,
       case when k.limited_to_projects then array(
         select kp.project_id::text from api_key_projects kp
         where kp.organisation_id = k.organisation_id and kp.api_key_id = k.id
       ) end as project_ids
     from api_keys k join organisations o on o.id = k.organisation_id
     where k.token_sha256 = $1`,
    [tokenSha256],
  );
  return row;
}

export interface SetRow {
  id: string;
  project_id: string;
  versions: [ordinal: number, number: string][];
  labels: Record<string, number>;
  /** Up to which ordinal the content was looked for. */
  to_ordinal: number;
  from_ordinal: number | null;
  content_sha256: string | null;
  body: string | null;
}

/**
 * A prompt set with its numbers and labels, and in the same round trip the content of one prompt in the version
 * that is most probably meant: the exact number, the label, else the newest.
 */
export async function selectSet(
  pool: pg.Pool,
  input: {
    organisationId: string;
    project: string;
    set: string;
    prompt?: string;
    number?: string;
    label?: string;
  },
): Promise<SetRow | undefined> {
  const [row] = await selectFromPrimary<SetRow>(
    pool,
    `select s.id, s.project_id, target.to_ordinal, found.from_ordinal, found.content_sha256, found.body,
       (select coalesce(json_agg(json_build_array(v.ordinal, v.number)), '[]') from versions v
        where v.organisation_id = s.organisation_id and v.set_id = s.id) as versions,
       (select coalesce(json_object_agg(l.name, l.ordinal), '{}') from labels l
        where l.organisation_id = s.organisation_id and l.set_id = s.id) as labels
     from projects p
       join prompt_sets s on s.organisation_id = p.organisation_id and s.project_id = p.id
       cross join lateral (select coalesce(
         (select ordinal from versions where organisation_id = s.organisation_id and set_id = s.id and number = $5),
         (select ordinal from labels where organisation_id = s.organisation_id and set_id = s.id and name = $6),
         s.last_ordinal) as to_ordinal) target
       left join lateral (
         select vc.from_ordinal, vc.content_sha256, c.body
         from version_changes vc
           left join contents c on c.organisation_id = vc.organisation_id and c.sha256 = vc.content_sha256
         where vc.organisation_id = s.organisation_id and vc.set_id = s.id and vc.slug = $4
           and vc.from_ordinal <= target.to_ordinal
         order by vc.from_ordinal desc limit 1) found on true
     where p.organisation_id = $1 and p.slug = $2 and s.slug = $3`,
    [
      input.organisationId,
      input.project,
      input.set,
      input.prompt ?? null,
      input.number ?? null,
      input.label ?? null,
    ],
  );
  return row;
}

export interface ContentRow {
  slug: string;
  sha256: string;
  body: string;
}

/** Contents of prompts in the version with this ordinal; prompts that it does not hold are left out. */
export async function selectContents(
  pool: pg.Pool,
  input: { organisationId: string; setId: string; ordinal: number; slugs: readonly string[] },
): Promise<ContentRow[]> {
  return selectFromPrimary<ContentRow>(
    pool,
    `select newest.slug, c.sha256, c.body from (
       select distinct on (slug) organisation_id, slug, content_sha256 from version_changes
       where organisation_id = $1 and set_id = $2 and from_ordinal <= $3 and slug = any($4)
       order by slug desc, from_ordinal desc
     ) newest join contents c on c.organisation_id = newest.organisation_id and c.sha256 = newest.content_sha256`,
    [input.organisationId, input.setId, input.ordinal, input.slugs],
  );
}

/** Contents of prompts in the main draft. */
export async function selectDraftContents(
  pool: pg.Pool,
  input: { organisationId: string; setId: string; slugs: readonly string[] },
): Promise<ContentRow[]> {
  return selectFromPrimary<ContentRow>(
    pool,
    `select p.slug, c.sha256, c.body
     from prompts p
       join drafts d on d.organisation_id = p.organisation_id and d.id = p.draft_id and d.line is null
       join contents c on c.organisation_id = p.organisation_id and c.sha256 = p.content_sha256
     where p.organisation_id = $1 and p.set_id = $2 and p.slug = any($3) and p.archived_at is null`,
    [input.organisationId, input.setId, input.slugs],
  );
}

/**
 * A content by its hash, if it stands in a version of one of the projects, or, with `drafts`, in a revision there.
 *
 * @param projectIds `null`: all projects of the organisation
 */
export async function selectContentByHash(
  pool: pg.Pool,
  input: {
    organisationId: string;
    sha256: string;
    projectIds: readonly string[] | null;
    drafts: boolean;
    published: boolean;
  },
): Promise<string | undefined> {
  const [row] = await selectFromPrimary<{ body: string }>(
    pool,
    `select c.body from contents c
     where c.organisation_id = $1 and c.sha256 = $2 and (
       ($5 and exists (
         select from version_changes vc
           join prompt_sets s on s.organisation_id = vc.organisation_id and s.id = vc.set_id
         where vc.organisation_id = $1 and vc.content_sha256 = $2 and ($3::uuid[] is null or s.project_id = any($3))))
       or ($4 and exists (
         select from revisions r
           join prompts p on p.organisation_id = r.organisation_id and p.id = r.prompt_id
           join prompt_sets s on s.organisation_id = p.organisation_id and s.id = p.set_id
         where r.organisation_id = $1 and r.content_sha256 = $2 and ($3::uuid[] is null or s.project_id = any($3)))))`,
    [input.organisationId, input.sha256, input.projectIds, input.drafts, input.published],
  );
  return row?.body;
}
