import { z } from 'zod';
import { pageOf, text } from '../schemas/common.ts';
import { labelMoveView, labelName, labelView, moveLabelInput } from '../schemas/labels.ts';
import { listLabelMoves, listLabels, moveLabel, removeLabel } from '../services/labels.ts';
import type { RestApp } from './app.ts';
import { asPrecondition, requireIfMatch, VERSION_IF_MATCH } from './preconditions.ts';
import { organisationQuery, pageQuery, setParams } from './schemas.ts';

const tags = ['Labels'];
const labelParams = setParams.extend({ name: text(100, 1).describe('Name of the label: `production`.') });
const movableLabelParams = setParams.extend({ name: labelName.describe('Name of the label: `production`.') });

export function labelRoutes(app: RestApp): void {
  app.get(
    '/prompt_sets/:set_id/labels',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listLabels',
        summary: 'List labels',
        description: 'With the version that each names. `latest` moves automatically.',
        params: setParams,
        querystring: organisationQuery,
        response: { 200: pageOf(labelView) },
      },
    },
    async (request) => listLabels(await request.serviceContext(), { ...request.query, ...request.params }),
  );

  app.put(
    '/prompt_sets/:set_id/labels/:name',
    {
      config: { docs: { permissions: ['labels.move'], reasons: { 409: ['label_moved'] }, tag: 'state' } },
      schema: {
        tags,
        operationId: 'moveLabel',
        summary: 'Move or create a label',
        description:
          '`from` is the version that it names now, `null` for a new label: has somebody else moved it meanwhile, ' +
          'the answer is 409. Rolling back is a move to an older version.',
        params: movableLabelParams,
        querystring: organisationQuery,
        body: z.strictObject(moveLabelInput.pick({ to: true, from: true, reason: true }).shape),
        response: { 200: z.object({ label: labelView }) },
      },
    },
    async (request, reply) => {
      const input = { ...request.query, ...request.params, ...request.body };
      const label = await moveLabel(await request.serviceContext(), input);
      return reply.header('etag', `"${label.version}"`).send({ label });
    },
  );

  app.delete(
    '/prompt_sets/:set_id/labels/:name',
    {
      config: {
        docs: { permissions: ['labels.move'], reasons: { 412: ['label_moved'] } },
        ifMatch: VERSION_IF_MATCH,
      },
      schema: {
        tags,
        operationId: 'removeLabel',
        summary: 'Remove a label',
        description: 'Needs `If-Match` with the version that it names, such as `"1.4.2"`. Its history stays.',
        params: movableLabelParams,
        querystring: organisationQuery.extend({
          reason: text(2_000).default('').describe('Why; stands in the label’s history.'),
        }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const from = requireIfMatch(request.headers['if-match']);
      const input = { ...request.query, ...request.params, from };
      await asPrecondition(removeLabel(await request.serviceContext(), input), 'label_moved');
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/prompt_sets/:set_id/labels/:name/history',
    {
      config: { docs: { permissions: ['prompts.read'], tag: 'body' } },
      schema: {
        tags,
        operationId: 'listLabelMoves',
        summary: 'List the moves of a label',
        description: 'The newest first.',
        params: labelParams,
        querystring: pageQuery,
        response: { 200: pageOf(labelMoveView) },
      },
    },
    async (request) =>
      listLabelMoves(await request.serviceContext(), { ...request.query, ...request.params }),
  );
}
