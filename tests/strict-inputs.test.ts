import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { connect } from '#db/connections.ts';
import { renderInput, resolveInput } from '#server/schemas/delivery.ts';
import { appRouter } from '#server/trpc/router.ts';
import { testApp } from './support/http.ts';

// A misspelt restriction must never widen what is done: `apiKeys.create` with `project_ids` made a key for all projects.

interface Definition {
  type: string;
  shape?: Record<string, z.ZodType>;
  catchall?: z.ZodType;
  element?: z.ZodType;
  innerType?: z.ZodType;
  options?: z.ZodType[];
  in?: z.ZodType;
  getter?: () => z.ZodType;
  valueType?: z.ZodType;
}

/** @returns the places of a schema where an unknown field would be let pass */
function openPlaces(schema: z.ZodType, path = 'input', seen = new Set<z.ZodType>()): string[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const definition = schema._zod.def as unknown as Definition;
  const { shape = {}, element, innerType, options = [], getter, valueType } = definition;
  const isOpen = definition.type === 'object' && definition.catchall?._zod.def.type !== 'never';
  const inside: [string, z.ZodType | undefined][] = [
    ...Object.entries(shape).map(([key, field]): [string, z.ZodType] => [`${path}.${key}`, field]),
    ...options.map((option): [string, z.ZodType] => [path, option]),
    [`${path}[]`, element],
    [path, innerType],
    [path, definition.in],
    [path, getter?.()],
    [`${path}{}`, valueType],
  ];
  return [
    ...(isOpen ? [path] : []),
    ...inside.flatMap(([place, part]) => (part ? openPlaces(part, place, seen) : [])),
  ];
}

const procedures = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>,
);

describe('the input of a procedure', () => {
  it.each(procedures)('%s is declared, and refuses unknown fields at every depth', (_, procedure) => {
    const { inputs } = procedure._def;
    expect(inputs).not.toEqual([]);
    expect(inputs.flatMap((input) => openPlaces(input))).toEqual([]);
  });
});

describe('the body and the query of a REST route', () => {
  it('refuse unknown fields at every depth', async () => {
    const database = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
    const schemas: [string, z.ZodType][] = [];
    const server = await testApp(database, {
      options: {
        // Pages come first, so that they see every route being registered.
        pages: (app) => {
          app.addHook('onRoute', ({ method, url, schema }) => {
            for (const part of ['body', 'querystring'] as const) {
              const input = schema?.[part] as z.ZodType | undefined;
              if (input) schemas.push([`${String(method)} ${url} ${part}`, input]);
            }
          });
          return Promise.resolve({
            handle: () => Promise.reject(new Error('not asked')),
            development: false,
          });
        },
      },
    });
    await server.close();
    await database.close();
    expect(schemas.length).toBeGreaterThan(30);
    expect(schemas.flatMap(([name, schema]) => openPlaces(schema, name))).toEqual([]);
  });
});

test('the bodies of delivery refuse unknown fields', () => {
  expect([renderInput, resolveInput].flatMap((input) => openPlaces(input))).toEqual([]);
});

test('an open schema is found wherever it stands', () => {
  const open = z.object({ a: z.string() });
  const strict = z.strictObject({
    list: z.array(open),
    some: z.looseObject({}).optional().default({}),
    either: z.union([z.string(), z.strictObject({ inner: z.object({}) })]),
    named: z.record(z.string(), z.looseObject({})),
    later: z.lazy(() => z.object({ b: z.string() })),
    piped: z.object({ c: z.string() }).transform(({ c }) => c),
  });
  expect(openPlaces(strict)).toEqual([
    'input.list[]',
    'input.some',
    'input.either.inner',
    'input.named{}',
    'input.later',
    'input.piped',
  ]);
});
