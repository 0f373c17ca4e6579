/** Renders a prompt's content with checked values: pure, the same everywhere, undefined is never silent. */
import { Context, toValueSync } from 'liquidjs';
import type { JsonObject, JsonValue, MessageRole, Parameter, Place, PromptContent } from '../prompt.ts';
import { checkValues } from '../value.ts';
import { boundedMessage, utf8Length } from '../text.ts';
import { engine } from './engine.ts';
import { PartialError, TemplateError, findInside, positionAt } from './errors.ts';
import { OUTPUT_LIMIT, createSink } from './output.ts';
import type { Parse, ParsedTemplate } from './parse.ts';
import { parseTemplate, placed } from './parse.ts';
import type { Run } from './tags.ts';
import { RUN } from './tags.ts';

/** Prompts rendered inside each other, the outermost not counted. */
export const MAX_NESTING = 5;

export interface RenderInput {
  content: PromptContent;
  /** As `checkValues` gives them back: every parameter present. */
  values: JsonObject;
  /** The prompts that `{% render %}` may name, by slug. */
  partials?: Readonly<Record<string, PromptContent>>;
  /** Of each text, in UTF-8 bytes; 1 MiB when absent. For a chat the messages together. */
  outputLimit?: number;
  /** Copied characters and list items, as LiquidJS counts them; the engine's limit when absent. */
  memoryLimit?: number;
  /** A parse that remembers; {@link parseTemplate} when absent. */
  parse?: Parse;
}

/** A type and not an interface, so that it counts as JSON. */
export type RenderedMessage = { role: MessageRole; content: string };
/** Messages that came in through a placeholder are the caller's, with whatever keys they have. */
export type Rendered = { text: string } | { messages: (RenderedMessage | JsonValue)[] };

export type RenderReason =
  | 'render.undefined'
  | 'render.output_too_large'
  | 'render.memory'
  | 'render.failed'
  | 'render.syntax'
  | 'render.missing_prompt'
  | 'render.not_text'
  | 'render.arguments'
  | 'render.too_deep'
  | 'render.time_zone';

export interface RenderFailure {
  ok: false;
  reason: RenderReason;
  /** A sentence that may be shown. */
  message: string;
  place: Place;
}
/** Warnings about the rendered text; `path` is always empty. */
export interface RenderWarning {
  rule: string;
  path: '';
  message: string;
}
export type RenderResult = { ok: true; output: Rendered; warnings: RenderWarning[] } | RenderFailure;

const WARNINGS_MAX = 100;
type Warnings = Map<string, RenderWarning>;

/** Never throws for what a template or its values do wrong; running out of time or memory is the caller's. */
export function renderContent(input: RenderInput): RenderResult {
  const { content, values } = input;
  const limit = input.outputLimit ?? OUTPUT_LIMIT;
  const warnings: Warnings = new Map();
  if (content.kind === 'text') {
    const result = renderText(content.template, { part: 'template' }, input, limit, warnings);
    if (typeof result !== 'string') return result;
    return { ok: true, output: { text: result }, warnings: [...warnings.values()] };
  }
  const messages: (RenderedMessage | JsonValue)[] = [];
  let left = limit;
  for (const [index, message] of content.messages.entries()) {
    if ('placeholder' in message) {
      const given = Object.hasOwn(values, message.placeholder) ? values[message.placeholder] : null;
      if (Array.isArray(given)) messages.push(...given);
      continue;
    }
    const result = renderText(message.content, { part: 'message', message: index }, input, left, warnings);
    if (typeof result !== 'string') return result;
    left -= utf8Length(result);
    messages.push({ role: message.role, content: result });
  }
  return { ok: true, output: { messages }, warnings: [...warnings.values()] };
}

function renderText(
  source: string,
  place: Place,
  input: RenderInput,
  limit: number,
  warnings: Warnings,
): string | RenderFailure {
  const parse = input.parse ?? parseTemplate;
  const parsed = parse(source);
  if (!parsed.ok) {
    const problem = placed(parsed.problem, place);
    return { ok: false, reason: 'render.syntax', message: problem.message, place: problem.place };
  }
  const liquid = engine();
  // A copy: `increment` writes into what it is given.
  const scope = Object.assign(
    Object.create(null) as object,
    withoutMessages(input.values, input.content.parameters),
  );
  const context = new Context(
    scope,
    liquid.options,
    { sync: true, ...(input.memoryLimit === undefined ? {} : { memoryLimit: input.memoryLimit }) },
    { liquid },
  );
  context.setRegister(RUN, createRun(input.partials ?? {}, parse, [], warnings));
  const sink = createSink(limit);
  try {
    toValueSync(liquid.renderer.renderTemplates(parsed.template.templates, context, sink));
  } catch (error) {
    return toFailure(error, parsed.template, place, input.partials ?? {});
  }
  return wellFormed(sink.buffer);
}

