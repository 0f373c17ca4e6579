import type { z } from 'zod';
import { currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { authorize, type Access } from '../../auth/authorize.ts';
import { notFound } from '../../errors.ts';
import type { Page } from '../../schemas/common.ts';
import type {
  listVersionPromptsInput,
  versionPromptRef,
  VersionPromptSummary,
  VersionPromptView,
} from '../../schemas/versions.ts';
import { summariseContents } from '../content-summaries.ts';
import { loadContent, loadInBatches } from '../contents.ts';
import type { Context } from '../context.ts';
import { requireSet, type AddressedSet } from '../lookups.ts';
import { decodeCursor, toPage } from '../pages.ts';
import { loadPromptNames } from '../prompt-names.ts';
import { isAfterSlug, slugOrder } from '../slug-order.ts';
import { requireVersion } from './read.ts';
import { stateAt } from './state.ts';

type ListVersionPrompts = z.output<typeof listVersionPromptsInput>;

/**
 * The prompts of a version by slug, without their contents: a version of 2,000 prompts is read a page at a time.
 *
 * @throws AppError NOT_FOUND
 */
export async function listVersionPrompts(
  context: Context,
  input: ListVersionPrompts,
): Promise<Page<VersionPromptSummary>> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { set, number, rows } = await readRows(access, input);
    const page = toPage(rows, input.limit, ({ slug }) => slug);
    const summaries = await summariseContents(page.data.map(({ contentSha256 }) => contentSha256));
    const names = await loadPromptNames(
      set,
      page.data.map(({ slug }) => slug),
    );
    return {
      ...page,
      data: page.data.flatMap(({ slug, contentSha256: sha256 }) => {
        const summary = summaries.get(sha256);
        const name = names.get(slug) ?? slug;
        return summary ? [{ slug, name, address: addressIn(set, slug, number), ...summary, sha256 }] : [];
      }),
    };
  });
}

/**
 * The prompts of a version by slug with their contents: a page to print. A page has a few MB of contents at most, so it may be
 * shorter than the limit.
 *
 * @throws AppError NOT_FOUND
 */
export async function listVersionContents(
  context: Context,
  input: ListVersionPrompts,
): Promise<Page<VersionPromptView>> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const { set, number, rows } = await readRows(access, input);
    const batches = loadInBatches(rows.slice(0, input.limit), ({ contentSha256 }) => [contentSha256]);
    for await (const { batch, contents } of batches) {
      const page = toPage(rows, batch.length, ({ slug }) => slug);
      return {
        ...page,
        data: page.data.flatMap(({ slug, contentSha256: sha256 }) => {
          const content = contents.get(sha256)?.content;
          const address = addressIn(set, slug, number);
          return content ? [{ slug, address, kind: content.kind, sha256, content }] : [];
        }),
      };
    }
    return toPage<VersionPromptView>([], input.limit, ({ slug }) => slug);
  });
}

/** The rows of a page and the one after it. Has to run in a transaction. */
async function readRows(access: Access, input: ListVersionPrompts) {
  const set = await requireSet(access, input);
  const { ordinal, number } = await requireVersion(set, input.number);
  const after = decodeCursor(input.cursor, 'text') ?? '';
  return { set, number, rows: await promptsAfter(set, ordinal, after, input.limit + 1) };
}

/** One prompt of a version with its content. @throws AppError NOT_FOUND */
export async function getVersionPrompt(
  context: Context,
  input: z.output<typeof versionPromptRef>,
): Promise<VersionPromptView> {
  const access = authorize(context.actor, 'prompts.read', input.organisation);
  return inOrganisation(context.database, access.organisationId, async () => {
    const set = await requireSet(access, input);
    const { ordinal, number } = await requireVersion(set, input.number);
    const slug = input.prompt;
    const sha256 = (await stateAt(set, ordinal, [slug])).get(slug);
    if (sha256 === undefined) throw notFound('prompt');
    const content = await loadContent(sha256);
    return { slug, address: addressIn(set, slug, number), kind: content.kind, sha256, content };
  });
}

/** As `stateAt`, but some of it: what comes after a slug. */
async function promptsAfter(
  set: AddressedSet,
  ordinal: number,
  after: string,
  limit: number,
): Promise<{ slug: string; contentSha256: string }[]> {
  const { rows } = await currentTransaction().raw<{ rows: { slug: string; contentSha256: string }[] }>(
    `select slug, content_sha256 as "contentSha256" from (
       select distinct on (slug) slug, content_sha256 from version_changes
       where organisation_id = :organisationId and set_id = :setId and from_ordinal <= :ordinal
       order by slug, from_ordinal desc
     ) newest where content_sha256 is not null and ${isAfterSlug(['slug'], [':after'])}
     order by ${slugOrder('slug')} limit :limit`,
    { organisationId: set.organisationId, setId: set.id, ordinal, after, limit },
  );
  return rows;
}

function addressIn(set: AddressedSet, slug: string, number: string): string {
  return `${set.projectSlug}/${set.slug}/${slug}@${number}`;
}
