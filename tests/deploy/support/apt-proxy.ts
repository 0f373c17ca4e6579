import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface AptProxy {
  /** `http://ADDRESS:PORT`, to be apt's proxy; also serves the files of `folder`. */
  url: string;
  close(): Promise<void>;
}

/**
 * What a test's machine has in place of the Internet: Debian's mirror, fetched as this machine fetches it, each package
 * once; and the files of a folder.
 *
 * @param address where it listens, such as this machine's end of the wire to the other
 * @param folder packages are kept here too
 */
export async function startAptProxy(address: string, folder: string): Promise<AptProxy> {
  const upstream = hostsProxy();
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, { folder, upstream }).catch(() => outgoing.destroy());
  });
  await new Promise<void>((done) => server.listen(0, address, done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** The proxy that this machine's own apt goes through, if any. */
function hostsProxy(): string | undefined {
  const configured = execFileSync('apt-config', [
    'dump',
    '--format',
    '%v',
    'Acquire::http::Proxy',
  ]).toString();
  return configured.trim() || process.env.http_proxy || undefined;
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { folder, upstream }: { folder: string; upstream: string | undefined },
): Promise<void> {
  const url = incoming.url ?? '';
  const isPackage = url.endsWith('.deb');
  const kept = join(folder, basename(new URL(url, 'http://here').pathname));
  if ((url.startsWith('/') || isPackage) && existsSync(kept)) {
    outgoing.writeHead(200);
    return pipeline(createReadStream(kept), outgoing);
  }
  if (!url.startsWith('http://')) return void outgoing.writeHead(404).end();

  const { host, pathname, search } = new URL(url);
  const headers = { ...incoming.headers, host, connection: 'close' };
  const target = upstream === undefined ? new URL(`http://${host}`) : new URL(upstream);
  const path = upstream === undefined ? pathname + search : url;
  const from = await new Promise<IncomingMessage>((done, fail) => {
    request({ hostname: target.hostname, port: target.port || 80, path, headers }, done)
      .on('error', fail)
      .end();
  });
  if (isPackage && from.statusCode === 200) {
    const draft = `${kept}.${Math.random().toString(36).slice(2)}`;
    await pipeline(from, createWriteStream(draft));
    await rename(draft, kept);
    outgoing.writeHead(200);
    return pipeline(createReadStream(kept), outgoing);
  }
  outgoing.writeHead(from.statusCode ?? 502, from.headers);
  await pipeline(from, outgoing);
}
