import { LRUCache } from 'lru-cache';
import { canonicalContent, checkConfigText, contentSha256, textSha256 } from '@anvil/core/checksum';
import { checkContentSize } from '@anvil/core/content-size';
import { checkParameters } from '@anvil/core/parameter';
import type { Problem, PromptContent } from '@anvil/core/prompt';
import { analyseContent } from '@anvil/core/template/analyse';
import { findDemandWarnings } from '@anvil/core/template/demands/warnings';
import { parseOnce, type Parse } from '@anvil/core/template/parse';
import { findContentRenders } from '@anvil/core/template/partials';
import { raw } from 'objection';
import { Content } from '#db/models/index.ts';
import { currentOrganisationId } from '#db/tenancy.ts';
import { AppError } from '../errors.ts';

/** A stored content with the hash that names it. */
export interface StoredContent {
  sha256: string;
  content: PromptContent;
}

/** Contents without problems that are remembered; a problem counts as much as a content. */
const ANALYSED_MAX = 20_000;

/** The problems of contents, by hash: the analysis of a content depends on nothing else. */
const analysed = new LRUCache<string, Problem[]>({
  maxSize: ANALYSED_MAX,
  sizeCalculation: (problems) => 1 + problems.length,
});

/**
 * Everything found in one content: its parameters, config and templates, the worst first. In a content that is too large
 * nothing else is looked at.
 */
export function findProblems(content: PromptContent, parse: Parse = parseOnce()): Problem[] {
  const tooLarge = checkContentSize(content);
  if (tooLarge !== undefined) {
    const place =
      content.kind === 'text' ? { part: 'template' as const } : { part: 'message' as const, message: 0 };
    return [{ rule: 'content.too_large', severity: 'syntax', message: tooLarge, place }];
  }
  const problems = [...checkParameters(content.parameters)];
  const config = checkConfigText(content.config);
  if (!config.ok) {
    const { line, column, message } = config;
    problems.push({
      rule: 'config.invalid',
      severity: 'syntax',
      message,
      place: { part: 'config', line, column },
    });
  }
  problems.push(...analyseContent(content, parse));
  // What an error is about would be reported twice.
  if (problems.every(({ severity }) => severity === 'warning')) {
    problems.push(...findDemandWarnings(content, parse));
  }
  const order = { syntax: 0, error: 1, warning: 2 };
  return problems.sort((a, b) => order[a.severity] - order[b.severity]);
}

/** As findProblems, remembered by the content's hash. */
export function findStoredProblems({ sha256, content }: StoredContent, parse?: Parse): Problem[] {
  const known = analysed.get(sha256);
  if (known) return known;
  const problems = findProblems(content, parse);
  analysed.set(sha256, problems);
  return problems;
}

/**
 * Refuses a content that can't be saved.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `content.invalid`: each syntax problem at its place
 */
export function refuseUnsavable(content: PromptContent): void {
  const problems = findProblems(content);
  const blocking = problems.filter((problem) => problem.severity === 'syntax');
  const [first] = blocking;
  // A content that can be saved has a hash; it is saved and shown next.
  if (!first) {
    analysed.set(contentSha256(content), problems);
    return;
  }
  throw new AppError('UNPROCESSABLE_CONTENT', first.message, {
    reason: 'content.invalid',
    details: blocking.map((problem) => ({ field: fieldOf(problem), message: problem.message })),
    data: { problems: blocking },
  });
}

/** `content.template:5:25`, `content.messages.1:2:3`, `content.parameters.order.items`, `content.config:1:9` */
export function fieldOf({ place }: Problem): string {
  const at = place.line === undefined ? '' : `:${place.line}:${place.column ?? 1}`;
  switch (place.part) {
    case 'template':
      return `content.template${at}`;
    case 'message':
      return `content.messages.${place.message ?? 0}${at}`;
    case 'parameter':
      return `content.parameters.${place.path ?? ''}`;
    case 'config':
      return `content.config${place.path ? `.${place.path}` : ''}${at}`;
  }
}

/** Stores a content under its hash, once per organisation. @returns the hash */
export async function storeContent(content: PromptContent): Promise<string> {
  const body = canonicalContent(content);
  const sha256 = textSha256(body);
  await Content.query()
    .insert({
      organisationId: currentOrganisationId(),
      sha256,
      body,
      renders: [...new Set(findContentRenders(content).map((render) => render.slug))],
    })
    .onConflict(['organisation_id', 'sha256'])
    .ignore();
  return sha256;
}

/** The content of a stored body. */
function parseBody(body: string): PromptContent {
  return JSON.parse(body) as PromptContent;
}

/** Contents by their hashes, in one query. */
export async function loadContents(hashes: Iterable<string>): Promise<Map<string, StoredContent>> {
  const wanted = [...new Set(hashes)];
  if (wanted.length === 0) return new Map();
  const rows = await Content.query().select('sha256', 'body').whereRaw('sha256 = any(?)', [wanted]);
  return new Map(rows.map((row) => [row.sha256, { sha256: row.sha256, content: parseBody(row.body) }]));
}

/** Loads contents by the slugs of their prompts. @param hashes the content of each slug */
export async function loadContentsBySlug(
  hashes: ReadonlyMap<string, string>,
): Promise<Map<string, PromptContent>> {
  const contents = await loadContents(hashes.values());
  return new Map(
    [...hashes].flatMap(([slug, sha256]) => {
      const stored = contents.get(sha256);
      return stored ? [[slug, stored.content] as const] : [];
    }),
  );
}

/** One content. @throws Error when it is missing, which foreign keys rule out */
export async function loadContent(sha256: string): Promise<PromptContent> {
  const found = (await loadContents([sha256])).get(sha256);
  if (!found) throw new Error(`The content ${sha256} is missing`);
  return found.content;
}

/** Contents that are in memory at once, in bytes of JSON; parsed, they take several times as much. */
const BATCH_BYTES = 4 * 1_048_576;

/**
 * Loads the contents of many things, as many at once as fit into memory: a set may hold more than the process can.
 *
 * @param hashesOf the contents that one thing needs at once
 * @param read runs one query; for callers that are in no transaction
 */
export async function* loadInBatches<T>(
  things: readonly T[],
  hashesOf: (thing: T) => readonly string[],
  read: <R>(query: () => Promise<R>) => Promise<R> = (query) => query(),
): AsyncGenerator<{ batch: T[]; contents: Map<string, StoredContent> }> {
  if (things.length === 0) return;
  const sizes = await read(() => loadSizes([...new Set(things.flatMap(hashesOf))]));
  let batch: T[] = [];
  let bytes = 0;
  const load = async () => ({ batch, contents: await read(() => loadContents(batch.flatMap(hashesOf))) });
  for (const thing of things) {
    const size = hashesOf(thing).reduce((sum, sha256) => sum + (sizes.get(sha256) ?? 0), 0);
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield await load();
      [batch, bytes] = [[], 0];
    }
    batch.push(thing);
    bytes += size;
  }
  yield await load();
}

/** The sizes of stored contents in bytes, by their hashes. */
async function loadSizes(hashes: readonly string[]): Promise<Map<string, number>> {
  const rows = await Content.query()
    .select('sha256', raw('octet_length(body)').as('bytes'))
    .whereRaw('sha256 = any(?)', [hashes])
    .castTo<{ sha256: string; bytes: number }[]>();
  return new Map(rows.map(({ sha256, bytes }) => [sha256, bytes]));
}
