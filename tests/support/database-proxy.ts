import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { parse } from 'pg-connection-string';

export interface DatabaseProxy {
  /** The database through the proxy. */
  url: string;
  /** The database goes away: every connection is cut and new ones are refused. */
  stop(): Promise<void>;
}

/**
 * A way to the database that a test can cut, as a network does.
 *
 * @param listenAt port of one that was stopped, whose clients shall find this one
 */
export async function startDatabaseProxy(url: string, listenAt = 0): Promise<DatabaseProxy> {
  const { host, port, user, password, database } = parse(url);
  const sockets = new Set<Socket>();
  const proxy = createServer((incoming) => {
    const outgoing = host?.startsWith('/')
      ? connectSocket(`${host}/.s.PGSQL.${port || 5432}`)
      : connectSocket(Number(port || 5432), host || 'localhost');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  proxy.listen(listenAt, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address() as AddressInfo;
  const secret = password ? `:${encodeURIComponent(password)}` : '';
  return {
    url: `postgres://${user ?? ''}${secret}@127.0.0.1:${address.port}/${database ?? ''}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
