import type { JsonValue } from '../prompt.ts';

export type Level = 'major' | 'minor' | 'patch';

/**
 * Every rule of the contract with its level. Inputs may widen, outputs may only narrow; what is neither is a patch.
 * The ids are stable: programs and stored versions name them.
 */
export const RULES = {
  // The call of a prompt.
  'prompt.gone': 'major',
  'prompt.new': 'minor',
  'parameter.gone': 'major',
  'parameter.new_required': 'major',
  'parameter.new_optional': 'minor',
  'parameter.made_required': 'major',
  'parameter.made_optional': 'minor',
  'parameter.retyped': 'major',
  'parameter.type_widened': 'minor',
  'parameter.enum_put_on': 'major',
  'parameter.enum_lost': 'major',
  'parameter.enum_added': 'minor',
  'parameter.enum_taken_off': 'minor',
  'parameter.fields_put_on': 'major',
  'parameter.fields_taken_off': 'minor',
  'parameter.items_put_on': 'major',
  'parameter.items_taken_off': 'minor',
  'parameter.default_changed': 'minor',
  'parameter.deprecated': 'patch',
  'parameter.described': 'patch',
  // Demands of its templates beyond the parameters.
  'template.needs_more': 'major',
  'template.call_breaks': 'major',
  'template.needs_less': 'patch',
  // The shape of its result.
  'kind.changed': 'major',
  'messages.resequenced': 'major',
  'messages.appended': 'minor',
  'config.provider_changed': 'major',
  'config.tool_new': 'major',
  'config.tool_changed': 'major',
  'config.output_schema_put_on': 'major',
  'config.output_schema_taken_off': 'major',
  'config.output_property_gone': 'major',
  'config.output_property_retyped': 'major',
  'config.output_property_not_required': 'major',
  'config.output_form_changed': 'major',
  'config.output_widened': 'major',
  'config.model_changed': 'minor',
  'config.tool_gone': 'minor',
  'config.output_property_new': 'minor',
  'config.output_narrowed': 'minor',
  'config.tool_parameter_new': 'minor',
  'config.tool_narrowed': 'minor',
  // Everything else.
  'text.changed': 'patch',
  'config.changed': 'patch',
  'config.respaced': 'patch',
  'config.not_judged': 'patch',
} as const satisfies Record<string, Level>;

export type Rule = keyof typeof RULES;

/** Whether Anvil can tell if such a change breaks callers. If it can't, the number doesn't cover the change. */
export function isJudged(rule: string): boolean {
  return !rule.endsWith('.not_judged');
}

/** One change of the contract, in words and for programs. */
export interface Change {
  rule: Rule;
  level: Level;
  /** Slug of the prompt. */
  prompt: string;
  /** `order.items[].price`, `messages`, `config.tools.search`; empty when the whole prompt is meant. */
  place: string;
  sentence: string;
  before?: JsonValue;
  after?: JsonValue;
}

/** A step into a parameter: the name of it or of a field, or `null` for the items of a list. */
export type Step = string | null;

/** A change with the way to the parameter that it is about, as a witness call needs it. */
export interface LocatedChange extends Change {
  steps: Step[];
}

/** `['order', 'items', null, 'price']` → `order.items[].price` */
export function printSteps(steps: readonly Step[]): string {
  return steps.reduce<string>((text, step) => {
    if (step === null) return `${text}[]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A change by its rule: the level comes from the table. */
export function change(
  rule: Rule,
  prompt: string,
  place: string,
  sentence: string,
  values: Pick<Change, 'before' | 'after'> = {},
): Change {
  return { rule, level: RULES[rule], prompt, place, sentence, ...values };
}

/** JSON data in a sentence: cut when it is long. */
export function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
