/** Compares the symbols of the demand analysis with renders: equal symbols are equal values in the same call. */
import { describe, expect, it } from 'vitest';
import { contentSha256, textSha256 } from '../checksum.ts';
import type { JsonObject, Parameter, PromptContent } from '../prompt.ts';
import { findDemands } from '../template/demands/find.ts';
import { parameterValues } from '../template/demands/known.ts';
import { walkNodes } from '../template/demands/nodes.ts';
import { withSymbols } from '../template/demands/symbols.ts';
import { newFindings, newWalk } from '../template/demands/walk.ts';
import { parseTemplate } from '../template/parse.ts';
import { renderContent } from '../template/render.ts';
import { checkValues } from '../value.ts';
import { generateCalls } from './calls.ts';
import type { Renderable } from './judge.ts';
import { observe, printMarked, symbolsOf, type Observation } from './marked-templates.arbitrary.ts';
import { makePair, PARAMETERS } from './pairs.arbitrary.ts';
import { createRandom } from './random.ts';

const PAIRS = Number(import.meta.env.VITE_CONTRACT_PAIRS ?? 120);
const SEED = Number(import.meta.env.VITE_CONTRACT_SEED ?? 1);
const CALLS = 30;

interface Template {
  source: string;
  prompt: Renderable;
  symbols: ReadonlyMap<number, string>;
}

/** The templates of a content, each as a content of its own, with the symbols under the old contract. */
function templatesOf({ content, partials }: Renderable, was: readonly Parameter[]): Template[] {
  const sources =
    content.kind === 'text'
      ? [content.template]
      : content.messages.map((one) => ('content' in one ? one.content : ''));
  return sources.flatMap((source) => {
    const parsed = parseTemplate(source);
    if (!parsed.ok) return [];
    const trace: string[] = [];
    const walk = newWalk(source, {
      findings: newFindings(),
      parse: parseTemplate,
      partials: new Map(Object.entries(partials)),
      parameters: parameterValues(content.parameters, was),
      place: { part: 'template' },
      walkNodes,
    });
    walkNodes({ ...walk, trace }, { names: new Map(), met: new Map(), when: [] }, parsed.template.nodes);
    const { parameters, config } = content;
    const prompt: Renderable = { content: { kind: 'text', template: source, parameters, config }, partials };
    return [{ source, prompt, symbols: symbolsOf(trace) }];
  });
}

function observations({ prompt, symbols }: Template, call: JsonObject): Observation[] {
  const checked = checkValues(prompt.content.parameters, call);
  if (!checked.ok) return [];
  const result = renderContent({ ...prompt, values: checked.values });
  return result.ok && 'text' in result.output ? observe(result.output.text, symbols) : [];
}

/** Two observations of one call whose symbols are equal and whose values aren't. */
function findConflict(found: readonly Observation[]): [Observation, Observation] | undefined {
  // A symbol outside of all loops doesn't depend on their rounds.
  const constant = new Set(found.filter(({ loops }) => loops === '').map(({ symbol }) => symbol));
  const first = new Map<string, Observation>();
  for (const one of found) {
    const key = constant.has(one.symbol) ? one.symbol : `${one.symbol} in ${one.loops}`;
    const other = first.get(key);
    if (other && other.result !== one.result) return [other, one];
    first.set(key, one);
  }
  return undefined;
}

describe.each([
  ['realistic', false],
  ['hostile', true],
])('in random %s pairs', (_, isHostile) => {
  it('equal symbols have equal values, and equal tests the same outcome', () => {
    let repeated = 0;
    for (let number = 0; number < PAIRS; number++) {
      const random = createRandom(textSha256(`${SEED} ${number} ${isHostile} symbols`));
      let id = 0;
      const pair = makePair(
        (choices) => random.below(choices),
        isHostile,
        (pieces) => printMarked(pieces, () => id++),
      );
      const { parameters } = pair.before.content;
      const templates = withSymbols(() =>
        [pair.before, pair.after].flatMap((prompt) => templatesOf(prompt, parameters)),
      );
      const demands = findDemands(pair.before.content);
      const { paths = [], literals = [], compared = [] } = demands ?? {};
      const source = {
        parameters,
        paths,
        literals,
        compared,
        targets: [],
        seed: contentSha256(pair.before.content),
      };
      for (const call of generateCalls(source, CALLS)) {
        const found = templates.flatMap((template) => observations(template, call));
        repeated += found.length - new Set(found.map(({ symbol, loops }) => `${symbol} ${loops}`)).size;
        const conflict = findConflict(found);
        const sources = templates.map((one) => one.source);
        expect({ number, call, sources, conflict }).toEqual({ number, call, sources, conflict: undefined });
      }
    }
    expect(repeated).toBeGreaterThan(PAIRS);
  });
});

function symbolsOfValues(values: readonly string[]): (string | undefined)[] {
  let id = 0;
  const pieces = values.map((value) => ({ parts: [`{{ ${value} }}`], bodies: [] }));
  const source = printMarked(pieces, () => id++);
  const content: PromptContent = { kind: 'text', template: source, parameters: PARAMETERS, config: '{}' };
  const [template] = withSymbols(() => templatesOf({ content, partials: {} }, PARAMETERS));
  return values.map((_, index) => template?.symbols.get(index));
}

describe('the symbol of a value', () => {
  it.each([[['l.first', 'l[0]', 'l | first']], [['l.last', 'l[-1]', 'l | last']], [['o.a', "o['a']"]]])(
    'is the same for %j',
    (values) => {
      expect(new Set(symbolsOfValues(values)).size).toBe(1);
    },
  );

  it('is another one for each other value', () => {
    const values = [
      's', "s | append: 'x'", "s | append: 'y'", 's | append: s', "s | prepend: 'x'", "s | split: ','", "s | split: 'b'",
      'l', 'l[0]', 'l[1]', 'l[-1]', 'l.size', 'r | slice: 0', 'r | slice: 1', 'r | slice: 1, 2', 'o.a', 'o.b', 'o[s]', 'd.a',
      "s | default: 'x'", "s | date: '%Y'", "s | date: '%Y', '+02:00'", "r | map: 'a'", "r | where: 'a', 'x'",
    ]; // prettier-ignore
    expect(new Set(symbolsOfValues(values)).size).toBe(values.length);
  });
});
