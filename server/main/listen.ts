import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Config } from '../config.ts';
import { StartError } from './start-error.ts';

interface ListenInput extends Pick<Config, 'host' | 'port'> {
  /** The variable of the configuration that holds the port. */
  variable?: 'PORT' | 'METRICS_PORT';
}

/** @throws StartError if the host or the port can't be used */
export async function listen(server: Server, { host, port, variable = 'PORT' }: ListenInput): Promise<void> {
  try {
    await listenAt(server, host, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A machine without IPv6.
    if (host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      return listen(server, { host: '0.0.0.0', port, variable });
    }
    throw new StartError(listenFailure(code, { host, port, variable }), { cause: error });
  }
}

async function listenAt(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port });
  await once(server, 'listening');
}

/**
 * @param code of the failed system call
 * @returns what happened and what to do
 */
export function listenFailure(
  code: string | undefined,
  { host, port, variable }: { host: string; port: number; variable: string },
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program. Stop it, or set ${variable} to another number.`;
    case 'EACCES':
      return `Port ${port} may not be used by this user. Set ${variable} to a number above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `HOST ${host} is not an address of this machine (${code}). Set HOST to one of its addresses, or to 127.0.0.1.`;
    default:
      return `Anvil can't listen on ${host}, port ${port} (${code}). Set HOST and ${variable} to an address that is free.`;
  }
}
