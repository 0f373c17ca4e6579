import { uuidv7 } from 'uuidv7';
import type { Database } from '#db/connections.ts';
import { acrossOrganisations, currentTransaction } from '#db/tenancy.ts';

export interface Planted {
  organisationId: string;
  userId: string;
  projectId: string;
  setId: string;
}

const SHA256 = 'a'.repeat(64);

/**
 * One row in every table of an organisation, written past the services: what tests of db/ look at. Whoever adds a
 * table adds its row; db/tenancy.test.ts fails while it is missing.
 */
export async function plantOrganisation(database: Database): Promise<Planted> {
  const [organisationId, userId, projectId, setId] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  const [draftId, promptId, apiKeyId, entryId] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  const actor = { actorKind: 'user', actorId: userId };
  const author = { authorKind: 'user', authorId: userId };
  const slug = `planted-${organisationId}`;
  const rows: [table: string, row: object][] = [
    ['users', { id: userId, email: `${userId}@example.com`, name: 'Ada' }],
    ['sessions', { id: `session ${userId}`, userId, expiresAt: new Date('2100-01-01') }],
    ['organisations', { id: organisationId, slug, name: 'Planted' }],
    ['memberships', { userId, role: 'owner' }],
    ['people', { userId, name: 'Ada' }],
    ['projects', { id: projectId, slug: 'support', name: 'Support' }],
    ['prompt_sets', { id: setId, projectId, slug: 'emails', name: 'Emails', lastOrdinal: 1 }],
    ['drafts', { id: draftId, setId }],
    ['contents', { sha256: SHA256, body: '{}' }],
    [
      'prompts',
      { id: promptId, draftId, setId, slug: 'welcome', name: 'Welcome', revision: 1, contentSha256: SHA256 },
    ],
    ['revisions', { promptId, number: 1, contentSha256: SHA256, source: 'save', ...author }],
    ['reserved_slugs', { parentId: setId, slug: 'welcome', thingId: promptId }],
    [
      'versions',
      {
        ...{ setId, ordinal: 1, id: uuidv7(), number: '1.0.0', checksum: SHA256, level: 'major' },
        ...{ behaviour: true, changes: '[]', promptCount: 1, engine: 'test', ...author },
      },
    ],
    ['version_changes', { setId, slug: 'welcome', fromOrdinal: 1, contentSha256: SHA256 }],
    ['labels', { setId, name: 'production', ordinal: 1 }],
    ['import_parts', { importId: uuidv7(), number: 0, bytes: Buffer.from('name'), createdAt: new Date() }],
    ['label_moves', { setId, id: uuidv7(), name: 'production', toOrdinal: 1, ...author }],
    [
      'api_keys',
      {
        ...{ id: apiKeyId, name: 'Key', tokenSha256: `planted ${apiKeyId}`, tokenStart: 'ank_' },
        ...{ scopes: ['read:prompts'], limitedToProjects: true, ...author },
      },
    ],
    ['api_key_projects', { apiKeyId, projectId }],
    ['audit_entries', { id: entryId, ...actor, action: 'test', subjectKind: 'test', subjectId: setId }],
    [
      'audit_repeats',
      {
        ...{ ...actor, action: 'test', about: '', hour: new Date('2030-01-01'), entryId },
        ...{ times: 1, lastAt: new Date('2030-01-01') },
      },
    ],
    [
      'idempotency_keys',
      {
        ...{ ...actor, path: '/api/v1/projects', key: 'test', requestSha256: SHA256, status: 201 },
        ...{ headers: '{}', body: '{}', createdAt: new Date('2030-01-01') },
      },
    ],
  ];
  const withoutOrganisation = ['users', 'sessions', 'organisations'];
  await acrossOrganisations(database, 'tests: plant an organisation', async () => {
    for (const [table, row] of rows) {
      const tenant = withoutOrganisation.includes(table) ? {} : { organisationId };
      await currentTransaction()
        .table(table)
        .insert({ ...tenant, ...row });
    }
  });
  return { organisationId, userId, projectId, setId };
}
