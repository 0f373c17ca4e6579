import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { plantOrganisation, type Planted } from '#tests/support/planted-rows.ts';
import { connect, type Database } from './connections.ts';
import { AuditEntry, Project, PromptSet } from './models/index.ts';
import {
  acrossOrganisations,
  afterCommit,
  currentOrganisationId,
  currentTransaction,
  inOrganisation,
} from './tenancy.ts';

let testDatabase: TestDatabase;
let database: Database;
let ours: Planted;
let theirs: Planted;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = connect({ url: testDatabase.url, poolSize: 4 });
  ours = await plantOrganisation(database);
  theirs = await plantOrganisation(database);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** Runs SQL in the organisation's transaction. */
async function inOurs(sql: string, values: (string | number)[] = []): Promise<Record<string, unknown>[]> {
  return inOrganisation(database, ours.organisationId, async () => {
    const { rows } = await currentTransaction().raw<{ rows: Record<string, unknown>[] }>(sql, values);
    return rows;
  });
}

function asOwner(sql: string): Promise<Record<string, unknown>[]> {
  return acrossOrganisations(database, 'tests: look', async () => {
    const { rows } = await currentTransaction().raw<{ rows: Record<string, unknown>[] }>(sql);
    return rows;
  });
}

const project = () => ({ id: uuidv7(), slug: `p-${uuidv7()}`, name: 'P' });

describe('a query that forgets its WHERE', () => {
  test('reads rows of every tenant table, and of no other organisation', async () => {
    for (const table of await tenantTables()) {
      const all = await asOwner(`select ${table.column} as organisation from ${table.name}`);
      expect(new Set(all.map((row) => row.organisation)), table.name).toContain(theirs.organisationId);
      const seen = await inOurs(`select ${table.column} as organisation from ${table.name}`);
      expect(new Set(seen.map((row) => row.organisation)), table.name).toEqual(
        new Set([ours.organisationId]),
      );
    }
  });

  test('changes and deletes nothing of another organisation', async () => {
    const before = await asOwner('select * from projects order by id');
    await inOrganisation(database, ours.organisationId, async () => {
      const { rowCount } = await currentTransaction().raw<{ rowCount: number }>(
        'update projects set name = name',
      );
      expect(rowCount).toBe(1);
    });
    expect(await asOwner('select * from projects order by id')).toEqual(before);
    const victim = await plantOrganisation(database);
    await inOurs('delete from labels');
    expect(
      await asOwner(`select name from labels where organisation_id = '${victim.organisationId}'`),
    ).toHaveLength(1);
  });

  test('writes nothing into another organisation, neither a new row nor one of its own', async () => {
    // Plain SQL: what a model inserts is also read back, which is refused for a reason of its own.
    const { id, slug, name } = project();
    const insert = 'insert into projects (organisation_id, id, slug, name) values (?, ?, ?, ?)';
    await expect(inOurs(insert, [theirs.organisationId, id, slug, name])).rejects.toThrow(
      'row-level security',
    );
    const move = 'update people set organisation_id = ?';
    await expect(inOurs(move, [theirs.organisationId])).rejects.toThrow('row-level security');
  });

  test('can’t point at a row of another organisation, which checks of foreign keys would pass otherwise', async () => {
    const crossing = inOrganisation(database, ours.organisationId, () =>
      PromptSet.query()
        .insert({
          ...{ organisationId: ours.organisationId, projectId: theirs.projectId },
          ...{ id: uuidv7(), slug: 'crossing', name: 'Crossing' },
        })
        .execute(),
    );
    await expect(crossing).rejects.toThrow('prompt_sets_organisation_id_project_id_fkey');
  });

  test('without an organisation finds nothing, also after another transaction on the same connection', async () => {
    const single = connect({ url: testDatabase.url, poolSize: 1 });
    try {
      await inOrganisation(single, ours.organisationId, () => Project.query().execute());
      const { rows } = await single.knex.raw<{ rows: unknown[] }>('select * from projects');
      expect(rows).toEqual([]);
    } finally {
      await single.close();
    }
  });

  test('finds no account, session or operator at all', async () => {
    for (const table of ['users', 'sessions', 'operators']) {
      await expect(inOurs(`select * from ${table}`)).rejects.toMatchObject({ code: '42501' });
    }
  });
});

