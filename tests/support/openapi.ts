import Ajv, { type ValidateFunction } from 'ajv/dist/2020.js';
import type { TestApp } from './http.ts';

export type Schema = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- any JSON schema

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
interface MediaType {
  schema: Schema;
  example?: unknown;
}
export interface Response {
  description: string;
  headers?: Record<string, { required?: boolean; schema: Schema }>;
  content?: Record<string, MediaType>;
  links?: Record<string, { operationId: string; parameters: Record<string, string>; requestBody?: object }>;
}
export interface Operation {
  operationId: string;
  summary?: string;
  tags?: string[];
  security: { apiKey: string[] }[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; description: string; content: Record<string, MediaType> };
  responses: Record<string, Response>;
}
/** One operation with its place in the document. */
export interface PlacedOperation extends Operation {
  method: string;
  path: string;
}
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: Record<'schemas' | 'headers' | 'responses' | 'securitySchemes', Record<string, Schema>>;
  security: unknown;
}

/** Reads the document that a server publishes. */
export async function readOpenApi(server: TestApp): Promise<OpenApiDocument> {
  const answer = await server.as(undefined).get('/api/v1/openapi.json');
  return answer.body as OpenApiDocument;
}

/** Returns the value with every reference to a response or a header replaced by its target. */
export function resolveRef<T>(document: OpenApiDocument, value: T | { $ref: string }): T {
  if (!(typeof value === 'object' && value !== null && '$ref' in value)) return value;
  const path = value.$ref.slice(2).split('/');
  return path.reduce((at: unknown, name) => (at as Schema)[name], document) as T;
}

/** Returns the operations with the references of their responses and headers resolved. */
export function operationsOf(document: OpenApiDocument): PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const responses = Object.fromEntries(
        Object.entries(operation.responses).map(([status, given]) => {
          const response = resolveRef(document, given);
          const headers = Object.entries(response.headers ?? {}).map(([name, header]) => [
            name.toLowerCase(),
            resolveRef(document, header),
          ]);
          return [status, { ...response, headers: Object.fromEntries(headers) as Response['headers'] }];
        }),
      );
      return {
        ...operation,
        responses: responses,
        method: method.toUpperCase(),
        path,
      };
    }),
  );
}

/** Compiles schemas that may refer to the document's components. */
export function createSchemaCompiler(document: OpenApiDocument): (schema: Schema) => ValidateFunction {
  // Formats have patterns, too.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema(document, 'openapi');
  const compiled = new WeakMap<Schema, ValidateFunction>();
  return (schema) => {
    const known = compiled.get(schema);
    if (known) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/');
    const validate = ajv.compile(JSON.parse(text) as Schema);
    compiled.set(schema, validate);
    return validate;
  };
}
