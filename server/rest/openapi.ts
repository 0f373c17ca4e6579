import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { apiKeyView, createdApiKeyView } from '../schemas/api-keys.ts';
import { authorView } from '../schemas/common.ts';
import { content, problem } from '../schemas/contents.ts';
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

/** What stands once in the document, by the name that generated clients give it. */
const COMPONENTS = {
  ApiKey: apiKeyView,
  Author: authorView,
  Change: changeView,
  Comparison: comparisonView,
  Content: content,
  CreatedApiKey: createdApiKeyView,
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

const DESCRIPTION = `Anvil is a package manager for LLM prompts. Prompts that belong together are a *prompt set*, the package:
its draft is edited, its versions are released under semantic numbers and never change afterwards.

* Send an API key with every request: \`Authorization: Bearer ank_…\`. A key belongs to one organisation; its scopes say what it may do.
* Ids are UUIDs (version 7), times ISO 8601 in UTC.
* One thing comes as \`{ "prompt": { … } }\`, a list as \`{ "data": [ … ], "meta": { "cursor", "has_more" } }\`: pass \`meta.cursor\` as \`cursor\` to get the next page.
* Errors are \`{ "error": { "type", "reason", "message", "details", "request_id" } }\`; \`reason\` is stable. Unknown fields are refused by name.
* What is not there or not yours is 404; what Anvil can’t tell right now is 503 with \`Retry-After\`.`;

/** The OpenAPI document, made of the routes that are registered after this. */
export async function openApi(app: RestApp, { baseUrl }: { baseUrl: string }): Promise<void> {
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
        { name: 'Delivery', description: 'What applications call: fetch, render, resolve.' },
        { name: 'Projects', description: 'Named groups of prompt sets.' },
        { name: 'Prompt sets', description: 'The packages.' },
        { name: 'Prompts', description: 'The prompts of a draft and their revisions.' },
        { name: 'Versions', description: 'What was released.' },
        { name: 'Labels', description: 'Movable names on versions.' },
        { name: 'API keys', description: 'How programs get in.' },
        { name: 'Import', description: 'Many prompts at once.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'ank_…', description: 'An API key.' },
        },
      },
      security: [{ apiKey: [] }],
    },
    transform: (input) => jsonSchemaTransform({ ...input, schema: withHeaders(input) }),
    transformObject: (document) => {
      const made = jsonSchemaTransformObject(document);
      return tidy({ ...made, paths: { ...deliveryPaths(), ...made.paths } } as Tidied);
    },
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { allowsAnonymous: true } }, (_request, reply) =>
    reply.send(app.swagger()),
  );
}

/** The headers that a route reads; they are judged by the route, not by a schema. */
function withHeaders({ schema, route }: Parameters<typeof jsonSchemaTransform>[0]) {
  const { idempotent, ifMatch } = route.config ?? {};
  if (!idempotent && !ifMatch) return schema;
  const headers = z.object({
    ...(idempotent ? { 'Idempotency-Key': idempotencyKey } : {}),
    ...(ifMatch ? { 'If-Match': z.string().describe(ifMatch) } : {}),
  });
  return { ...schema, headers };
}

type Tidied = ReturnType<SwaggerTransformObject>;

/**
 * zod puts the recursive schema of any JSON value into a component of its own with a reference that OpenAPI's tools
 * can't follow, and each component twice, as input and as output. Here it is `JsonValue`, and what nothing refers to
 * is left out.
 */
function tidy(document: Tidied): Tidied {
  const text = JSON.stringify(document).replaceAll(
    /#\/components\/schemas\/__shared#\/\$defs\/\w+/g,
    '#/components/schemas/JsonValue',
  );
  const tidied = JSON.parse(text) as Tidied & { components: { schemas: Record<string, unknown> } };
  const { __shared: _, ...schemas } = tidied.components.schemas;
  schemas.JsonValue = { description: 'Any JSON value.' };
  let size: number;
  do {
    size = Object.keys(schemas).length;
    for (const name of Object.keys(schemas)) {
      const { [name]: _self, ...others } = schemas;
      tidied.components.schemas = others;
      if (!JSON.stringify(tidied).includes(`"#/components/schemas/${name}"`)) delete schemas[name];
    }
  } while (Object.keys(schemas).length < size);
  tidied.components.schemas = schemas;
  return tidied;
}
