import Fastify from 'fastify';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { closeServer } from './close-server.ts';

it('closes the connection of a client that has sent half of a body when the grace period ends', async () => {
  const app = Fastify();
  app.post('/', () => 'never reached');
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  const received = once(app.server, 'request');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf');
  await received;
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  await closeServer(app.server, () => app.close(), 50);
  await closed;
  expect(app.server.listening).toBe(false);
});
