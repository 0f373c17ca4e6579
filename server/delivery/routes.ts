import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkValues } from '@anvil/core/value';
import { AccessDenied } from '../auth/authorize.ts';
import { scopesAllow } from '../auth/permissions.ts';
import { AppError, ERROR_TABLE, toAppError } from '../errors.ts';
import { renderAnswer } from '../render/answer.ts';
import type { Renderer } from '../render/renderer.ts';
import { renderInput, resolveInput } from '../schemas/delivery.ts';
import { sha256Hex } from '../schemas/common.ts';
import { handleError } from '../http/error-handler.ts';
import { matchesETag } from '../http/etag.ts';
import { assertKnownQuery } from '../http/query.ts';
import { markAge, oldest, requireToken, selectorAdvice, sendPrompt } from './answers.ts';
import type { Delivery } from './delivery.ts';
import { findForKey, refuseOnlyVerified } from './find-for-key.ts';
import type { CachedKey, FoundKey } from './keys.ts';
import type { DeliveredPrompt, FoundPrompt } from './prompts.ts';
import { inexactValues, messageTexts, readMessageSources } from './render-body.ts';
import { BY_ADDRESS, rememberResponse } from './response-cache.ts';
import { promptNotFound } from './sets.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the delivery routes. */
    deliveryKey?: FoundKey;
  }
}

const RENDER = '/api/v1/render/';
const JSON_TYPE = 'application/json; charset=utf-8';

export interface DeliveryRoutesOptions {
  delivery: Delivery;
  renderer: Renderer;
  /** Called for every key that is used; notes the time of use, outside of the request. */
  onKeyUsed: (key: CachedKey) => void;
  /** Told of each prompt that was looked up to be fetched or rendered. */
  onServed: (delivered: DeliveredPrompt) => void;
  /** Told what was refused; a denial stands in the audit log. */
  onRefused: (request: FastifyRequest, error: unknown) => void;
}

/**
 * The routes from which programs fetch prompts. They answer from memory, without the services' transactions. They are the slow
 * path: most prompts that were fetched before are answered ahead of them, see response-cache.ts.
 */
