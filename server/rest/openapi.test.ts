import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';
import {
  createSchemaCompiler,
  operationsOf,
  readOpenApi,
  resolveRef,
  type OpenApiDocument,
  type PlacedOperation,
  type Schema,
} from '#tests/support/openapi.ts';

let database: Database;
let server: TestApp;
let document: OpenApiDocument;
let operations: PlacedOperation[];

beforeAll(async () => {
  // No query is made: the document comes from the routes.
  database = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
  server = await testApp(database);
  document = await readOpenApi(server);
  operations = operationsOf(document);
});

afterAll(async () => {
  await server.close();
  await database.close();
});

describe('the OpenAPI document', () => {
  it('is of version 3.1 and says how to sign in', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.securitySchemes.apiKey).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.security).toEqual([{ apiKey: [] }]);
  });

  it('holds the routes that there are', () => {
    const found = operations.map(({ method, path }) => `${method} ${path}`);
    for (const operation of [
      'GET /api/v1/prompts/by_address/{address}',
      'POST /api/v1/render/{address}',
      'POST /api/v1/resolve',
      'GET /api/v1/contents/{sha256}',
      'GET /api/v1/projects',
      'POST /api/v1/projects',
      'POST /api/v1/projects/{project}/prompt_sets',
      'PATCH /api/v1/prompts/{prompt_id}',
      'POST /api/v1/prompt_sets/{set_id}/versions',
      'GET /api/v1/prompt_sets/{set_id}/next_version',
      'PUT /api/v1/prompt_sets/{set_id}/labels/{name}',
      'DELETE /api/v1/prompt_sets/{set_id}/labels/{name}',
      'POST /api/v1/prompt_sets/{set_id}/import',
      'DELETE /api/v1/api_keys/{api_key_id}',
    ]) {
      expect(found).toContain(operation);
    }
  });

  it('names each operation once, with a summary and its errors', () => {
    const ids = operations.map((operation) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const operation of operations) {
      expect(operation.operationId).toBeTruthy();
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses).toHaveProperty('401');
    }
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(references.length).toBeGreaterThan(10);
    for (const reference of new Set(references)) {
      expect(reference).toMatch(/^#\/components\/(schemas|headers|responses)\/[\w-]+$/);
      expect(resolveRef(document, { $ref: reference }), reference).toBeDefined();
    }
  });

  it('passes the recommended rules of Redocly', async () => {
    const config = await createConfig({
      extends: ['recommended'],
      // Ids are UUIDs, so `by_address` is none. The test's own address is localhost.
      rules: { 'no-ambiguous-paths': 'off', 'no-server-example.com': 'off' },
    });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  it('has an example for each request and successful response, which its schema accepts', () => {
    const compile = createSchemaCompiler(document);
    for (const { operationId, requestBody, responses } of operations) {
      const [success] = Object.values(responses);
      const media = [...Object.values(requestBody?.content ?? {}), ...Object.values(success?.content ?? {})];
      expect(media.length, operationId).toBeGreaterThan(operationId === 'removeLabel' ? -1 : 0);
      for (const { schema, example } of media) {
        const validate = compile(schema);
        validate(example);
        expect(validate.errors ?? [], operationId).toEqual([]);
      }
    }
  });

  it('describes a body for each request that has one, with its limit', () => {
    for (const { operationId, method, requestBody } of operations) {
      if (method === 'GET' || method === 'DELETE' || /^(archive|restore)/.test(operationId)) continue;
      const isImport = operationId.startsWith('import');
      expect(Object.keys(requestBody?.content ?? {}), operationId).toEqual([
        isImport ? 'text/csv' : 'application/json',
      ]);
      if (!isImport) expect(requestBody?.description, operationId).toMatch(/^At most \d+ MiB\.$/);
    }
  });

  it('has links whose operations, parameters and pointers exist', () => {
    const find = (id: string) => operations.find(({ operationId }) => operationId === id);
    const pointsInto = (schema: Schema | undefined, pointer: string[]): boolean => {
      const at = schema && resolveRef(document, schema);
      const [name, ...rest] = pointer;
      if (at === undefined || name === undefined) return at !== undefined;
      const alternatives = (at.anyOf ?? at.oneOf) as Schema[] | undefined;
      if (alternatives) return alternatives.some((one) => pointsInto(one, pointer));
      return pointsInto((name === '0' ? at.items : at.properties?.[name]) as Schema | undefined, rest);
    };
    const linked = new Set<string>();
    for (const { operationId, responses, parameters = [] } of operations) {
      const [success] = Object.values(responses);
      for (const { operationId: target, parameters: given, requestBody } of Object.values(
        success?.links ?? {},
      )) {
        linked.add(target);
        const names = (find(target)?.parameters ?? []).map(({ name }) => name);
        expect(names, `${operationId} → ${target}`).toEqual(expect.arrayContaining(Object.keys(given)));
        for (const expression of [
          ...Object.values(given),
          ...Object.values(requestBody ?? {}),
        ] as unknown[]) {
          const [, source = '', rest = ''] = /^\$(\w+\.\w+)[.#](.*)$/.exec(String(expression)) ?? [];
          const about = `${operationId} → ${target}: ${String(expression)}`;
          if (source === 'request.path')
            expect(
              parameters.map(({ name }) => name),
              about,
            ).toContain(rest);
          if (source === 'response.header')
            expect(success?.headers, about).toHaveProperty(rest.toLowerCase());
          if (String(expression).startsWith('$response.body')) {
            const pointer = String(expression).split('#/')[1]?.split('/') ?? [];
            const schema = Object.values(success?.content ?? {})[0]?.schema;
            expect(pointsInto(schema, pointer), about).toBe(true);
          }
        }
      }
    }
    const unlinked = operations.map(({ operationId }) => operationId).filter((id) => !linked.has(id));
    expect(unlinked).toEqual([
      ...['resolveAddresses', 'createProject', 'compareVersions', 'createApiKey', 'importPromptsBySlug'],
    ]);
  });

  it('says what each field and parameter is, where its name does not', () => {
    const SPEAKING = [
      'data',
      'id',
      'name',
      'slug',
      'description',
      'message',
      'kind',
      'role',
      'created_at',
      'updated_at',
    ];
    const unsaid: string[] = [];
    const look = (path: string, value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { properties, parameters, links: _, example: __, ...rest } = value as Record<string, unknown>;
      const named: [string, unknown][] = [];
      if (Array.isArray(parameters))
        for (const one of parameters as { name: string }[]) named.push([one.name, one]);
      if (typeof properties === 'object' && properties !== null) named.push(...Object.entries(properties));
      for (const [name, field] of named) {
        const {
          description,
          $ref,
          type,
          properties: inner,
          items,
          enum: values,
          const: constant,
        } = field as Record<string, unknown>;
        // A reference says it where it leads; an object by its fields, one level down; an id of something by its name.
        const isSaid =
          description !== undefined ||
          $ref !== undefined ||
          constant !== undefined ||
          (Array.isArray(values) && values.length === 1) ||
          (type === 'object' && inner !== undefined);
        const isList = type === 'array' && typeof items === 'object' && items !== null && '$ref' in items;
        if (!isSaid && !isList && !SPEAKING.includes(name) && !name.endsWith('_id'))
          unsaid.push(`${path} ${name}`);
        look(`${path} ${name}`, field);
      }
      for (const [name, one] of Object.entries(rest)) look(`${path} ${name}`, one);
    };
    look('', document);
    expect(unsaid).toEqual([]);
  });
});
