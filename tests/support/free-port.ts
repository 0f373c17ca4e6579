import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below it, ports often belong to known services. */
const LOWEST = 10_000;
/** From here on, the system gives ports to outgoing connections, at any time and without asking. */
const EPHEMERAL = 32_768;

/** @returns a random port that nothing uses and that no outgoing connection is given */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, EPHEMERAL);
    const probe = createServer().listen(port, host);
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
