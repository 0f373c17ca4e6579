import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { parse } from 'pg-connection-string';

export interface DatabaseProxy {
  /** The database through the proxy. */
  url: string;
  /** Closes every connection and closes new ones at once, until `resume()`. */
  cut(): void;
  /**
   * Swallows every byte in both directions and passes no end on, as a firewall that forgot the connection. New connections
   * are accepted and never answered, until `resume()`.
   */
  silence(): void;
  /** Lets new connections through. Connections that were silenced stay silent: their bytes are lost. */
  resume(): void;
  /**
   * Loses the answer to the next request that contains `text`: the server does what was asked, and the connection is
   * closed instead of its answer being passed on.
   *
   * @returns resolves when the connection is closed
   */
  loseAnswerTo(text: string): Promise<void>;
  /**
   * Loses the next request that contains `text`: the connection is closed before the server receives it.
   *
   * @returns resolves when the connection is closed
   */
  loseRequest(text: string): Promise<void>;
  /** The number of clients that are connected. */
  connections(): number;
  /** The database goes away: every connection is closed and new ones are refused. */
  stop(): Promise<void>;
}

/** A request that is to be lost, or whose answer is to be lost. */
interface Loss {
  text: string;
  /** The part that is lost. */
  part: 'request' | 'answer';
  done: () => void;
}

/**
 * A TCP proxy in front of the database, through which a test breaks connections as a network does.
 *
 * @param listenAt port of a proxy that was stopped and whose clients connect again
 */
export async function startDatabaseProxy(url: string, listenAt = 0): Promise<DatabaseProxy> {
  const { host, port, user, password, database } = parse(url);
  const clients = new Set<Socket>();
  const servers = new Set<Socket>();
  let mode: 'open' | 'cut' | 'silent' = 'open';
  let loss: Loss | undefined;
  /** Silence the connections that are open. */
  const silencers = new Set<() => void>();

  const proxy = createServer((client) => {
    client.on('error', () => undefined);
    if (mode === 'cut') return void client.destroy();
    clients.add(client);
    client.on('close', () => clients.delete(client));
    if (mode === 'silent') return void client.resume();

    const server = host?.startsWith('/')
      ? connectSocket(`${host}/.s.PGSQL.${port || 5432}`)
      : connectSocket(Number(port || 5432), host || 'localhost');
    servers.add(server);
    let isSilent = false;
    let answerToLose: Loss | undefined;
    const fallSilent = () => {
      isSilent = true;
    };
    silencers.add(fallSilent);
    const close = () => {
      client.destroy();
      server.destroy();
    };
    client.on('close', () => {
      silencers.delete(fallSilent);
      if (!isSilent) close();
    });
    server.on('error', () => undefined);
    server.on('close', () => {
      servers.delete(server);
      if (!isSilent) close();
    });
    client.on('data', (bytes) => {
      if (isSilent) return;
      if (loss && bytes.includes(loss.text)) {
        const { part, done } = loss;
        if (part === 'answer') answerToLose = loss;
        loss = undefined;
        if (part === 'request') {
          close();
          return done();
        }
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (isSilent) return;
      if (answerToLose) {
        close();
        return answerToLose.done();
      }
      client.write(bytes);
    });
  });
  proxy.listen(listenAt, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address() as AddressInfo;
  const secret = password ? `:${encodeURIComponent(password)}` : '';
  const closeAll = () => {
    for (const client of clients) client.destroy();
  };
  const lose = (text: string, part: Loss['part']) =>
    new Promise<void>((resolve) => {
      loss = { text, part, done: resolve };
    });

  return {
    url: `postgres://${user ?? ''}${secret}@127.0.0.1:${address.port}/${database ?? ''}`,
    cut: () => {
      mode = 'cut';
      closeAll();
    },
    silence: () => {
      mode = 'silent';
      for (const fallSilent of silencers) fallSilent();
    },
    resume: () => {
      mode = 'open';
    },
    loseAnswerTo: (text) => lose(text, 'answer'),
    loseRequest: (text) => lose(text, 'request'),
    connections: () => clients.size,
    stop: async () => {
      closeAll();
      for (const server of servers) server.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