describe('inOrganisation', () => {
  test('joins the transaction that is running: one connection does, and both fail together', async () => {
    const single = connect({ url: testDatabase.url, poolSize: 1 });
    const { organisationId } = ours;
    try {
      const made = project();
      const work = inOrganisation(single, organisationId, async () => {
        const outer = currentTransaction();
        await inOrganisation(single, organisationId, async () => {
          expect(currentTransaction()).toBe(outer);
          await Project.query().insert({ organisationId, ...made });
        });
        throw new Error('the outer one fails');
      });
      await expect(work).rejects.toThrow('the outer one fails');
      const found = await inOrganisation(single, organisationId, () =>
        Project.query().findOne('id', made.id).execute(),
      );
      expect(found).toBeUndefined();
    } finally {
      await single.close();
    }
  });

  test('with three times as much work at once as there are connections, each nested, none hangs', async () => {
    const work = Array.from({ length: 12 }, () =>
      inOrganisation(database, ours.organisationId, () =>
        inOrganisation(database, ours.organisationId, () => Project.query().resultSize()),
      ),
    );
    expect(new Set(await Promise.all(work))).toEqual(new Set([1]));
  });

  test('of another organisation inside throws, and so does passing row security inside', async () => {
    await inOrganisation(database, ours.organisationId, async () => {
      const other = inOrganisation(database, theirs.organisationId, () => Project.query().execute());
      await expect(other).rejects.toThrow('another organisation');
      const across = acrossOrganisations(database, 'a bug', () => Project.query().execute());
      await expect(across).rejects.toThrow('acrossOrganisations(a bug) inside a tenant transaction');
    });
    await acrossOrganisations(database, 'tests', async () => {
      const inner = inOrganisation(database, ours.organisationId, () => Project.query().execute());
      await expect(inner).rejects.toThrow('another organisation');
    });
  });

  test('runs concurrent work of two organisations apart', async () => {
    const seen = await Promise.all(
      Array.from({ length: 20 }, (_, n) => {
        const { organisationId } = n % 2 ? ours : theirs;
        return inOrganisation(database, organisationId, async () => {
          await currentTransaction().raw('select pg_sleep(0.001)');
          expect(currentOrganisationId()).toBe(organisationId);
          const projects = await Project.query();
          return projects.every((row) => row.organisationId === organisationId) && projects.length > 0;
        });
      }),
    );
    expect(seen).toEqual(Array(20).fill(true));
  });

  test('whose failed statement was swallowed throws at the end: nothing of it was written', async () => {
    const { organisationId } = ours;
    const made = project();
    const work = inOrganisation(database, organisationId, async () => {
      await Project.query().insert({ organisationId, ...made });
      await Project.query()
        .insert({ organisationId, ...made })
        .catch(() => undefined);
    });
    await expect(work).rejects.toThrow('rolled back at COMMIT');
    expect(
      await inOrganisation(database, organisationId, () => Project.query().findOne('id', made.id).execute()),
    ).toBeUndefined();
  });

  test('calls what waits for the commit after it, in order, and never when it failed', async () => {
    const calls: string[] = [];
    const { organisationId } = ours;
    await inOrganisation(database, organisationId, async () => {
      afterCommit(() => calls.push('first'));
      await inOrganisation(database, organisationId, () =>
        Promise.resolve(afterCommit(() => calls.push('second'))),
      );
      expect(calls).toEqual([]);
    });
    const failing = inOrganisation(database, organisationId, () => {
      afterCommit(() => calls.push('never'));
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(calls).toEqual(['first', 'second']);
  });
});

describe('a forgotten transaction throws', () => {
  test('outside of every scope', async () => {
    expect(() => Project.query()).not.toThrow();
    await expect(Promise.resolve().then(() => Project.query())).rejects.toThrow('outside inOrganisation()');
    await expect(Promise.resolve().then(() => AuditEntry.query().insert({}))).rejects.toThrow(
      'outside inOrganisation()',
    );
    expect(() => currentTransaction()).toThrow('outside inOrganisation()');
    expect(() => currentOrganisationId()).toThrow('No organisation');
    expect(() => afterCommit(() => undefined)).toThrow('running transaction');
  });

  test('after its end, when a query was not awaited inside', async () => {
    let late: Promise<unknown> | undefined;
    let end = () => undefined as void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    await inOrganisation(database, ours.organisationId, () => {
      late = ended.then(() => Project.query());
      late.catch(() => undefined);
      return Promise.resolve();
    });
    end();
    await expect(late).rejects.toThrow('after its transaction had ended');
  });

  test('acrossOrganisations without a reason', async () => {
    await expect(acrossOrganisations(database, '', () => Promise.resolve())).rejects.toThrow(
      'needs a reason',
    );
  });
});

async function tenantTables(): Promise<{ name: string; column: string }[]> {
  const rows = await asOwner(`
    select relname as name from pg_class
    where relkind = 'r' and relrowsecurity and relnamespace = 'public'::regnamespace order by 1`);
  return rows.map(({ name }) => ({
    name: String(name),
    column: name === 'organisations' ? 'id' : 'organisation_id',
  }));
}
