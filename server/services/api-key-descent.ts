import { ApiKey } from '#db/models/index.ts';
import { currentTransaction } from '#db/tenancy.ts';

// API keys can create API keys. The descent of a user or of a key is every key that it created, directly or through
// other keys. A revoked key belongs to the descent, because the keys that it created may still work.

/** Columns that identify a key of the descent. */
interface KeyRef {
  organisationId: string;
  id: string;
}

/** The root of a descent: a user in all organisations, or one key. */
type Root = { userId: string } | { apiKeyId: string };

/**
 * Lists the keys of a descent that aren't revoked, the oldest first. In a tenant transaction it sees the keys of that
 * organisation, in acrossOrganisations() those of all.
 */
export async function listDescent(root: Root): Promise<ApiKey[]> {
  const refs = await findDescent(root);
  return ApiKey.query().whereIn(['organisationId', 'id'], pairs(refs)).whereNull('revokedAt').orderBy('id');
}

/** Like `listDescent`, and locks the keys until the end of the transaction. */
export async function lockDescent(root: Root): Promise<ApiKey[]> {
  const refs = await findDescent(root);
  return ApiKey.query()
    .whereIn(['organisationId', 'id'], pairs(refs))
    .whereNull('revokedAt')
    .orderBy('id')
    .forUpdate();
}

async function findDescent(root: Root): Promise<KeyRef[]> {
  const [kind, id] = 'userId' in root ? ['user', root.userId] : ['api_key', root.apiKeyId];
  const { rows } = await currentTransaction().raw<{ rows: KeyRef[] }>(
    `with recursive descent (organisation_id, id) as (
       select organisation_id, id from api_keys where author_kind = ? and author_id = ?
       union
       select child.organisation_id, child.id from api_keys child
         join descent on child.organisation_id = descent.organisation_id and child.author_id = descent.id
         where child.author_kind = 'api_key'
     )
     select organisation_id as "organisationId", id from descent`,
    [kind, id],
  );
  return rows;
}

const pairs = (refs: readonly KeyRef[]): [string, string][] =>
  refs.map(({ organisationId, id }) => [organisationId, id]);
