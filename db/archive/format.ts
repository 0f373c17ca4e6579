import { createHash } from 'node:crypto';

// An archive is gzip over lines of UTF-8 text:
//
//   {"anvil":"archive","format":1,"release":"1.2.0","commit":"2ba09bf…","createdAt":"…Z","migrations":["0001-people",…]}
//   {"table":"public.users","columns":["id","email",…]}
//   … one line for each row, as PostgreSQL's COPY writes it (tabs between, \N for null) …
//   \.
//   {"rows":123,"sha256":"…of those lines"}
//   … further tables, in an order in which each row's references come before it …
//   {"sequence":"public.x_id_seq","value":"17"}
//   {"end":true,"tables":29}
//
// Rows stand in the order of their primary key, bytewise, so that equal tables have equal checksums anywhere.

export const FORMAT = 1;
/** COPY escapes every backslash of a value, so no row is this line. */
export const END_OF_ROWS = '\\.';

/** A table as it stands in an archive, and as it has to be found in the database that takes it. */
export interface ArchivedTable {
  /** With its schema: `public.users`. */
  table: string;
  columns: string[];
}

export interface ArchiveHead {
  anvil: 'archive';
  format: number;
  /** The version of the release that exported. */
  release: string;
  /** Its commit. Archives of early releases don't name it. */
  commit?: string;
  createdAt: string;
  /** Those that the database had, with those of its jobs. An import gives its database the same ones. */
  migrations: string[];
}

/** What was copied, for people and tests. */
export interface TableSum {
  table: string;
  rows: number;
  /** SHA-256 over the rows' lines, hexadecimal. */
  sha256: string;
}

/** The archive or the database isn't right for this. The message says what is so and what to do; show it as it is. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

/** Settings of a session under which equal values are written as equal text. */
export const SESSION = `set datestyle = 'ISO'; set timezone = 'UTC'; set intervalstyle = 'postgres';
  set extra_float_digits = 1; set bytea_output = 'hex'; set client_encoding = 'UTF8'; set search_path = 'public'`;

/** Counts rows and sums them up, block by block of whole lines. */
export function createSum(): { add(block: Buffer): void; end(): { rows: number; sha256: string } } {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    add: (block) => {
      hash.update(block);
      for (let at = block.indexOf(10); at !== -1; at = block.indexOf(10, at + 1)) rows += 1;
    },
    end: () => ({ rows, sha256: hash.digest('hex') }),
  };
}
