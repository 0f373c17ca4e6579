import pg from 'pg';

/** Why the first connection to a server database failed. */
export interface ConnectionFailure {
  /** Whether the database may answer later without a change of the configuration. */
  canWait: boolean;
  /** Says what happened and what to do, with host and port: for the log and for people at a terminal. */
  message: string;
}

/** The driver's two errors without a code that name a database without TLS. */
const WITHOUT_TLS = /server does not support SSL|There was an error establishing an SSL connection/;
/** Codes of OpenSSL's verification (https://nodejs.org/api/tls.html#x509-certificate-error-codes) and of Node's. */
const CERTIFICATE =
  /^(ERR_TLS_|CERT_|CRL_|SELF_SIGNED_|UNABLE_TO_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_|ERROR_IN_CERT)/;

/**
 * @param error of a connection attempt
 * @param input the URL, and the variable that holds it
 */
export function connectionFailure(
  error: unknown,
  { url, variable }: { url: string; variable: string },
): ConnectionFailure {
  const { host, port, database, user } = new pg.Client({ connectionString: url });
  const place = host.startsWith('/') ? host : `${host}:${port}`;
  const { code, message } = error as NodeJS.ErrnoException;
  const refused = (sentence: string): ConnectionFailure => ({ canWait: false, message: sentence });

  if (code === '28P01')
    return refused(
      `The database at ${place} refused the password of the role ${user}. Correct it in ${variable}, then start again.`,
    );
  if (code === '28000')
    return refused(
      `The database at ${place} doesn't let the role ${user} sign in (${message}). ` +
        `Create the role or correct ${variable}, then start again.`,
    );
  if (code === '3D000')
    return refused(
      `The server at ${place} has no database ${database}. Create it or correct ${variable}, then start again.`,
    );
  if (code === '42501')
    return refused(
      `The role ${user} may not connect to the database ${database} at ${place}. ` +
        'Grant it CONNECT, or make it the owner, then start again.',
    );
  if (code === 'EACCES')
    return refused(
      `Anvil may not open the database's socket in ${place}. Make it accessible, or correct ${variable}.`,
    );
  if (WITHOUT_TLS.test(message))
    return refused(
      `The database at ${place} doesn't offer TLS. Switch it on there, or add sslmode=disable to ${variable}.`,
    );
  if (code !== undefined && CERTIFICATE.test(code))
    return refused(
      `The certificate of the database at ${place} can't be verified (${code}). ` +
        `Set DATABASE_CA to its authority's certificate, or use the host name of the certificate in ${variable}.`,
    );
  return {
    canWait: true,
    message:
      `Can't reach the database at ${place} (${code ?? message}). ` +
      `Check that PostgreSQL runs there and that ${variable} is right.`,
  };
}
