import Fastify from 'fastify';

// The baseline: one route of the same framework that answers a ready body of the size given as BODY_BYTES.

const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(Number(process.env.BODY_BYTES ?? 1_000)) }));
const app = Fastify();
app.route({
  method: ['GET', 'POST'],
  url: '/*',
  handler: (_, reply) => {
    reply.header('content-type', 'application/json; charset=utf-8').send(body);
  },
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
