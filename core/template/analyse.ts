/** What is wrong with one prompt's templates, before anybody renders them. */
import type { Place, Problem, PromptContent } from '../prompt.ts';
import { checkPlaceholders } from '../parameter.ts';
import { CONTENT_TAG_LIMIT } from './engine.ts';
import type { Parse } from './parse.ts';
import { countTags, parseTemplate, placed } from './parse.ts';
import type { Shape } from './shapes.ts';
import { shapeOfParameter } from './shapes.ts';
import { walkTemplate } from './walk.ts';

/** The templates of a content, each with its place. */
export function templatesOf(content: PromptContent): { source: string; place: Place }[] {
  if (content.kind === 'text') return [{ source: content.template, place: { part: 'template' } }];
  return content.messages.flatMap((message, index) =>
    'placeholder' in message
      ? []
      : [{ source: message.content, place: { part: 'message' as const, message: index } }],
  );
}

/** Whether the messages together have more tags than may be parsed; a single template is judged by its parse. */
export function hasTooManyTags(content: PromptContent): boolean {
  if (content.kind === 'text') return false;
  const tags = templatesOf(content).reduce((sum, { source }) => sum + countTags(source), 0);
  return tags > CONTENT_TAG_LIMIT;
}

/**
 * Finds the problems of a content's templates and placeholders: a template that can't be parsed (`syntax`); a
 * variable or declared field that doesn't exist, a parameter of type messages in a template, a placeholder that
 * names none (`error`); a parameter that is never used, and a value that may be null or unset where it is printed
 * (`warning`). Parameters and config by themselves are checked elsewhere.
 */
export function analyseContent(content: PromptContent, parse: Parse = parseTemplate): Problem[] {
  const problems: Problem[] =
    content.kind === 'chat' ? checkPlaceholders(content.messages, content.parameters) : [];
  const used = new Set<string>();
  if (content.kind === 'chat') {
    for (const message of content.messages) if ('placeholder' in message) used.add(message.placeholder);
  }
  const parameters = new Map(
    content.parameters.map((parameter) => [parameter.name, shapeOfParameter(parameter)]),
  );
  if (hasTooManyTags(content)) {
    const message = `The messages of a prompt have at most ${CONTENT_TAG_LIMIT.toLocaleString('en-US')} tags and outputs together. Split it into several prompts.`;
    return [
      { rule: 'template.too_many_tags', severity: 'syntax', message, place: { part: 'message', message: 0 } },
    ];
  }
  let complete = true;
  for (const { source, place } of templatesOf(content)) {
    const parsed = parse(source);
    if (!parsed.ok) {
      complete = false;
      problems.push(placed(parsed.problem, place));
      continue;
    }
    const read = (name: string): Shape | undefined => {
      used.add(name);
      return parameters.get(name);
    };
    walkTemplate({ source, place, parameters, problems, read }, parsed.template.nodes);
  }
  // What a template that can't be parsed reads isn't known.
  if (complete) problems.push(...findUnused(content, used));
  return problems;
}

function findUnused(content: PromptContent, used: ReadonlySet<string>): Problem[] {
  return content.parameters
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => ({
      rule: 'parameter.unused',
      severity: 'warning',
      message: `\`${name}\` is never used. Use it in the template, or remove it.`,
      place: { part: 'parameter', path: name },
    }));
}
