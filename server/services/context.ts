import type { Database } from '#db/connections.ts';
import type { Actor } from '../auth/actor.ts';
import type { PasswordHasher } from '../auth/passwords.ts';
import type { SecretKeys } from '../auth/secret-keys.ts';
import type { Limits } from '../limits.ts';
import type { Renderer } from '../render/renderer.ts';
import type { DomainEvent } from '../schemas/domain-events.ts';
import type { AuditNotes } from './repeated-entries.ts';

/** What a process has, made once by main.ts and passed on; tests pass fakes of the clock and the hasher. */
export interface Deps {
  database: Database;
  renderer: Renderer;
  passwordHasher: PasswordHasher;
  secretKeys: SecretKeys;
  limits: Limits;
  auditNotes: AuditNotes;
  /** Told after the commit of everything that moves what is delivered, at once in this process. */
  onEvent: (event: DomainEvent) => void;
  settings: Settings;
  now: () => Date;
}

/** The configuration that services ask for. */
export interface Settings {
  /** `https://anvil.example.com`, without a slash at the end. */
  baseUrl: string;
  registrationsEnabled: boolean;
  apiKeysEnabled: boolean;
  /** There is a way to send mails. */
  mailEnabled: boolean;
  /** People may sign in by a mailed link. Never without mails. */
  magicLinksEnabled: boolean;
  /** Whether the very first account has to give the set-up code that the start prints. */
  setUpCodeRequired: boolean;
}

/** What every service function gets first: who asks, and what the process has. */
export interface Context extends Deps {
  actor: Actor;
  requestId: string;
  /** Address of the caller, for the limits. */
  ip: string;
  /** The id of the caller's browser if it was signed in to the account of this address before; for the limits. */
  knownBrowserOf?: (email: string) => string | undefined;
}
