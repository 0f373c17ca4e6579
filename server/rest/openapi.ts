import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { apiKeyView, createdApiKeyView } from '../schemas/api-keys.ts';
import { authorView } from '../schemas/common.ts';
import { content, problem } from '../schemas/contents.ts';
import { importFailure, importNote, importProgress, importReport } from '../schemas/imports.ts';
import { labelMoveView, labelView } from '../schemas/labels.ts';
import { projectView } from '../schemas/projects.ts';
import { promptSetDetailView, promptSetView } from '../schemas/prompt-sets.ts';
import { promptSummary, promptView, revisionView } from '../schemas/prompts.ts';
import {
  changeView,
  comparisonView,
  nextVersionView,
  versionDetailView,
  versionPromptSummary,
  versionPromptView,
  versionView,
} from '../schemas/versions.ts';
import type { RestApp } from './app.ts';
import { deliveryPaths } from './delivery-paths.ts';
import { idempotencyKey } from './idempotency.ts';
import { completeOperation, type OperationDocs } from './openapi/complete.ts';
import { pruneComponents, shareErrorResponses, type Paths } from './openapi/components.ts';
import { describeDefaults } from './openapi/defaults.ts';
import { DESCRIPTION } from './openapi/description.ts';
import { ERROR_SCHEMA } from './openapi/errors.ts';
import { headerComponents } from './openapi/headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Describes the route in the OpenAPI document beyond its schema. */
    docs?: OperationDocs;
  }
}

/** Shared schemas of the document, by the name that generated clients give them. */
const COMPONENTS = {
  ApiKey: apiKeyView,
  Author: authorView,
  Change: changeView,
  Comparison: comparisonView,
  Content: content,
  CreatedApiKey: createdApiKeyView,
  ImportFailure: importFailure,
  ImportNote: importNote,
  ImportProgress: importProgress,
  ImportReport: importReport,
  Label: labelView,
  LabelMove: labelMoveView,
  NextVersion: nextVersionView,
  Problem: problem,
  Project: projectView,
  Prompt: promptView,
  PromptSet: promptSetView,
  PromptSetDetail: promptSetDetailView,
  PromptSummary: promptSummary,
  Revision: revisionView,
  Version: versionView,
  VersionDetail: versionDetailView,
  VersionPrompt: versionPromptView,
  VersionPromptSummary: versionPromptSummary,
};

/** Serves the OpenAPI document of the routes that are registered after this. */
export async function openApi(app: RestApp, { baseUrl }: { baseUrl: string }): Promise<void> {
  const { bodyLimit = 0 } = app.initialConfig;
  for (const [id, schema] of Object.entries(COMPONENTS)) z.globalRegistry.add(schema, { id });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Anvil',
        version: '1',
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      servers: [{ url: baseUrl }],
      tags: [
        { name: 'Delivery', description: 'For applications: fetch, render and resolve prompts.' },
        { name: 'Projects', description: 'Named groups of prompt sets.' },
        { name: 'Prompt sets', description: 'The packages.' },
        { name: 'Prompts', description: 'The prompts of a draft and their revisions.' },
        { name: 'Versions', description: 'Published states of a set, which never change.' },
        { name: 'Labels', description: 'Movable names of versions.' },
        { name: 'API keys', description: 'Credentials of programs.' },
        { name: 'Import', description: 'Many prompts at once.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'ank_…', description: 'An API key.' },
        },
      },
      security: [{ apiKey: [] }],
    },
    transform: (input) => {
      const transformed = jsonSchemaTransform({ ...input, schema: withHeaders(input) });
      return {
        ...transformed,
        schema: { ...transformed.schema, 'x-facts': factsOf(input.route, bodyLimit) },
      };
    },
    transformObject: (document) => {
      const generated = jsonSchemaTransformObject(document);
      const paths = structuredClone({ ...deliveryPaths(bodyLimit), ...generated.paths }) as Paths;
      for (const operations of Object.values(paths)) {
        for (const [method, operation] of Object.entries(operations)) completeOperation(method, operation);
      }
      return addComponents({ ...generated, paths }, shareErrorResponses(paths));
    },
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { allowsAnonymous: true } }, (_request, reply) =>
    reply.send(app.swagger()),
  );
}

type Route = Parameters<typeof jsonSchemaTransform>[0]['route'];

function factsOf({ config, bodyLimit }: Route, serverLimit: number) {
  const { docs, idempotent = false, ifMatch, secretOf, streamsBody } = config ?? {};
  return {
    ...docs,
    area: 'management',
    takesIdempotencyKey: idempotent,
    takesIfMatch: ifMatch !== undefined,
    answersSecret: secretOf !== undefined,
    bodyLimit: streamsBody ? undefined : (bodyLimit ?? serverLimit),
  };
}

/** The headers that a route reads. The route checks them, not a schema. */
function withHeaders({ schema, route }: Parameters<typeof jsonSchemaTransform>[0]) {
  const { idempotent, ifMatch } = route.config ?? {};
  if (!idempotent && !ifMatch) return schema;
  const headers = z.object({
    ...(idempotent ? { 'Idempotency-Key': idempotencyKey } : {}),
    ...(ifMatch
      ? {
          'If-Match': z
            .string()
            .regex(new RegExp(`^(?:W/)?"(?:${ifMatch.tag})"$`))
            .describe(ifMatch.description),
        }
      : {}),
  });
  return { ...schema, headers };
}

type Document = ReturnType<SwaggerTransformObject>;

/**
 * Replaces zod's recursive schema of any JSON value, whose references no OpenAPI tool follows, with the component
 * `JsonValue`. Adds the components that no zod schema describes.
 */
function addComponents(document: Document, responses: Record<string, unknown>): Document {
  const text = JSON.stringify(document).replaceAll(
    /#\/components\/schemas\/__shared#\/\$defs\/\w+/g,
    '#/components/schemas/JsonValue',
  );
  const { components, ...rest } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  const { __shared: _, ...schemas } = components.schemas;
  for (const [name, schema] of Object.entries(schemas)) if (name.endsWith('Input')) describeDefaults(schema);
  return pruneComponents({
    ...rest,
    components: {
      ...components,
      schemas: { ...schemas, JsonValue: { description: 'Any JSON value.' }, Error: ERROR_SCHEMA },
      headers: headerComponents(),
      responses,
    },
  }) as unknown as Document;
}
