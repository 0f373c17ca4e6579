import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from './postgres.ts';
import { must } from './shell.ts';

/**
 * Starts a server that accepts only encrypted connections by TCP, with a certificate for localhost.
 *
 * @param folder gets `ca.pem`, which signed the certificate, and `other-ca.pem`, which didn't
 */
export async function startTlsPostgres(folder: string): Promise<PostgresServer> {
  const openssl = (...args: string[]) => must('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  for (const authority of ['ca', 'other-ca'])
    await openssl(
      ...['req', '-x509', ...key, '-days', '2', '-subj', `/CN=${authority}`],
      ...['-keyout', `${authority}.key`, '-out', `${authority}.pem`],
    );
  await openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  await writeFile(join(folder, 'names'), 'subjectAltName = DNS:localhost\n');
  await openssl(
    ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', '2', '-extfile', 'names', '-out', 'server.pem'],
  );
  return startPostgres({
    settings: { ssl: 'on', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' },
    hba: ['hostnossl all all all reject'],
    prepare: async (dataDir) => {
      for (const name of ['server.pem', 'server.key']) {
        await copyFile(join(folder, name), join(dataDir, name));
        await must('chown', ['--reference', dataDir, join(dataDir, name)]);
        await must('chmod', ['600', join(dataDir, name)]);
      }
    },
  });
}
