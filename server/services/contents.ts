import { canonicalContent, checkConfigText, contentSha256 } from '@anvil/core/checksum';
import { checkContentSize } from '@anvil/core/content-size';
import { checkParameters } from '@anvil/core/parameter';
import type { Parameter, Problem, PromptContent } from '@anvil/core/prompt';
import { analyseContent } from '@anvil/core/template/analyse';
import { findContentRenders } from '@anvil/core/template/partials';
import { Content } from '#db/models/index.ts';
import { currentOrganisationId } from '#db/tenancy.ts';
import { AppError } from '../errors.ts';
import { createTimeSlices } from './time-slices.ts';

/** A stored content with the hash that names it. */
export interface StoredContent {
  sha256: string;
  content: PromptContent;
}

/**
 * What was found in contents, by hash: the analysis of a template depends on nothing else. Bounded, the oldest go
 * first.
 */
const analysed = new Map<string, Problem[]>();
const ANALYSED_MAX = 20_000;

/**
 * Everything found in one content: its parameters, config and templates, the worst first. In a content that is too large
 * nothing else is looked at.
 */
export function findProblems(content: PromptContent): Problem[] {
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
  problems.push(...analyseContent(content));
  const order = { syntax: 0, error: 1, warning: 2 };
  return problems.sort((a, b) => order[a.severity] - order[b.severity]);
}

/** As findProblems, remembered by the content's hash. */
export function findStoredProblems({ sha256, content }: StoredContent): Problem[] {
  const known = analysed.get(sha256);
  if (known) return known;
  const problems = findProblems(content);
  if (analysed.size >= ANALYSED_MAX) {
    for (const oldest of analysed.keys()) {
      analysed.delete(oldest);
      break;
    }
  }
  analysed.set(sha256, problems);
  return problems;
}

/** As findStoredProblems for many. Other requests run in between. */
export async function findProblemsOfMany(stored: Iterable<[string, StoredContent]>): Promise<Problem[]> {
  const problems: Problem[] = [];
  const giveWay = createTimeSlices();
  for (const [slug, one] of stored) {
    for (const problem of findStoredProblems(one)) {
      problems.push({ ...problem, place: { ...problem.place, prompt: slug } });
    }
    await giveWay();
  }
  return problems;
}

/**
 * Refuses a content that can't be saved.
 *
 * @throws AppError UNPROCESSABLE_CONTENT `content.invalid`: each syntax problem at its place
 */
export function refuseUnsavable(content: PromptContent): void {
  const blocking = findProblems(content).filter((problem) => problem.severity === 'syntax');
  const [first] = blocking;
  if (!first) return;
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
  const sha256 = contentSha256(content);
  await Content.query()
    .insert({
      organisationId: currentOrganisationId(),
      sha256,
      body: canonicalContent(content),
      renders: [...new Set(findContentRenders(content).map((render) => render.slug))],
    })
    .onConflict(['organisation_id', 'sha256'])
    .ignore();
  return sha256;
}

/** The content of a stored body. */
export function parseBody(body: string): PromptContent {
  return JSON.parse(body) as PromptContent;
}

/** How lists show parameters: by name, with `?` behind the optional ones. */
export function parameterNames(parameters: readonly Parameter[]): string[] {
  return parameters.map(({ name, required }) => (required ? name : `${name}?`));
}

/** Contents by their hashes, in one query. */
export async function loadContents(hashes: Iterable<string>): Promise<Map<string, StoredContent>> {
  const wanted = [...new Set(hashes)];
  if (wanted.length === 0) return new Map();
  const rows = await Content.query().select('sha256', 'body').whereRaw('sha256 = any(?)', [wanted]);
  return new Map(rows.map((row) => [row.sha256, { sha256: row.sha256, content: parseBody(row.body) }]));
}

/** One content. @throws Error when it is missing, which foreign keys rule out */
export async function loadContent(sha256: string): Promise<PromptContent> {
  const found = (await loadContents([sha256])).get(sha256);
  if (!found) throw new Error(`The content ${sha256} is missing`);
  return found.content;
}
