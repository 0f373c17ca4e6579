import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './shell.ts';

/** The address of the client in `proxy`. */
export const CLIENT = '203.0.113.7';
/** An address that this client claims to have. */
export const FORGED = '192.0.2.66';

/** What a manifest says about the process of Anvil that it starts. */
export interface Started {
  /** All of the environment, with the values that the manifest leaves to the user. */
  environment: Record<string, string>;
  /** Files that the platform mounts, by path. */
  files?: Record<string, string>;
  /** What the platform asks for over HTTP, and expects 200 from. */
  asks: Ask[];
  /** Commands that the platform runs inside of the container, and expects 0 from. */
  commands?: string[];
  /** The addresses of the machine or container at which the platform asks. */
  addresses: string[];
  /** A request of CLIENT, which claims to be FORGED, as the platform's proxy passes it on. */
  proxy: { from: string; headers: Record<string, string> };
}

export interface Ask {
  port: number;
  path: string;
}

/** Values that no manifest holds. Any password fits. */
export const databaseUrl = (name: string) => `postgres://anvil:any@127.0.0.1:5432/${name}?sslmode=disable`;
export const secrets = () => ({
  DATABASE_URL: databaseUrl('anvil'),
  SECRET_KEY_BASE: 'only for tests, in a process that ends with them. '.repeat(2),
  SESSION_SIGNING_SALT: 'a salt for tests only, to sign by',
  SESSION_ENCRYPTION_SALT: 'a salt for tests only, to encrypt by',
});

/** Reads a file of this clone. */
export const read = (path: string) => readFile(join(ROOT, path), 'utf8');

/** Reads one `NAME=VALUE` per line. */
export function parseEnvironment(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** Runs work in a temporary folder. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'anvil-manifests-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
