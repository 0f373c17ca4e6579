import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import type { Database } from '#db/connections.ts';
import { ImportPart } from '#db/models/index.ts';
import { acrossOrganisations, inOrganisation } from '#db/tenancy.ts';
import { authorize } from '../../auth/authorize.ts';
import { AppError } from '../../errors.ts';
import type { organisationInput } from '../../schemas/common.ts';
import type { Context } from '../context.ts';

/** Parts that are older belong to an import whose process died. */
const PART_MAX_AGE_MS = 24 * 60 * 60_000;

/** Keeps a file that is too large for the memory while it is received. */
export interface FileParts {
  append(bytes: Buffer): Promise<void>;
  /** Yields the parts in the order in which they were appended. */
  read(): AsyncIterable<Buffer>;
  remove(): Promise<void>;
}

/**
 * Keeps the parts of one file in the database: a server has no disk of its own, and its memory is for all requests.
 *
 * @returns nothing is stored before the first part is appended
 */
export function createImportParts(context: Context, input: z.output<typeof organisationInput>): FileParts {
  const { organisationId } = authorize(context.actor, 'prompts.write', input.organisation);
  const importId = uuidv7();
  let count = 0;
  const run = <T>(work: () => Promise<T>) => inOrganisation(context.database, organisationId, work);

  return {
    append: async (bytes) => {
      const part = { organisationId, importId, number: count, bytes, createdAt: context.now() };
      await run(async () => ImportPart.query().insert(part));
      count += 1;
    },
    read: async function* () {
      for (let number = 0; number < count; number += 1) {
        const part = await run(async () => ImportPart.query().findOne({ importId, number }));
        if (!part) throw lost();
        yield part.bytes;
      }
    },
    remove: async () => {
      if (count > 0) await run(async () => ImportPart.query().delete().where({ importId }));
    },
  };
}

/** Deletes the parts that the imports of dead processes left. */
export async function deleteOldImportParts(database: Database, now: Date): Promise<void> {
  const limit = new Date(now.getTime() - PART_MAX_AGE_MS);
  await acrossOrganisations(database, 'parts of imports that never ended', async () =>
    ImportPart.query().delete().where('createdAt', '<', limit),
  );
}

/** A crash of the database empties the table, and a file that takes longer than a day to arrive loses its first parts. */
function lost(): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    'A part of the file was lost. Repeat the import with the same file.',
    {
      reason: 'import.interrupted',
      retryAfterSeconds: 1,
    },
  );
}
