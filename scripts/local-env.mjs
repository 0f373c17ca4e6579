import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** The secrets that Anvil needs, each 64 hexadecimal characters (32 random bytes). */
const SECRETS = ['SECRET_KEY_BASE', 'SESSION_SIGNING_SALT', 'SESSION_ENCRYPTION_SALT'];

/** A file of this clone can't be used. The message says which one and what to do; show it as it is. */
export class LocalFileError extends Error {
  name = 'LocalFileError';
}

const ADVICE = {
  EACCES: 'Make it accessible for the user that starts Anvil, or set ANVIL_DATA_DIR to another folder.',
  EROFS: 'Its file system is read-only. Set ANVIL_DATA_DIR to a folder that can be written.',
  ENOSPC: 'Its disk is full. Free about 200 MB, or set ANVIL_DATA_DIR to a folder on another disk.',
  ENOTDIR: 'A part of this path is a file. Move the file away, or set ANVIL_DATA_DIR to a folder.',
  EEXIST:
    'This path is a file, and a folder is needed. Move the file away, or set ANVIL_DATA_DIR to a folder.',
  EISDIR: 'This path is a folder, and a file is needed. Move the folder away.',
};
ADVICE.EPERM = ADVICE.EACCES;
ADVICE.EDQUOT = ADVICE.ENOSPC;

/**
 * Does work with a file and gives a failed system call a sentence.
 *
 * @template T
 * @param {string} path
 * @param {() => T} work
 * @returns {T}
 */
function withFile(path, work) {
  try {
    return work();
  } catch (error) {
    if (error.syscall === undefined) throw error;
    throw new LocalFileError(
      `Anvil can't use ${path} (${error.code}). ${ADVICE[error.code] ?? 'Set ANVIL_DATA_DIR to another folder.'}`,
      { cause: error },
    );
  }
}

/**
 * Returns the secrets of this clone. The first start creates them, every other reads them.
 *
 * Two first starts at once end with the same secrets: the file appears whole under its name or not at all, and the
 * second start takes what is there.
 *
 * @param {string} dataDir folder that is made when missing, for its owner alone
 * @returns {Record<string, string>} by name of the environment variable
 * @throws LocalFileError
 */
function keptSecrets(dataDir) {
  const file = join(dataDir, 'secrets.env');
  if (!existsSync(file)) {
    withFile(dataDir, () => makeFolder(dataDir));
    withFile(file, () => createSecrets(file));
  }
  const secrets = parseEnv(withFile(file, () => readFileSync(file, 'utf8')));
  const broken = SECRETS.filter((name) => !/^[0-9a-f]{64}$/.test(secrets[name] ?? ''));
  if (broken.length > 0)
    throw new LocalFileError(
      `${file} is damaged: ${broken.join(', ')} must be 64 hexadecimal characters. ` +
        'Restore the file from a backup, or delete it, which signs everybody out.',
    );
  return secrets;
}

/** @param {string} folder */
function makeFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Node reports ENOENT for a folder that it may not create. The folder above it tells the reason.
    let parent = dirname(folder);
    while (!existsSync(parent)) parent = dirname(parent);
    if (error.code === 'ENOENT') accessSync(parent, constants.W_OK);
    throw error;
  }
}

/** @param {string} file */
function createSecrets(file) {
  const lines = SECRETS.map((name) => `${name}=${randomBytes(32).toString('hex')}\n`).join('');
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(
      draft,
      `# The first start created these secrets. They sign sessions: keep them private. Losing them signs everybody out.\n${lines}`,
      { mode: 0o600, flag: 'wx' },
    );
    linkSync(draft, file);
  } catch (error) {
    // Another first start was faster.
    if (error.syscall !== 'link' || error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * What a start from a clone adds to the environment so that nothing has to be configured: loopback only, the embedded
 * database when no other is named, secrets kept in the data folder. What is set already, in the environment or in
 * `.env`, stays as it is.
 *
 * @param {string} root the folder of the clone
 * @param {NodeJS.ProcessEnv} given the environment so far
 * @returns {Record<string, string>} the whole environment
 * @throws LocalFileError
 */
export function localEnvironment(root, given) {
  const dotEnv = join(root, '.env');
  const written = existsSync(dotEnv) ? withFile(dotEnv, () => readFileSync(dotEnv, 'utf8')) : '';
  const env = { ...parseEnv(written), ...given };
  const isGiven = (name) => Boolean(env[name] || env[`${name}_FILE`]);
  const add = (name, value) => {
    if (!isGiven(name)) env[name] = value;
  };
  add('HOST', '127.0.0.1');
  add('PORT', '4000');
  if (!isGiven('PHX_HOST')) add('APP_URL', `http://localhost:${env.PORT}`);
  if (!isGiven('DATABASE_URL')) add('ANVIL_EMBEDDED_DATABASE', 'true');
  add('DRAIN_SECONDS', '0');
  add('ANVIL_DATA_DIR', '.anvil');
  env.ANVIL_DATA_DIR = resolve(root, env.ANVIL_DATA_DIR);
  if (!SECRETS.every(isGiven)) {
    for (const [name, value] of Object.entries(keptSecrets(env.ANVIL_DATA_DIR))) add(name, value);
  }
  return env;
}
