import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createManagedLogins } from '#tests/support/managed-postgres.ts';
import { NO_PGBOUNCER, startPgBouncer, type Pooler } from '#tests/support/pgbouncer.ts';
import { plantOrganisation, type Planted } from '#tests/support/planted-rows.ts';
import { withDatabase } from '#tests/support/test-server.ts';
import { connect, type Database } from './connections.ts';
import { startEmbedded, type EmbeddedDatabase } from './embedded/start.ts';
import { asAdmin } from './embedded/roles.ts';
import { migrate } from './migrate.ts';
import { Project } from './models/index.ts';
import { canBecomeApplication, inspectApplicationLogin } from './preflight.ts';
import { acrossOrganisations, currentTransaction, inOrganisation } from './tenancy.ts';

// On this database, roles can't be created or granted by SQL. The application role is a second login.

const NAME = 'managed';
let folder: string;
let server: EmbeddedDatabase;
let adminUrl: string;
let ownerUrl: string;
let applicationUrl: string;

const urlOf = (role: string) =>
  withDatabase(server.url, NAME).replace(/^(postgres(?:ql)?:\/\/)[^@/]*@/, `$1${encodeURIComponent(role)}@`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anvil-managed-'));
  server = await startEmbedded({ dataDir: join(folder, 'database'), settings: { fsync: 'off' } });
  await asAdmin(server.adminUrl, async (admin) => {
    await admin.query(`create database ${NAME}`);
    await admin.query('drop role anvil_app');
  });
  adminUrl = withDatabase(server.adminUrl, NAME);
}, 300_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a migration without the role says how to create it, also without a superuser', async () => {
  await asAdmin(adminUrl, (admin) =>
    admin.query('create role early login; grant create on schema public to early'),
  );
  const failure = migrate({ url: urlOf('early') });
  await expect(failure).rejects.toThrow(
    /create role anvil_app nologin;[^]*Where no superuser is available, create a login anvil_app .* DATABASE_APPLICATION_URL/,
  );
});

describe('with a login of each role', () => {
  const databases: Database[] = [];
  let ours: Planted;
  let theirs: Planted;
  let pooler: Pooler | undefined;

  beforeAll(async () => {
    const logins = await createManagedLogins(adminUrl);
    ownerUrl = urlOf(logins.owner);
    applicationUrl = urlOf(logins.application);
  });
  afterAll(async () => {
    for (const database of databases) await database.close();
    await pooler?.stop();
  });

  const open = (input: Parameters<typeof connect>[0]) => {
    const database = connect(input);
    databases.push(database);
    return database;
  };

  test('the migrations run, and the owner can’t become the second login', async () => {
    expect((await migrate({ url: ownerUrl })).length).toBeGreaterThan(5);
    expect(await canBecomeApplication(ownerUrl)).toBe(false);
    expect(await inspectApplicationLogin(applicationUrl)).toBeUndefined();
  });

  test('an organisation sees and changes only its own rows, and the owner sees all', async () => {
    const database = open({ url: ownerUrl, applicationUrl });
    ours = await plantOrganisation(database);
    theirs = await plantOrganisation(database);
    const projects = async () => await Project.query().select('organisationId');
    expect(await inOrganisation(database, ours.organisationId, projects)).toEqual([
      { organisationId: ours.organisationId },
    ]);
    const change = async () =>
      await Project.query().patch({ name: 'Changed' }).where({ id: theirs.projectId });
    expect(await inOrganisation(database, ours.organisationId, change)).toBe(0);
    expect(await acrossOrganisations(database, 'tests: all', projects)).toHaveLength(2);
    expect((await database.delivery.query('select from projects')).rowCount).toBe(2);
  });

  test('a tenant transaction can’t become the owner', async () => {
    const [database] = databases;
    if (!database) throw new Error('The test before failed');
    const escape = inOrganisation(database, ours.organisationId, () =>
      currentTransaction().raw(`set local role none; set local role "fly-user"`),
    );
    await expect(escape).rejects.toThrow('permission denied to set role');
  });

  test.skipIf(NO_PGBOUNCER !== undefined)('the same holds through a pooler', async () => {
    pooler = await startPgBouncer(ownerUrl);
    const database = open({ url: pooler.url, directUrl: ownerUrl, applicationUrl });
    const roles = () =>
      currentTransaction().raw<{ rows: object[] }>('select current_user as role, session_user as login');
    expect((await inOrganisation(database, ours.organisationId, roles)).rows).toEqual([
      { role: 'anvil_app', login: 'anvil_app' },
    ]);
    expect((await acrossOrganisations(database, 'tests: role', roles)).rows).toEqual([
      { role: 'fly-user', login: 'fly-user' },
    ]);
  });

  test.each([
    ['another role', 'other_role', () => ownerUrl, 'select'],
    [
      'a member of the role that owns the tables',
      'row_security_off',
      () => applicationUrl,
      'grant "fly-user" to anvil_app',
    ],
    ['a role with BYPASSRLS', 'row_security_off', () => applicationUrl, 'alter role anvil_app bypassrls'],
    [
      'a role that can only read',
      'read_only',
      () => applicationUrl,
      'alter role anvil_app set default_transaction_read_only = on',
    ],
  ])('%s is refused as a login for the application', async (_what, problem, url, sql) => {
    await asAdmin(adminUrl, (admin) => admin.query(sql));
    expect(await inspectApplicationLogin(url())).toBe(problem);
    await asAdmin(adminUrl, async (admin) => {
      await admin.query('revoke "fly-user" from anvil_app');
      await admin.query('alter role anvil_app nobypassrls');
      await admin.query('alter role anvil_app reset default_transaction_read_only');
    });
  });
});
