import { join } from 'node:path';
import { connect } from '#db/connections.ts';
import { EmbeddedDatabaseError } from '#db/embedded/errors.ts';
import { OWNER_ROLE } from '#db/embedded/roles.ts';
import { deriveSecretKeys } from '../auth/secret-keys.ts';
import type { Config } from '../config.ts';
import type { DatabaseUrls } from '../main/database.ts';
import { makeResetLink } from '../services/link-mails.ts';

type Urls = Omit<DatabaseUrls, 'embedded'>;
/** Starts the embedded database for the work, or takes the one of DATABASE_URL. */
type WithDatabase = (config: Config, work: (urls: Urls) => Promise<void>) => Promise<void>;

/**
 * `anvil-server user reset-link EMAIL`: makes the link by which somebody chooses a new password where no mail is sent.
 * It has to be made with the secrets of the server that it leads to.
 *
 * @param email as typed
 * @returns the link; undefined when nobody is registered by the address
 */
export async function resetLinkFor(
  config: Config,
  email: string,
  withDatabase: WithDatabase,
): Promise<string | undefined> {
  let link: string | undefined;
  const work = async (urls: Urls) => {
    const database = connect({ ...urls, poolSize: 1 });
    const { secretKeyBase, sessionSigningSalt, baseUrl } = config;
    const secretKeys = deriveSecretKeys({ secretKeyBase, sessionSigningSalt });
    try {
      const deps = { database, secretKeys, settings: { baseUrl }, now: () => new Date() };
      link = await makeResetLink(deps, email.trim().toLowerCase());
    } finally {
      await database.close();
    }
  };
  try {
    await withDatabase(config, work);
  } catch (error) {
    if (!(error instanceof EmbeddedDatabaseError) || error.reason !== 'already_running') throw error;
    // The server that runs has started the embedded database already: its socket stands in the data folder.
    const socket = encodeURIComponent(join(config.dataDir, 'database', 'socket'));
    const url = `postgres://${OWNER_ROLE}@localhost/anvil?host=${socket}`;
    await work({ url, directUrl: url });
  }
  return link;
}
