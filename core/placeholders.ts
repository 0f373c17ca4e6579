/**
 * Turns texts from elsewhere into Liquid templates with parameters. Everything that isn't converted is kept literal:
 * rendered with each parameter at its default (or, without one, at its placeholder's own text), the template gives the
 * original back, with every `${Name:default}` replaced by the default.
 */
import { isParameterName, NAME_LENGTH_MAX, toParameterName } from './parameter-name.ts';
import type { Parameter, ValueShape } from './prompt.ts';
import type { Found, PlaceholderStyle } from './placeholder-signs.ts';
import { findDollar, findMustache } from './placeholder-signs.ts';
import type { FoundShape, FoundVariable } from './template/variables.ts';
import { findVariables } from './template/variables.ts';

export interface Occurrence extends Found {
  /** The name of the parameter that it became. */
  parameter: string;
}
export interface ConvertedPrompt {
  template: string;
  /** In the order in which they first occur. */
  parameters: Parameter[];
  occurrences: Occurrence[];
}

/** Liquid begins at `{{` or `{%`; a run of them is written as one output of a string literal. */
const LIQUID = /\{[{%]+/g;
/** The same before an output, with which a last `{` would make a `{{` of its own. */
const LIQUID_BEFORE_OUTPUT = /\{[{%]+|\{$/g;

/**
 * From how many runs on a stretch of text becomes one raw block. Below, outputs keep the prompt on the quick path
 * of templates without tags; above, the block is shorter (an output adds 8 characters, the block 21) and parses quicker.
 */
const RAW_FROM_RUNS = 16;

/**
 * Makes a template and its parameters of a text from elsewhere.
 *
 * @param style `none` makes no parameter; `liquid` takes the text as a template, whose parameters are what it reads
 */
export function toTemplate(
  text: string,
  style: PlaceholderStyle,
): { template: string; parameters: Parameter[] } {
  if (style === 'none') return { template: escapeLiquid(text, false), parameters: [] };
  if (style === 'liquid') return { template: text, parameters: findVariables(text).map(toParameter) };
  const { template, parameters } = convertPlaceholders(text, style);
  return { template, parameters };
}

function toParameter({ name, ...shape }: FoundVariable): Parameter {
  return { name, required: true, ...toShape(shape) };
}

function toShape({ type, fields, items }: FoundShape): ValueShape {
  return {
    type,
    ...(fields ? { fields: fields.map(toParameter) } : {}),
    ...(items ? { items: toShape(items) } : {}),
  };
}

/**
 * Converts the placeholders of one text.
 * The same name with at most one distinct default is one parameter, each further distinct default makes another
 * (`name_2`); a name that is bare everywhere is required. A default goes up to the next `}`, line breaks included.
 * @param text any text; takes time proportional to its length
 */
export function convertPlaceholders(text: string, style: 'dollar' | 'mustache'): ConvertedPrompt {
  const found = style === 'dollar' ? findDollar(text) : findMustache(text);
  const { parameters, nameOf } = makeParameters(found);
  const occurrences = found.map((one): Occurrence => ({ ...one, parameter: nameOf(one) }));
  const pieces: string[] = [];
  let end = 0;
  for (const { offset, source, parameter } of occurrences) {
    pieces.push(escapeLiquid(text.slice(end, offset), true), `{{ ${parameter} }}`);
    end = offset + source.length;
  }
  pieces.push(escapeLiquid(text.slice(end), false));
  return { template: pieces.join(''), parameters, occurrences };
}

/** One parameter per name and further distinct default. */
interface Group {
  original: string;
  /** Which of the name's parameters, from 0. */
  ordinal: number;
  default: string | undefined;
  name: string;
}

function makeParameters(found: readonly Found[]): {
  parameters: Parameter[];
  nameOf: (one: Found) => string;
} {
  const groups: Group[] = [];
  const byName = new Map<string, Map<string, Group>>();
  const firstOf = new Map<string, Group>();
  for (const one of found) {
    const withDefaults = byName.get(one.original) ?? new Map<string, Group>();
    byName.set(one.original, withDefaults);
    const first = firstOf.get(one.original);
    if (
      first === undefined ||
      (one.default !== undefined && first.default !== undefined && !withDefaults.has(one.default))
    ) {
      const group: Group = {
        original: one.original,
        ordinal: withDefaults.size,
        default: one.default,
        name: '',
      };
      groups.push(group);
      if (first === undefined) firstOf.set(one.original, group);
      if (one.default !== undefined) withDefaults.set(one.default, group);
    } else if (one.default !== undefined && first.default === undefined) {
      // Bare until now: the first default is everybody's.
      first.default = one.default;
      withDefaults.set(one.default, first);
    }
  }
  nameGroups(groups);
  const groupOf = ({ original, default: given }: Found): Group | undefined =>
    given === undefined ? firstOf.get(original) : byName.get(original)?.get(given);
  return {
    parameters: groups.map(({ name, default: given }) =>
      given === undefined
        ? { name, type: 'string', required: true }
        : { name, type: 'string', required: false, default: given },
    ),
    nameOf: (one) => groupOf(one)?.name ?? '',
  };
}

/** Names that are valid already stay; then come those made valid; then the further defaults of a name. */
function nameGroups(groups: readonly Group[]): void {
  const taken = new Set<string>();
  /** The next number to try for a base, so that a thousand defaults of one name don't count from 2 each time. */
  const counters = new Map<string, number>();
  const give = (group: Group, base: string, startsNumbered: boolean) => {
    let name = startsNumbered ? undefined : base;
    for (let number = counters.get(base) ?? 2; name === undefined || taken.has(name); number += 1) {
      const suffix = `_${number}`;
      name = base.slice(0, NAME_LENGTH_MAX - suffix.length) + suffix;
      counters.set(base, number + 1);
    }
    taken.add(name);
    group.name = name;
  };
  const firsts = groups.filter(({ ordinal }) => ordinal === 0);
  for (const group of firsts.filter(({ original }) => isParameterName(original)))
    give(group, group.original, false);
  for (const group of firsts.filter(({ original }) => !isParameterName(original))) {
    give(group, toParameterName(group.original), false);
  }
  const nameOfFirst = new Map(firsts.map(({ original, name }) => [original, name]));
  for (const group of groups) {
    if (group.ordinal > 0) give(group, nameOfFirst.get(group.original) ?? group.original, true);
  }
}

/** Writes a text so that Liquid prints it character by character. */
function escapeLiquid(text: string, isOutputNext: boolean): string {
  const pattern = isOutputNext ? LIQUID_BEFORE_OUTPUT : LIQUID;
  const runs = [...text.matchAll(pattern)];
  const first = runs[0];
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return text;
  if (runs.length < RAW_FROM_RUNS || text.includes('endraw')) return text.replace(pattern, "{{ '$&' }}");
  const end = last.index + last[0].length;
  return `${text.slice(0, first.index)}{% raw %}${text.slice(first.index, end)}{% endraw %}${text.slice(end)}`;
}