/** Messages go in by placeholders only; a template that names them finds them undefined. */
function withoutMessages(values: JsonObject, parameters: readonly Parameter[]): JsonObject {
  const names = new Set(parameters.filter(({ type }) => type === 'messages').map(({ name }) => name));
  return names.size === 0
    ? values
    : Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
}

/** `split: ''` and escapes in a text can make what no string may hold: half a character, NUL. */
function wellFormed(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

function createRun(
  partials: Readonly<Record<string, PromptContent>>,
  parse: Parse,
  path: readonly string[],
  warnings: Warnings,
): Run {
  return {
    warn(rule, message) {
      if (warnings.size < WARNINGS_MAX) warnings.set(`${rule} ${message}`, { rule, path: '', message });
    },
    open(slug, given) {
      if (path.includes(slug)) {
        throw new TemplateError(
          'render.too_deep',
          `Prompts render each other in a circle: ${[...path, slug].join(' → ')}.`,
        );
      }
      if (path.length >= MAX_NESTING) {
        throw new TemplateError(
          'render.too_deep',
          `Prompts can be rendered inside each other ${MAX_NESTING} deep at most.`,
        );
      }
      const content = Object.hasOwn(partials, slug) ? partials[slug] : undefined;
      if (!content)
        throw new TemplateError('render.missing_prompt', `There is no prompt \`${slug}\` in this set.`);
      if (content.kind !== 'text') {
        throw new TemplateError(
          'render.not_text',
          `\`${slug}\` is a chat prompt; only text prompts can be rendered inside others.`,
        );
      }
      const checked = checkValues(content.parameters, { ...given });
      if (!checked.ok) {
        throw new TemplateError(
          'render.arguments',
          `\`${slug}\` can't be rendered: ${checked.errors.map((e) => e.message).join(' ')}`,
        );
      }
      const parsed = parse(content.template);
      if (!parsed.ok)
        throw new PartialError(slug, new TemplateError('render.syntax', parsed.problem.message));
      const values = Object.assign(Object.create(null) as object, checked.values);
      return {
        templates: parsed.template.templates,
        values,
        run: createRun(partials, parse, [...path, slug], warnings),
      };
    },
  };
}

function toFailure(
  error: unknown,
  template: ParsedTemplate,
  place: Place,
  partials: Readonly<Record<string, PromptContent>>,
): RenderFailure {
  const partial = findInside(error, PartialError);
  const cause = partial ? partial.inner : error;
  const content = partial ? partials[partial.slug] : undefined;
  const source = content?.kind === 'text' ? content.template : template.source;
  const token = (cause as { token?: { begin: number; input: string } }).token;
  const ours = findInside(cause, TemplateError);
  const offset = ours?.offset ?? (token && token.input === source ? token.begin : undefined);
  const where: Place = partial ? { prompt: partial.slug, part: 'template' } : place;
  const { reason, message } = reasonOf(cause, ours);
  return {
    ok: false,
    reason,
    message: boundedMessage(message),
    place: offset === undefined ? where : { ...where, ...positionAt(source, offset) },
  };
}

function reasonOf(
  error: unknown,
  ours: TemplateError | undefined,
): { reason: RenderReason; message: string } {
  if (ours) return { reason: ours.rule as RenderReason, message: ours.message };
  const text = (error instanceof Error ? error.message : String(error)).replace(/, line:\d+, col:\d+$/, '');
  const name = /^undefined variable: (.*)$/s.exec(text)?.[1];
  if (name !== undefined) {
    const message = `\`${name}\` is undefined. Check it with \`if\`, give it a \`default\`, or pass it.`;
    return { reason: 'render.undefined', message };
  }
  if (/memory alloc limit exceeded/.test(text)) {
    return {
      reason: 'render.memory',
      message: 'Rendering needs too much memory: make its lists and texts smaller.',
    };
  }
  if (/call stack/i.test(text))
    return { reason: 'render.too_deep', message: 'The template nests too deeply.' };
  return { reason: 'render.failed', message: `Rendering stopped: ${text}.` };
}
