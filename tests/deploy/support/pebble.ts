import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { until } from './machine.ts';
import { must, sh } from './shell.ts';
import { makeWhole } from './whole.ts';

export interface CertificateAuthority {
  /** For `--acme-server`. */
  directory: string;
  /** A file here: what its certificates are verified with. */
  rootFile: string;
  stop(): Promise<void>;
}

/**
 * A certificate authority of one's own in the network of a machine, which finds every host name there. The machine
 * trusts it, and the certificates it gives.
 *
 * @param folder for its files; exists
 */
export function startPebble(
  machine: Pick<Machine, 'root' | 'must' | 'inNetwork'>,
  folder: string,
): Promise<CertificateAuthority> {
  return makeWhole(async (undo, remove) => {
    const [key, certificate] = [join(folder, 'pebble.key'), join(folder, 'pebble.crt')];
    const names = ['-subj', '/CN=pebble', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    await must('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...names],
      ...['-keyout', key, '-out', certificate],
    ]);
    const config = join(folder, 'pebble.json');
    const listen = { listenAddress: '127.0.0.1:14000', managementListenAddress: '127.0.0.1:15000' };
    const ports = { httpPort: 80, tlsPort: 443, ocspResponderURL: '', externalAccountBindingRequired: false };
    await writeFile(
      config,
      JSON.stringify({ pebble: { ...listen, certificate, privateKey: key, ...ports } }),
    );

    const start = (program: string, args: readonly string[]) => {
      const child = spawn(...machine.inNetwork(program, args), {
        // By itself it refuses one valid nonce in twenty; certbot tries again once, and two in a row are too many.
        env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' },
        stdio: 'ignore',
      });
      undo(async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      });
    };
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', ''];
    start('pebble-challtestsrv', [
      ...off,
      '-defaultIPv6',
      '',
      '-dns01',
      ':8053',
      '-management',
      '127.0.0.1:8055',
    ]);
    start('pebble', ['-config', config, '-dnsserver', '127.0.0.1:8053']);

    const rootFile = join(folder, 'root.pem');
    const fetchRoot = ['-fsS', '--cacert', certificate, '-o', rootFile, 'https://127.0.0.1:15000/roots/0'];
    await until(
      'pebble to answer',
      async () => (await sh(...machine.inNetwork('curl', fetchRoot))).code === 0,
    );

    const trusted = join(machine.root, 'usr/local/share/ca-certificates');
    await mkdir(trusted, { recursive: true });
    await copyFile(certificate, join(trusted, 'pebble.crt'));
    await copyFile(rootFile, join(trusted, 'pebble-root.crt'));
    await machine.must('update-ca-certificates');
    return {
      directory: 'https://127.0.0.1:14000/dir',
      rootFile,
      stop: remove,
    };
  });
}
