/** What tests/support/database.ts needs to make a database for a test file. */
export interface TestServer {
  /** `postgres://…` of a superuser */
  adminUrl: string;
  /** `postgres://…` of the owner role; the database in it is a placeholder */
  ownerUrl: string;
  /** Migrated and empty; never connected to, only copied. */
  template: string;
}

/** The same address, another database. */
export function withDatabase(url: string, database: string): string {
  // Not by URL: a socket's address has no host, which URL refuses.
  return url.replace(/^(postgres(?:ql)?:\/\/[^/?]*\/)[^?]*/, `$1${database}`);
}
