/** `{% render 'slug', name: value %}` within a set: what names what, and whether that works. */
import type { Parameter, Place, Problem, PromptContent } from '../prompt.ts';
import { hasTooManyTags, templatesOf } from './analyse.ts';
import { boundedMessage } from '../text.ts';
import { createPositions } from './errors.ts';
import type { Parse } from './parse.ts';
import { parseTemplate } from './parse.ts';
import { MAX_NESTING } from './render.ts';
import { MAX_PROBLEMS } from './read.ts';
import { closest } from './suggest.ts';
import type { Node } from './syntax.ts';

export interface FoundRender {
  slug: string;
  /** Names of the values that are given. */
  args: { name: string; place: Place }[];
  place: Place;
}

/** The renders of one template, in their order; none when it can't be parsed. */
export function findRenders(
  template: string,
  parse: Parse = parseTemplate,
  place: Place = { part: 'template' },
): FoundRender[] {
  const parsed = parse(template);
  if (!parsed.ok) return [];
  const nodes = rendersIn(parsed.template.nodes);
  if (nodes.length === 0) return [];
  const positionOf = createPositions(template);
  const at = (offset: number): Place => ({ ...place, ...positionOf(offset) });
  return nodes.map((node) => ({
    slug: node.slug,
    args: node.args.map((arg) => ({ name: arg.name, place: at(arg.at) })),
    place: at(node.at),
  }));
}

/** The renders of all templates of a content; none if it has too many tags to be parsed. */
export function findContentRenders(content: PromptContent, parse: Parse = parseTemplate): FoundRender[] {
  if (hasTooManyTags(content)) return [];
  return templatesOf(content).flatMap(({ source, place }) => findRenders(source, parse, place));
}

function rendersIn(nodes: readonly Node[]): (Node & { type: 'render' })[] {
  return nodes.flatMap((node) => {
    switch (node.type) {
      case 'render':
        return [node];
      case 'capture':
      case 'block':
        return rendersIn(node.body);
      case 'loop':
        return [...rendersIn(node.body), ...rendersIn(node.otherwise)];
      case 'choice':
      case 'case':
        return [...node.branches.flatMap((branch) => rendersIn(branch.body)), ...rendersIn(node.otherwise)];
      default:
        return [];
    }
  });
}

/**
 * Checks every render of a set: the prompt is there and of kind text, what it requires is given and nothing it
 * doesn't know, nothing renders itself, at most 5 inside each other. All are errors; of wrong
 * renders about the first hundred are told.
 *
 * @param set the prompts of the set by slug
 */
export function checkRenders(
  set: ReadonlyMap<string, PromptContent>,
  parse: Parse = parseTemplate,
): Problem[] {
  return checkLinks(new Map([...set].map(([slug, content]) => [slug, linksOf(content, parse)])));
}

/** What {@link checkLinks} has to know of a prompt: how it can be rendered, and what it renders. */
export interface Links {
  kind: PromptContent['kind'];
  parameters: readonly Pick<Parameter, 'name' | 'type' | 'required'>[];
  renders: FoundRender[];
}

export function linksOf(content: PromptContent, parse: Parse = parseTemplate): Links {
  const parameters = content.parameters.map(({ name, type, required }) => ({ name, type, required }));
  return { kind: content.kind, parameters, renders: findContentRenders(content, parse) };
}

/** As `checkRenders`, for a set whose contents don't fit into memory together. */
export function checkLinks(set: ReadonlyMap<string, Links>): Problem[] {
  const problems: Problem[] = [];
  const renders = new Map<string, FoundRender[]>();
  for (const [slug, { renders: found }] of set) {
    if (found.length > 0) renders.set(slug, found);
    for (const render of found) {
      if (problems.length < MAX_PROBLEMS) problems.push(...checkRender(render, set, slug));
    }
  }
  const loops = findLoops(renders);
  // A circle is endlessly deep: nothing more is to be said of depth before it is gone.
  return [...problems, ...(loops.length > 0 ? loops : findDeep(renders, set))];
}

