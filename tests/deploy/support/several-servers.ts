import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeMachine, type Machine } from './machine.ts';
import { makeNetwork, type Host } from './network.ts';
import { has, must } from './shell.ts';
import { getSupplies } from './single-server.ts';

/** One of the five of docs/deploy/multi-server.md: a booted machine, and where it is among them. */
export interface Server extends Machine {
  host: Host;
  /** Runs a query as PostgreSQL's administrator. @returns the bare answer */
  sql(query: string, database?: string): Promise<string>;
}

export interface SeveralServers {
  balancer: Server;
  apps: [Server, Server];
  databases: [Server, Server];
  /** Somebody who comes over the network. */
  client: Host;
  remove(): Promise<void>;
}

/** What they need on this machine. */
export const CAN_RUN = has('root', 'systemd-nspawn', 'mmdebstrap', 'nsenter', 'ip', 'nft', 'curl', 'openssl');

/** Boots the five, with the addresses of the page, nothing installed, and the release's archive on each. */
export async function bootSeveralServers(runFolder: string): Promise<SeveralServers> {
  const supplies = await getSupplies(runFolder);
  const network = await makeNetwork();
  const undo = [() => network.remove()];
  const add = async (name: string, number: number): Promise<Server> => {
    const machine = await makeMachine({ ...supplies, folder: join(runFolder, name), name });
    undo.push(() => machine.remove());
    await copyFile(join(supplies.shelf, supplies.release), join(machine.root, 'root', supplies.release));
    const sql: Server['sql'] = async (query, database = 'postgres') =>
      (await machine.must(`cd / && runuser -u postgres -- psql -XqAt -d ${database}`, query)).trim();
    return { ...machine, sql, host: await network.host(number, name) };
  };
  const remove = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    const client = await network.host(2);
    const balancer = await add('anvil-lb', 10);
    const apps: [Server, Server] = [await add('anvil-app1', 11), await add('anvil-app2', 12)];
    const databases: [Server, Server] = [await add('anvil-db1', 21), await add('anvil-db2', 22)];
    for (const server of [balancer, ...apps, ...databases]) await server.boot();
    return { balancer, apps, databases, client, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Copies a file to the same place, for root alone. */
export async function copyBetween(from: Server, to: Server, path: string): Promise<void> {
  await to.must(`umask 077 && mkdir -p "$(dirname ${path})" && cat >${path}`, await from.must(`cat ${path}`));
}

/** Lets root of one sign in to the other by ssh, as somebody does who has both. */
export async function letIn(from: Server, to: Server): Promise<void> {
  await from.must("ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519");
  const key = await from.must('cat /root/.ssh/id_ed25519.pub');
  await to.must('umask 077 && mkdir -p /root/.ssh && cat >/root/.ssh/authorized_keys', key);
  await from.must(`ssh-keyscan -t ed25519 ${to.host.address} 2>/dev/null >/root/.ssh/known_hosts`);
}

/** What the authority of a name gives its owner. @returns a file here: what its certificates are verified with */
export async function getCertificate(server: Server, folder: string, domain: string): Promise<string> {
  const [ca, key, crt] = ['ca.crt', 'name.key', 'name.crt'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  const caKey = join(folder, 'ca.key');
  await must('openssl', [...made, '-subj', '/CN=Test CA', '-keyout', caKey, '-out', ca]);
  await must('openssl', [
    ...[...made, '-CA', ca, '-CAkey', caKey, '-subj', `/CN=${domain}`],
    ...['-addext', `subjectAltName=DNS:${domain}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', key, '-out', crt],
  ]);
  await copyFile(crt, join(server.root, 'root/fullchain.pem'));
  await copyFile(key, join(server.root, 'root/privkey.pem'));
  return ca;
}
