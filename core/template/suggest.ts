import { isParameterName, toParameterName } from '../parameter-name.ts';
import { engine } from './engine.ts';

/**
 * The number of letters to insert, delete, change or swap with their neighbour to turn one word into the other, or
 * `limit` if it is at least that. Looks only at cells of the table that can be below the limit, so it takes time
 * proportional to the length.
 */
function distance(a: string, b: string, limit: number): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [];
    row[0] = i;
    let least = i;
    for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j++) {
      const change = (last[j - 1] ?? limit) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(change, (last[j] ?? limit) + 1, (row[j - 1] ?? limit) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? limit) + 1);
      row[j] = best;
      least = Math.min(least, best);
    }
    if (least >= limit) return limit;
    [before, last] = [last, row];
  }
  return Math.min(limit, last[b.length] ?? limit);
}

/** More candidates are not looked at: a set may have thousands of prompts, and each of 100 problems looks for one. */
const CANDIDATES_MAX = 1_000;

/** Returns the candidate that a mistyped name most likely means, or undefined if none is near. */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const word = name.toLowerCase().slice(0, 64);
  if (word.length < 3) return undefined; // any short name is near
  let best: string | undefined;
  let least = Math.max(1, Math.min(3, Math.floor(word.length / 3))) + 1;
  let left = CANDIDATES_MAX;
  for (const candidate of candidates) {
    if (left-- === 0) break;
    if (Math.abs(candidate.length - word.length) >= least) continue;
    const steps = distance(word, candidate.toLowerCase(), least);
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** What other languages call it. */
const FOREIGN = new Map(Object.entries({
  currency: 'round', money: 'round', length: 'size', count: 'size', lower: 'downcase', upper: 'upcase', trim: 'strip',
  title: 'capitalize', tojson: 'json', to_json: 'json', e: 'escape', fallback: 'default', strftime: 'date',
})); // prettier-ignore

/** The sentence for a filter that doesn't exist. */
export function noFilter(name: string): string {
  if (name === 'sample') {
    return "`sample` isn't available: a version has to render the same every time. Give the choice as a parameter.";
  }
  const near = FOREIGN.get(name.toLowerCase()) ?? closest(name, Object.keys(engine().filters));
  return `There is no filter \`${name}\`.${near ? ` Did you mean \`${near}\`?` : ''}`;
}

/** The sentence for a tag that doesn't exist. */
export function noTag(name: string): string {
  if (name === 'include' || name === 'layout' || name === 'block') {
    return `\`${name}\` isn't available here. Use \`{% render 'slug', name: value %}\` to include a prompt of the same set.`;
  }
  const near = closest(name, Object.keys(engine().tags));
  return `There is no tag \`${name}\`.${near ? ` Did you mean \`${near}\`?` : ''}`;
}

/** Names of Jinja and Handlebars, with their names in Liquid. */
const FOREIGN_VARIABLES = new Map(Object.entries({
  else: '{% else %}', this: '{{ item }}` in `{% for item in list %}', loop: '{{ forloop.index }}',
  namespace: '{% assign name = value %}', super: "{% render 'slug' %}",
})); // prettier-ignore

/** The sentence for a name that is neither a parameter nor set by the template. */
export function noVariable(name: string, candidates: Iterable<string>): string {
  const foreign = FOREIGN_VARIABLES.get(name);
  if (foreign !== undefined) return `There is no parameter \`${name}\`. In Liquid this is \`${foreign}\`.`;
  const near = closest(name, candidates);
  if (near)
    return `There is no parameter \`${name}\`. Did you mean \`${near}\`? Otherwise add it to the parameters.`;
  if (!isParameterName(name)) {
    const allowed = toParameterName(name);
    return `\`${name}\` can't be the name of a parameter. Write \`${allowed}\` here and add it to the parameters.`;
  }
  return `There is no parameter \`${name}\`. Add it to the parameters, or take it out of the template.`;
}
