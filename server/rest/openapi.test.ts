import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { testApp, type TestApp } from '#tests/support/http.ts';

let database: Database;
let server: TestApp;
let document: Document;

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  responses: Record<string, unknown>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  security: unknown;
}

beforeAll(async () => {
  // No query is made: the document comes from the routes.
  database = connect({ url: 'postgres://anvil@127.0.0.1:1/anvil' });
  server = await testApp(database);
  const answer = await server.as(undefined).get('/api/v1/openapi.json');
  expect(answer.status).toBe(200);
  document = answer.body as Document;
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
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
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
      expect(operations).toContain(operation);
    }
  });

  it('names each operation once, with a summary and its errors', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
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
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(document.components.schemas).toHaveProperty(reference.slice('#/components/schemas/'.length));
    }
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
      const { properties, parameters, ...rest } = value as Record<string, unknown>;
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
        } = field as Record<string, unknown>;
        // A reference says it where it leads; an object by its fields, one level down; an id of something by its name.
        const isSaid =
          description !== undefined ||
          $ref !== undefined ||
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
