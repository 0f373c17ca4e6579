import type { FastifyInstance } from 'fastify';
import type { Config } from '../config.ts';
import { StartError } from './start-error.ts';

/** @throws StartError when the port is taken or may not be used */
export async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A machine without IPv6.
    if (host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      await app.listen({ host: '0.0.0.0', port });
      return;
    }
    if (code === 'EADDRINUSE') {
      throw new StartError(
        `Port ${port} is taken by another program. Stop it, or set PORT to another number.`,
      );
    }
    if (code === 'EACCES') throw new StartError(`Port ${port} may not be used. Set PORT to one above 1023.`);
    throw error;
  }
}
