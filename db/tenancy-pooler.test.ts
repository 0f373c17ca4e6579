import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { NO_PGBOUNCER, startPgBouncer, type Pooler } from '#tests/support/pgbouncer.ts';
import { plantOrganisation, type Planted } from '#tests/support/planted-rows.ts';
import { connect, type Database } from './connections.ts';
import { Project } from './models/index.ts';
import { acrossOrganisations, currentTransaction, inOrganisation } from './tenancy.ts';

// PgBouncer in transaction mode hands each transaction a connection that somebody else has used: whatever a session
// set there would be the next one's.
describe.skipIf(NO_PGBOUNCER !== undefined)(
  `behind a pooler${NO_PGBOUNCER ? ` (${NO_PGBOUNCER})` : ''}`,
  () => {
    let testDatabase: TestDatabase;
    let pooler: Pooler;
    let database: Database;
    let ours: Planted;
    let theirs: Planted;

    beforeAll(async () => {
      testDatabase = await createTestDatabase();
      pooler = await startPgBouncer(testDatabase.url);
      database = connect({ url: pooler.url, directUrl: testDatabase.url, poolSize: 10 });
      ours = await plantOrganisation(database);
      theirs = await plantOrganisation(database);
    });
    afterAll(async () => {
      await database.close();
      await pooler.stop();
      await testDatabase.drop();
    });

    /** Ids of the organisations whose projects are seen without a WHERE. */
    async function seenBy(organisationId: string): Promise<string[]> {
      return inOrganisation(database, organisationId, async () => {
        const projects = await Project.query();
        await currentTransaction().raw('select pg_sleep(0.002)');
        const { rows } = await currentTransaction().raw<{ rows: { organisation_id: string }[] }>(
          'select organisation_id from projects',
        );
        return [...projects.map((row) => row.organisationId), ...rows.map((row) => row.organisation_id)];
      });
    }

    test('three hundred transactions of two organisations on two connections see their own rows, each and only', async () => {
      const organisations = Array.from({ length: 300 }, (_, n) => (n % 2 ? ours : theirs).organisationId);
      const seen = await Promise.all(organisations.map(seenBy));
      expect(seen).toEqual(organisations.map((id) => [id, id]));
    });

    test('the delivery pool and the owner’s transactions between them see every organisation, every time', async () => {
      const reads = Array.from({ length: 200 }, async (_, n) => {
        if (n % 4 === 0) return (await seenBy(ours.organisationId)).length;
        if (n % 4 === 1) {
          return acrossOrganisations(database, 'tests: all', async () => (await Project.query()).length);
        }
        const { rows } = await database.delivery.query('select organisation_id from projects');
        return rows.length;
      });
      expect(await Promise.all(reads)).toEqual(Array(200).fill(2));
    });

    test('the application’s role is the one that works in a tenant transaction, and it is gone afterwards', async () => {
      const role = 'select current_user as role';
      const inside = await inOrganisation(database, ours.organisationId, () =>
        currentTransaction().raw<{ rows: { role: string }[] }>(role),
      );
      expect(inside.rows).toEqual([{ role: 'anvil_app' }]);
      for (let n = 0; n < 10; n += 1) {
        expect((await database.delivery.query(role)).rows).toEqual([{ role: 'anvil' }]);
      }
    });

    test('nothing is written into another organisation', async () => {
      const foreign = inOrganisation(database, ours.organisationId, () =>
        Project.query()
          .insert({ organisationId: theirs.organisationId, id: theirs.setId, slug: 'x', name: 'X' })
          .execute(),
      );
      await expect(foreign).rejects.toThrow('row-level security');
    });
  },
);