export function deliveryRoutes(app: FastifyInstance, options: DeliveryRoutesOptions, done: () => void): void {
  const { delivery, renderer, onKeyUsed, onRefused, onServed } = options;
  app.decorateRequest('deliveryKey');
  // The key is found before the body is read, and the query is judged before the body is parsed.
  app.addHook('onRequest', (request, _reply, next) => {
    findKey(request)
      .then((found) => {
        request.deliveryKey = found;
        assertKnownQuery(request, selectorAdvice(request));
      })
      .then(() => next(), next);
  });

  app.get(`${BY_ADDRESS}*`, (request, reply) =>
    answerLater(request, reply, async () =>
      sendPrompt(request, reply, await findPrompt(request, BY_ADDRESS)),
    ),
  );

  app.post(`${RENDER}*`, { config: { keepsBodyText: true } }, (request, reply) =>
    answerLater(request, reply, () => render(request, reply)),
  );
  app.post('/api/v1/resolve', (request, reply) => answerLater(request, reply, () => resolve(request, reply)));
  app.get('/api/v1/contents/:sha256', (request, reply) =>
    answerLater(request, reply, () => refuseOnlyVerified(keyOf(request), () => sendContent(request, reply))),
  );
  done();

  function answerLater(request: FastifyRequest, reply: FastifyReply, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      onRefused(request, error);
      handleError(error, request, reply);
    });
  }

  async function findKey(request: FastifyRequest): Promise<FoundKey> {
    const found = await delivery.keys.find(requireToken(request));
    onKeyUsed(found.key);
    return found;
  }

  async function findPrompt(request: FastifyRequest, prefix: string): Promise<FoundPrompt> {
    const url = request.raw.url ?? '';
    const found = await findForKey(delivery.prompts, keyOf(request), addressText(url, prefix));
    onServed(found.delivered);
    if (prefix === BY_ADDRESS) rememberResponse(delivery, url, found);
    return found;
  }

  async function render(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { delivered, set, verifiedAt } = await findPrompt(request, RENDER);
    const input = renderInput.parse(bodyOf(request));
    const { content, partials, sha256, version } = delivered;
    const bodyText = request.bodyText ?? '{}';
    const checked = checkValues(content.parameters, input.values, {
      strict: input.strict,
      inexact: inexactValues(bodyText),
    });
    if (!checked.ok) {
      const [first] = checked.errors;
      throw new AppError('UNPROCESSABLE_CONTENT', first?.message ?? 'A value is wrong.', {
        reason: 'values.invalid',
        details: checked.errors.map(({ path, message }) => ({ field: `values.${path}`, message })),
      });
    }
    const rendered = await renderer.render({
      ...{ organisationId: set.organisationId, content, partials, key: sha256 },
      values: checked.values,
    });
    if (!rendered.ok) throw renderError(rendered);
    const { output } = rendered;
    const warnings = [...checked.warnings, ...rendered.warnings];
    const sources = readMessageSources(bodyText, content.parameters);
    const texts =
      'messages' in output ? messageTexts(content, output.messages, checked.values, sources) : undefined;
    markAge(reply, verifiedAt);
    reply
      .header('cache-control', 'private, no-cache')
      .header('content-type', JSON_TYPE)
      .send(renderAnswer({ output, version, warnings }, content.config, texts));
  }

  async function resolve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const found = keyOf(request);
    const { addresses } = resolveInput.parse(bodyOf(request));
    const data = [];
    let { verifiedAt } = found;
    for (const text of addresses) {
      try {
        const prompt = await findForKey(delivery.prompts, found, text);
        verifiedAt = oldest(verifiedAt, prompt.verifiedAt);
        const { delivered } = prompt;
        const { version, sha256 } = delivered;
        data.push({ address: text, resolved: delivered.address, version, sha256 });
      } catch (thrown) {
        const error = toAppError(thrown);
        onRefused(request, error);
        // "Can't tell now" must not look like "doesn't exist": it fails the whole call.
        if (error.status >= 500) throw thrown;
        const { type } = ERROR_TABLE[error.code];
        data.push({ address: text, error: { type, reason: error.reason, message: error.message } });
      }
    }
    markAge(reply, verifiedAt);
    reply.header('cache-control', 'private, no-cache').send({ data });
  }

  async function sendContent(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { actor } = keyOf(request).key;
    const parsed = sha256Hex.safeParse((request.params as { sha256: string }).sha256);
    if (!parsed.success) {
      throw new AppError('BAD_REQUEST', 'A content is named by its SHA-256: 64 characters of 0-9 and a-f.', {
        reason: 'sha256.invalid',
      });
    }
    const { organisationId, projectIds } = actor;
    const published = scopesAllow(actor.scopes, 'prompts.read');
    const drafts = scopesAllow(actor.scopes, 'drafts.read');
    if (!published && !drafts) {
      throw new AccessDenied(
        { actor, organisationId, permission: 'prompts.read' },
        'This API key lacks the scope read:prompts or read:drafts.',
      );
    }
    const body = await delivery.source.selectContentByHash({
      organisationId,
      sha256: parsed.data,
      projectIds,
      drafts,
      published,
    });
    if (body === undefined) throw promptNotFound();
    const etag = `"${parsed.data}"`;
    reply.header('cache-control', 'private, max-age=31536000, immutable').header('etag', etag);
    if (matchesETag(request.headers['if-none-match'], etag)) reply.code(304).send();
    else reply.header('content-type', JSON_TYPE).send(`{"content":${body}}`);
  }
}

/** The JSON body; a call without one gives nothing. */
function bodyOf({ body }: FastifyRequest): unknown {
  return body === undefined ? {} : body;
}

/** The key that the hook has found. */
function keyOf({ deliveryKey }: FastifyRequest): FoundKey {
  if (!deliveryKey) throw new Error('This route is registered without the hook that finds the key');
  return deliveryKey;
}

/** What the caller can do about a failed render decides its code: send less, try again, or mend the prompt. */
function renderError({ reason, message }: { reason: string; message: string }): AppError {
  if (reason === 'render.values_too_large') return new AppError('PAYLOAD_TOO_LARGE', message, { reason });
  if (reason === 'render.busy' || reason === 'render.closed') {
    return new AppError('SERVICE_UNAVAILABLE', message, { reason, retryAfterSeconds: 1 });
  }
  return new AppError('UNPROCESSABLE_CONTENT', message, { reason });
}

/** The address as it stands in the URL, without a query. */
function addressText(url: string, prefix: string): string {
  const query = url.indexOf('?');
  return url.slice(prefix.length, query === -1 ? undefined : query);
}
