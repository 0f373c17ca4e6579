import { hash, verify, type Algorithm } from '@node-rs/argon2';
import { AppError, invalid } from '../errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';
import { isPredictable } from './predictable-passwords.ts';

/** Hashes passwords, which takes long on purpose: never inside a transaction. Tests pass a fake that counts. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** @param hash in the PHC form `$argon2id$…` */
  verify(hash: string, password: string): Promise<boolean>;
}

/**
 * Argon2id with 19 MiB, two passes and one lane.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
const ARGON2ID = {
  // `Algorithm.Argon2id`: the package declares a const enum, which can't be read file by file.
  algorithm: 2 satisfies Algorithm,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};

/** What an unknown address is verified against, made with the parameters above from 32 random bytes nobody kept. */
export const DUMMY_PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$FjsOuhs6PXHauZIVqTai7g$L6vhRxdEX8jyiwyu9htChtP83f0ndP1RvXlNOz75aPQ';

/** Two at a time leave the other cores and 38 MiB of memory to everybody else. */
const AT_ONCE = 2;
/** Some seconds of work; who would wait longer is asked to come again. */
const WAITING_MAX = 100;

/** @returns a hasher that runs at most two hashes at a time; its functions throw as `createLine`'s do */
export function createPasswordHasher(): PasswordHasher {
  const inLine = createLine({ atOnce: AT_ONCE, waitingMax: WAITING_MAX });
  return {
    hash: (password) => inLine(() => hash(password, ARGON2ID)),
    verify: (passwordHash, password) => inLine(() => verify(passwordHash, password)),
  };
}

/**
 * Lets a few pieces of work run at a time; the others wait in line.
 *
 * @returns what runs a piece. It throws AppError SERVICE_UNAVAILABLE `busy` when the line is too long.
 */
export function createLine(input: { atOnce: number; waitingMax: number }) {
  let running = 0;
  const waiting: (() => void)[] = [];

  return async function inLine<T>(work: () => Promise<T>): Promise<T> {
    if (running < input.atOnce) running += 1;
    else if (waiting.length < input.waitingMax) await new Promise<void>((go) => waiting.push(go));
    else throw busy();
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Handed on without being given free, so that nobody slips in between.
      if (next) next();
      else running -= 1;
    }
  };
}

function busy(): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    'Too many people are signing in right now. Try again in a moment.',
    {
      reason: 'busy',
      retryAfterSeconds: 5,
    },
  );
}

/**
 * Refuses a new password that guessers try first. The schema checks its length (schemas/passwords.ts).
 *
 * @param password prepared by `opaqueString`
 * @param email of the account, in lower case
 * @throws AppError UNPROCESSABLE_CONTENT `password_too_common` at field `password`
 */
export function assertUncommonPassword(password: string, email: string): void {
  const lower = password.toLowerCase();
  const [local] = email.split('@');
  if (lower === email || lower === local) {
    throw invalid(
      'password',
      'This password is your e-mail address. Choose another one, such as four words that nobody else would combine.',
      'password_too_common',
    );
  }
  if (!COMMON_PASSWORDS.has(lower) && !isPredictable(lower)) return;
  throw invalid(
    'password',
    'This is one of the most common passwords. Choose another one, such as four words that nobody else would combine.',
    'password_too_common',
  );
}
