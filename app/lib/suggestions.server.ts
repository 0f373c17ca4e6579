import type { Params } from '@remix-run/react';
import { closest } from '@anvil/core/template/suggest';
import type { PageContext } from '../context.ts';
import type { Suggestion } from './errors.ts';
import { setPlace } from './set-place.ts';

/** So many of a list are looked at, and so many offered. */
const LOOKED_AT = 100;
const OFFERED = 3;

/**
 * Addresses of the organisation that are near one that isn't there. Asked as the person who looks, so it names nothing
 * that they couldn't list.
 *
 * @param params of a route below `/o/:organisation/:project`
 */
export async function suggestionsFor({ trpc }: PageContext, params: Params): Promise<Suggestion[]> {
  const { ref, address, base } = setPlace(params);
  const { organisation, project } = ref;
  const root = `/o/${organisation}`;
  const { prompt } = params;
  if (prompt !== undefined) {
    const prompts = await trpc.prompts.list({ ...ref, limit: LOOKED_AT }).catch(() => null);
    if (prompts) {
      const slugs = nearest(
        prompt,
        prompts.data.map(({ slug }) => slug),
      );
      return slugs.map((slug) => ({ label: `${address}/${slug}`, to: `${base}/${slug}` }));
    }
  }
  const sets = await trpc.promptSets.list({ organisation, limit: LOOKED_AT }).catch(() => null);
  const addresses = sets?.data.map((set) => set.address) ?? [];
  const candidates = params.set === undefined ? addresses.map((one) => one.split('/')[0] ?? '') : addresses;
  const wanted = params.set === undefined ? project : address;
  return nearest(wanted, [...new Set(candidates)]).map((one) => ({ label: one, to: `${root}/${one}` }));
}

/** The nearest first. */
function nearest(wanted: string, candidates: string[]): string[] {
  const found: string[] = [];
  let rest = candidates;
  while (found.length < OFFERED) {
    const next = closest(wanted, rest);
    if (next === undefined) break;
    found.push(next);
    rest = rest.filter((one) => one !== next);
  }
  return found;
}
