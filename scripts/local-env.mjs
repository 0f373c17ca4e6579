import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** The secrets that Anvil needs, each 64 hexadecimal characters (32 random bytes). */
const SECRETS = ['SECRET_KEY_BASE', 'SESSION_SIGNING_SALT', 'SESSION_ENCRYPTION_SALT'];

/**
 * The secrets of this clone: made at the first start, read at every other.
 *
 * Two first starts at once end with the same secrets: the file appears whole under its name or not at all, and whoever
 * comes second takes what is there.
 *
 * @param {string} dataDir folder that is made when missing, for its owner alone
 * @returns {Record<string, string>} by name of the environment variable
 */
function keptSecrets(dataDir) {
  const file = join(dataDir, 'secrets.env');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const lines = SECRETS.map((name) => `${name}=${randomBytes(32).toString('hex')}\n`).join('');
    const draft = `${file}.${process.pid}`;
    writeFileSync(
      draft,
      `# Made by the first start. Whoever has these can sign sessions; losing them signs everybody out.\n${lines}`,
      { mode: 0o600, flag: 'wx' },
    );
    try {
      linkSync(draft, file);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  return parseEnv(readFileSync(file, 'utf8'));
}

/**
 * What a start from a clone adds to the environment so that nothing has to be configured: loopback only, the embedded
 * database when no other is named, secrets kept in the data folder. What is set already, in the environment or in
 * `.env`, stays as it is.
 *
 * @param {string} root the folder of the clone
 * @param {NodeJS.ProcessEnv} given the environment so far
 * @returns {Record<string, string>} the whole environment
 */
export function localEnvironment(root, given) {
  const dotEnv = join(root, '.env');
  const env = { ...(existsSync(dotEnv) ? parseEnv(readFileSync(dotEnv, 'utf8')) : {}), ...given };
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
