import type { Database } from '#db/connections.ts';
import type { Logger } from 'pino';
import { createPasswordHasher } from '../auth/passwords.ts';
import { deriveSecretKeys } from '../auth/secret-keys.ts';
import { createSharedAttempts } from '../auth/shared-attempts.ts';
import { isLoopback, type Config } from '../config.ts';
import { createSharedLimits } from '../limits.ts';
import { createRenderer } from '../render/renderer.ts';
import type { Deps } from '../services/context.ts';
import { createAuditNotes } from '../services/repeated-entries.ts';
import type { Meters } from '../telemetry/meters.ts';

export interface DepsInput {
  config: Config;
  database: Database;
  mailEnabled: boolean;
  /** The script of a render worker. */
  workerUrl: URL;
  onEvent: Deps['onEvent'];
  log: Logger;
  meters: Meters | undefined;
}

/** What services are given of the process. */
export function makeDeps(input: DepsInput): Deps {
  const { config, database, mailEnabled, workerUrl, onEvent, log, meters } = input;
  const { secretKeyBase, sessionSigningSalt, baseUrl } = config;
  return {
    database,
    onEvent,
    renderer: createRenderer({
      workerUrl,
      onWorkerLost: (reason) => log.warn({ reason }, 'a render worker was lost'),
      onRendered: meters?.rendered,
    }),
    passwordHasher: createPasswordHasher(),
    secretKeys: deriveSecretKeys({
      ...{ secretKeyBase, sessionSigningSalt },
      previous: config.secretKeyBasePrevious,
    }),
    limits: createSharedLimits(createSharedAttempts(database)),
    auditNotes: createAuditNotes({ database }),
    settings: {
      baseUrl,
      registrationsEnabled: config.registrationsEnabled,
      apiKeysEnabled: config.apiKeysEnabled,
      mailEnabled,
      magicLinksEnabled: config.magicLinksEnabled && mailEnabled,
      setUpCodeRequired: !isLoopback(new URL(baseUrl).hostname),
    },
    now: () => new Date(),
  };
}
