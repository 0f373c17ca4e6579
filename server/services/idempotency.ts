import { createHash } from 'node:crypto';
import type { Database } from '#db/connections.ts';
import { FAILURES, failureKind } from '#db/errors.ts';
import { acrossOrganisations, currentTransaction, inOrganisation } from '#db/tenancy.ts';
import { findOrganisationId } from '../auth/authorize.ts';
import { AppError, invalid } from '../errors.ts';
import { authorOf } from './audit.ts';
import type { Context } from './context.ts';

/** How long an answer is kept for repeats of its request. */
const KEPT_MS = 24 * 60 * 60_000;

/** A write as its caller named it. */
export interface IdempotentRequest {
  /** `Idempotency-Key`: 1 to 255 characters, another for each request and the same for its repeats. */
  key: string;
  /** Keys of one path say nothing about those of another. */
  path: string;
  /** Slug; left out as in the services. */
  organisation: string | undefined;
  /** Everything that makes it this request and no other, as JSON data. */
  asked: unknown;
}

/** An answer as it is kept. */
export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  /** JSON data. */
  body: unknown;
}

interface KeptRow {
  requestSha256: string;
  status: number;
  headers: Record<string, string>;
  body: string | null;
  thingId: string | null;
  createdAt: Date;
}

/**
 * Does a write once, however often its request is sent: the answer is kept in the transaction of the work, so it is
 * there exactly when the work is. What failed changed nothing and is not kept; the same key may be sent again, mended
 * too. Scoped to who asks and to the path.
 *
 * @param secretOf the id of what was made, when the answer holds a secret: then it is not kept, only the id
 * @param work what the request is for; runs inside the transaction
 * @returns the answer of this request, or of the one that it repeats
 * @throws AppError CONFLICT `idempotency_key.in_use` the first is still being worked on · `idempotency_key.secret`, with
 *   the id in `data` · UNPROCESSABLE_CONTENT `idempotency_key.other_request` · SERVICE_UNAVAILABLE `outcome_unknown` with
 *   `retryAfterSeconds`; and what the work throws
 */
export async function doOnce(
  context: Context,
  request: IdempotentRequest,
  work: () => Promise<KeptAnswer>,
  secretOf?: (body: unknown) => string,
): Promise<KeptAnswer & { replayed: boolean }> {
  const organisationId = findOrganisationId(context.actor, request.organisation);
  // Whoever belongs to none is refused by the work itself.
  if (organisationId === undefined) return { ...(await work()), replayed: false };
  const { authorKind: actorKind, authorId: actorId } = authorOf(context);
  const { path, key } = request;
  const name = { organisationId, actorKind, actorId, path, key };
  const requestSha256 = createHash('sha256').update(JSON.stringify(request.asked)).digest('hex');

  const once = inOrganisation(context.database, organisationId, async () => {
    await lock(Object.values(name).join('\n'));
    const rows = () => currentTransaction().table('idempotencyKeys').where(name);
    const kept = await rows().first<KeptRow | undefined>();
    if (kept && context.now().getTime() - kept.createdAt.getTime() < KEPT_MS) {
      return { ...replay(kept, requestSha256), replayed: true };
    }
    if (kept) await rows().delete();
    const answer = await work();
    await currentTransaction()
      .table('idempotencyKeys')
      .insert({
        ...{ ...name, requestSha256, status: answer.status, headers: JSON.stringify(answer.headers) },
        body: secretOf ? null : JSON.stringify(answer.body),
        thingId: secretOf?.(answer.body) ?? null,
        createdAt: context.now(),
      });
    return { ...answer, replayed: false };
  });
  return once.catch((error: unknown) => {
    throw failureKind(error) === 'outcome_unknown' ? repeatable(error) : error;
  });
}

/** A lost COMMIT may be sent again: if the work was saved, its answer was too, and comes again instead of the work. */
function repeatable(cause: unknown): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    'The change may or may not have been saved. Send the request again with the same Idempotency-Key.',
    { reason: FAILURES.outcome_unknown.reason, retryAfterSeconds: 5, cause },
  );
}

/** Until the end of the transaction nobody else does the same. Nobody waits either: that would hold a connection. */
async function lock(name: string): Promise<void> {
  const { rows } = await currentTransaction().raw<{ rows: { locked: boolean }[] }>(
    'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as locked',
    [name],
  );
  if (rows[0]?.locked) return;
  throw new AppError(
    'CONFLICT',
    'The first request with this Idempotency-Key is still being worked on. Send it again in a moment.',
    { reason: 'idempotency_key.in_use', retryAfterSeconds: 1 },
  );
}

function replay({ status, headers, body, thingId, ...kept }: KeptRow, requestSha256: string): KeptAnswer {
  if (kept.requestSha256 !== requestSha256) {
    throw invalid(
      'Idempotency-Key',
      'This Idempotency-Key came with another request before. Take a new one for each request.',
      'idempotency_key.other_request',
    );
  }
  if (body === null) {
    throw new AppError(
      'CONFLICT',
      `The first request with this Idempotency-Key was answered with a secret, which is shown only once. What it made has the id ${thingId}.`,
      { reason: 'idempotency_key.secret', data: { id: thingId } },
    );
  }
  return { status, headers, body: JSON.parse(body) as unknown };
}

/** Clears answers away that are kept no longer. */
export async function clearKeptAnswers(database: Database, now: Date): Promise<void> {
  await acrossOrganisations(database, 'old answers by Idempotency-Key are cleared away', () =>
    currentTransaction()
      .table('idempotencyKeys')
      .where('createdAt', '<=', new Date(now.getTime() - KEPT_MS))
      .delete(),
  );
}
