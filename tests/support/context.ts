import type { Database } from '#db/connections.ts';
import { ANONYMOUS, type Actor } from '#server/auth/actor.ts';
import type { AuthenticateDeps } from '#server/auth/authenticate.ts';
import { createKeyUseNotes } from '#server/auth/key-use.ts';
import type { PasswordHasher } from '#server/auth/passwords.ts';
import { deriveSecretKeys } from '#server/auth/secret-keys.ts';
import { createDelivery } from '#server/delivery/delivery.ts';
import { createDeliverySource } from '#server/delivery/source.ts';
import { createMemoryLimits } from '#server/limits.ts';
import { createRenderer, type Renderer } from '#server/render/renderer.ts';
import type { DomainEvent } from '#server/schemas/domain-events.ts';
import type { Context, Deps, Settings } from '#server/services/context.ts';
import { createAuditNotes } from '#server/services/repeated-entries.ts';
import { currentTransaction } from '#db/tenancy.ts';

/** A clock that stands still until it is told to move. */
export interface TestClock {
  now: () => Date;
  advance(by: { days?: number; hours?: number; minutes?: number; seconds?: number }): void;
}

/** @param start ISO 8601; a Monday */
export function testClock(start = '2030-01-07T12:00:00.000Z'): TestClock {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advance: ({ days = 0, hours = 0, minutes = 0, seconds = 0 }) => {
      time += (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
    },
  };
}

/** A hasher that takes no time, counts its calls, and refuses to work inside a transaction as the real one must not. */
export interface FakeHasher extends PasswordHasher {
  hashes: number;
  verifications: number;
}

export function fakeHasher(): FakeHasher {
  const hasher: FakeHasher = {
    hashes: 0,
    verifications: 0,
    hash: (password) => {
      refuseInTransaction();
      hasher.hashes += 1;
      return Promise.resolve(`fake:${password}`);
    },
    verify: (hash, password) => {
      refuseInTransaction();
      hasher.verifications += 1;
      return Promise.resolve(hash === `fake:${password}`);
    },
  };
  return hasher;
}

function refuseInTransaction(): void {
  try {
    currentTransaction();
  } catch {
    return;
  }
  throw new Error('A password was hashed inside a transaction');
}

export interface TestContext extends Context, Pick<AuthenticateDeps, 'findApiKey'> {
  clock: TestClock;
  passwordHasher: FakeHasher;
  /** What was announced, in order. */
  events: DomainEvent[];
}

export interface TestContextInput extends Partial<
  Omit<Deps, 'settings' | 'passwordHasher' | 'database' | 'now'>
> {
  actor?: Actor;
  settings?: Partial<Settings>;
  clock?: TestClock;
  passwordHasher?: FakeHasher;
  ip?: string;
}

export const TEST_SETTINGS: Settings = {
  baseUrl: 'http://localhost:4000',
  registrationsEnabled: true,
  apiKeysEnabled: true,
  mailEnabled: false,
  magicLinksEnabled: false,
  setUpCodeRequired: false,
};

/**
 * A Context as a request would have it: fake hasher, standing clock, limits of its own, events collected. Take another
 * actor of the same "process" by `actingAs(context, actor)`.
 */
export function testContext(database: Database, input: TestContextInput = {}): TestContext {
  const { clock = testClock(), passwordHasher = fakeHasher(), settings, actor = ANONYMOUS, ...given } = input;
  const events: DomainEvent[] = [];
  const allSettings = { ...TEST_SETTINGS, ...settings };
  const delivery = createDelivery({
    source: createDeliverySource(database.delivery, database.deliveryProbe),
    ...{ now: clock.now, keyCacheMaxSeconds: 3_600 },
    apiKeysEnabled: allSettings.apiKeysEnabled,
  });
  const noteKeyUse = createKeyUseNotes({ database, now: clock.now });
  return {
    database,
    clock,
    passwordHasher,
    events,
    actor,
    now: clock.now,
    settings: allSettings,
    limits: createMemoryLimits(),
    auditNotes: createAuditNotes({ database }),
    secretKeys: testSecretKeys(),
    onEvent: (event) => {
      events.push(event);
      delivery.onEvent(event);
    },
    findApiKey: async (token) => {
      const { actor: program } = (await delivery.keys.find(token)).key;
      noteKeyUse(program);
      return program;
    },
    requestId: 'test-request',
    ip: '192.0.2.1',
    renderer: given.renderer ?? testRenderer(),
    ...given,
  };
}

let renderer: Renderer | undefined;

/**
 * The real one, with one worker thread for all files of a process, started by the first template that needs it. Ten
 * times the deadline: on a machine that is busy with other tests an innocent template may wait for longer.
 */
function testRenderer(): Renderer {
  renderer ??= createRenderer({
    workerUrl: new URL('../../server/render/worker.ts', import.meta.url),
    deadlineMs: 1_000,
  });
  return renderer;
}

/** The same process asked by somebody else. */
export function actingAs<C extends Context>(context: C, actor: Actor): C {
  return { ...context, actor };
}

export function testSecretKeys() {
  return deriveSecretKeys({
    secretKeyBase: 'for tests only '.repeat(5),
    sessionSigningSalt: 'a salt for tests only, to sign by',
  });
}
