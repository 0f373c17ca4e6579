/** Our own forms of two tags. LiquidJS asks for subclasses here. */
import { CaptureTag, Tag, TypeGuards, evalTokenValue } from 'liquidjs';
import type { Context, Emitter, Liquid, TagToken, Template, Token, TopLevelToken } from 'liquidjs';
import { PartialError, TemplateError, findInside } from './errors.ts';
import type { Sink } from './output.ts';

/** What a render needs to open another prompt of the set; kept in the context's register {@link RUN}. */
export interface Run {
  /**
   * @param values what the tag passes
   * @returns the prompt's parsed template and its values with defaults, and the run inside of it
   * @throws TemplateError
   */
  open(slug: string, values: Record<string, unknown>): { templates: Template[]; values: object; run: Run };
  /** Warnings that don't stop the render. */
  warn(rule: string, message: string): void;
}
export const RUN = 'anvil.run';

/** Adds a warning to the render that a filter takes part in. */
export function warnRun(context: Context, rule: string, message: string): void {
  const run: Run | undefined = context.getRegister(RUN);
  run?.warn(rule, message);
}

/** LiquidJS captures into a text without limit; this one goes into a sink that counts. */
export class CaptureToSink extends CaptureTag {
  override *render(context: Context, emitter?: Emitter): Generator<unknown, void, string> {
    const sink = (emitter as Sink).nested();
    yield this.liquid.renderer.renderTemplates(this.templates, context, sink);
    context.bottom()[this.variable] = sink.buffer;
  }
}

export interface RenderArgument {
  name: string;
  value: Token;
  /** Offset of the name in the source. */
  at: number;
}

/** `{% render 'slug', name: value %}`: the name is fixed text, the prompt sees nothing but what it is given. */
export class RenderPrompt extends Tag {
  readonly slug: string;
  readonly args: RenderArgument[] = [];
  readonly #names = new Set<string>();

  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    const tokenizer = this.tokenizer;
    const name = tokenizer.readValue();
    if (!name || !TypeGuards.isQuotedToken(name)) {
      throw new TemplateError(
        'render.dynamic_name',
        "`render` needs the prompt's slug as text in quotes, such as `{% render 'tone' %}`; it can't come from a variable.",
        name?.begin ?? token.begin,
      );
    }
    this.slug = name.content;
    if (/\{\{|\{%/.test(this.slug)) {
      throw new TemplateError(
        'render.dynamic_name',
        "The slug of a `render` can't contain Liquid.",
        name.begin,
      );
    }
    for (;;) {
      const hash = tokenizer.readHash();
      if (!hash) break;
      if (!hash.value) {
        throw new TemplateError(
          'render.arguments',
          `\`render\` takes values by name. Write \`{% render '${this.slug}', ${hash.name.content}: … %}\`.`,
          hash.name.begin,
        );
      }
      if (this.#names.has(hash.name.content)) {
        throw new TemplateError(
          'render.arguments',
          `\`${hash.name.content}\` is given twice.`,
          hash.name.begin,
        );
      }
      this.#names.add(hash.name.content);
      this.args.push({ name: hash.name.content, value: hash.value, at: hash.name.begin });
    }
  }

  override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const values = Object.create(null) as Record<string, unknown>;
    for (const { name, value } of this.args) values[name] = yield evalTokenValue(value, context);
    const run: Run = context.getRegister(RUN);
    const opened = run.open(this.slug, values);
    const inner = context.spawn(opened.values);
    inner.setRegister(RUN, opened.run);
    try {
      yield this.liquid.renderer.renderTemplates(opened.templates, inner, emitter);
    } catch (error) {
      throw findInside(error, PartialError) ?? new PartialError(this.slug, error);
    }
  }
}
