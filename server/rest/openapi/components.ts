import type { Operation } from './complete.ts';

export type Paths = Record<string, Record<string, Operation>>;
type Components = Record<string, Record<string, unknown>>;

/**
 * Moves error responses that several operations have into components, which keeps the document and generated clients
 * small. Changes `paths`.
 *
 * @returns the components by name
 */
export function shareErrorResponses(paths: Paths): Record<string, unknown> {
  const places = new Map<string, { status: string; responses: Record<string, unknown>[] }>();
  for (const { responses } of Object.values(paths).flatMap((operations) => Object.values(operations))) {
    for (const [status, response] of Object.entries(responses)) {
      if (Number(status) < 400) continue;
      const key = JSON.stringify(response);
      const place = places.get(key) ?? { status, responses: [] };
      place.responses.push(responses);
      places.set(key, place);
    }
  }
  const shared: Record<string, unknown> = {};
  for (const [key, { status, responses }] of places) {
    if (responses.length < 2) continue;
    let name = `Error${status}`;
    for (let number = 2; name in shared; number++) name = `Error${status}-${number}`;
    shared[name] = JSON.parse(key);
    for (const one of responses) one[status] = { $ref: `#/components/responses/${name}` };
  }
  return shared;
}

/** Removes the components that nothing refers to, and those that only they refer to. */
export function pruneComponents<T extends { components: Components }>(document: T): T {
  let text = JSON.stringify(document);
  for (let before = ''; before !== text;) {
    before = text;
    const pruned = JSON.parse(text) as T;
    for (const kind of ['schemas', 'headers', 'responses']) {
      for (const name of Object.keys(pruned.components[kind] ?? {})) {
        if (!text.includes(`"#/components/${kind}/${name}"`)) delete pruned.components[kind]?.[name];
      }
    }
    text = JSON.stringify(pruned);
  }
  return JSON.parse(text) as T;
}
