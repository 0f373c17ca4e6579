import type { z } from 'zod';
import { isPrerelease, parseVersion } from '@anvil/core/version';
import { Label, Version } from '#db/models/index.ts';
import { inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import { notFound } from '../../errors.ts';
import type { Page } from '../../schemas/common.ts';
import type {
  ChangeView,
  listVersionsInput,
  VersionDetailView,
  versionRef,
  VersionView,
} from '../../schemas/versions.ts';
import { loadAuthors } from '../authors.ts';
import type { Context } from '../context.ts';
import { requireSet, type AddressedSet } from '../lookups.ts';
import { decodeCursor, toPage } from '../pages.ts';
import { changeViews } from './change-views.ts';
import { newestRelease, versionNumbers } from './state.ts';

/** The versions of a set, the newest first. */
export async function listVersions(
  context: Context,
  input: z.output<typeof listVersionsInput>,
): Promise<Page<VersionView>> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const query = Version.query()
      .where({ setId: set.id })
      .orderBy('ordinal', 'desc')
      .limit(input.limit + 1);
    const after = decodeCursor(input.cursor, 'integer');
    if (after !== undefined) query.where('ordinal', '<', after);
    const rows = await query;
    const page = toPage(rows, input.limit, (row) => row.ordinal);
    return { ...page, data: await versionViews(set, page.data) };
  });
}

/** One version with its reasons; its prompts are a list of their own. @throws AppError NOT_FOUND */
export async function getVersion(
  context: Context,
  input: z.output<typeof versionRef>,
): Promise<VersionDetailView> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const version = await requireVersion(set, input.number);
    const [view] = await versionViews(set, [version]);
    return {
      ...(view as VersionView),
      changes: changeViews(version.changes as Omit<ChangeView, 'judged'>[]),
    };
  });
}

/** @throws AppError NOT_FOUND no version of the set has this number (`v1.2.3` is 1.2.3) */
export async function requireVersion(set: AddressedSet, number: string): Promise<Version> {
  const parsed = parseVersion(number);
  const version = parsed.ok
    ? await Version.query().findOne({ setId: set.id, number: parsed.version })
    : undefined;
  if (!version) throw notFound('version');
  return version;
}

/** Views of versions with the labels that name them now. */
export async function versionViews(set: AddressedSet, rows: readonly Version[]): Promise<VersionView[]> {
  const labels = await Label.query().where({ setId: set.id });
  const latest = newestRelease(await versionNumbers(set));
  const author = await loadAuthors(rows);
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    address: `${set.projectSlug}/${set.slug}@${row.number}`,
    level: row.level,
    behaviour: row.behaviour,
    changelog: row.changelog,
    checksum: row.checksum,
    engine: row.engine,
    prompt_count: row.promptCount,
    labels: [
      ...(row.ordinal === latest?.ordinal && !isPrerelease(row.number) ? ['latest'] : []),
      ...labels
        .filter((label) => label.ordinal === row.ordinal)
        .map((label) => label.name)
        .sort(),
    ],
    base: row.baseNumber,
    created_at: row.createdAt.toISOString(),
    author: author(row),
  }));
}