/** `prompt` is the slug of the prompt that the render stands in. */
function checkRender(render: FoundRender, set: ReadonlyMap<string, Links>, prompt?: string): Problem[] {
  const error = (rule: string, message: string, place: Place): Problem => ({
    rule,
    severity: 'error',
    message: boundedMessage(message),
    place: prompt === undefined ? place : { ...place, prompt },
  });
  const { slug } = render;
  if (slug.includes('/')) {
    const message = `\`${slug}\` is in another set. \`render\` takes the slug of a prompt of the same set.`;
    return [error('render.other_set', message, render.place)];
  }
  const target = set.get(slug);
  if (!target) {
    const near = closest(slug, set.keys());
    const message = `There is no prompt \`${slug}\` in this set.${near ? ` Did you mean \`${near}\`?` : ''}`;
    return [error('render.missing_prompt', message, render.place)];
  }
  if (target.kind !== 'text') {
    const message = `\`${slug}\` is a chat prompt; only text prompts can be rendered inside others.`;
    return [error('render.not_text', message, render.place)];
  }
  const given = new Set(render.args.map(({ name }) => name));
  const known = new Set(target.parameters.map(({ name }) => name));
  const missing = target.parameters.filter(({ name, required }) => required && !given.has(name));
  const unknown = render.args.filter(({ name }) => !known.has(name));
  return [
    ...missing.map((parameter) =>
      error('render.missing_argument', missingSentence(slug, parameter), render.place),
    ),
    ...unknown.slice(0, MAX_PROBLEMS).map(({ name, place }) => {
      const near = closest(name, known);
      const message = `\`${slug}\` has no parameter \`${name}\`.${near ? ` Did you mean \`${near}\`?` : ' Take it out.'}`;
      return error('render.unknown_argument', message, place);
    }),
  ];
}

function missingSentence(slug: string, { name }: Parameter): string {
  return `\`${slug}\` requires \`${name}\`: write \`{% render '${slug}', ${name}: … %}\`.`;
}

/** One problem per circle, at the render that closes it. Walks without recursion: a chain may be as long as the set. */
function findLoops(renders: ReadonlyMap<string, FoundRender[]>): Problem[] {
  const problems: Problem[] = [];
  const done = new Set<string>();
  for (const start of renders.keys()) {
    if (done.has(start)) continue;
    const path: { slug: string; next: number }[] = [{ slug: start, next: 0 }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const render = renders.get(top.slug)?.[top.next];
      top.next += 1;
      if (!render) {
        done.add(top.slug);
        onPath.delete(top.slug);
        path.pop();
      } else if (onPath.has(render.slug)) {
        const slugs = path.map(({ slug }) => slug);
        const circle = [...slugs.slice(slugs.indexOf(render.slug)), render.slug].join(' → ');
        const message = `Prompts render each other in a circle: ${circle}. Take one of these renders out.`;
        problems.push({
          rule: 'render.loop',
          severity: 'error',
          message: boundedMessage(message),
          place: { ...render.place, prompt: top.slug },
        });
        if (problems.length === MAX_PROBLEMS) return problems;
      } else if (!done.has(render.slug)) {
        path.push({ slug: render.slug, next: 0 });
        onPath.add(render.slug);
      }
    }
  }
  return problems;
}

/** Renders that lead more than 5 deep, at the outermost prompts of a set without circles. */
function findDeep(renders: ReadonlyMap<string, FoundRender[]>, set: ReadonlyMap<string, Links>): Problem[] {
  // deepest[slug] after n rounds: the longest chain of renders from it, counted up to n.
  let deepest = new Map<string, { depth: number; via: FoundRender | undefined }>();
  for (let round = 0; round <= MAX_NESTING; round++) {
    const next: typeof deepest = new Map();
    for (const [slug, found] of renders) {
      for (const render of found) {
        if (!set.has(render.slug)) continue;
        const depth = 1 + (deepest.get(render.slug)?.depth ?? 0);
        if (depth > (next.get(slug)?.depth ?? 0)) next.set(slug, { depth, via: render });
      }
    }
    deepest = next;
  }
  const named = new Set([...renders.values()].flatMap((found) => found.map(({ slug }) => slug)));
  return [...deepest].flatMap(([slug, { depth, via }]): Problem[] => {
    if (depth <= MAX_NESTING || named.has(slug) || !via) return [];
    const message = `Prompts are rendered inside each other more than ${MAX_NESTING} deep from here.`;
    return [{ rule: 'render.too_deep', severity: 'error', message, place: { ...via.place, prompt: slug } }];
  });
}
