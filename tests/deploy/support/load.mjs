import { readFileSync } from 'node:fs';
import { request, Agent } from 'node:https';
import { text } from 'node:stream/consumers';

// A load on an Anvil behind a balancer, with connections that are kept, until it is told to stop by SIGTERM. Its one
// argument is what to ask (LoadInput of load.ts), its output what came of it (LoadResult).

const input = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 100, ca: readFileSync(input.ca) });
let going = true;
process.on('SIGTERM', () => (going = false));

/** @returns {Promise<{ status: number, headers: object, body: string }>} */
function ask({ method = 'GET', path, headers, body }) {
  return new Promise((done, fail) => {
    const sent = request(
      {
        ...{ agent, method, path, host: input.host, servername: input.name, timeout: 30_000 },
        headers: { host: input.name, ...headers },
      },
      async (answer) => {
        const got = await text(answer).catch(fail);
        done({ status: answer.statusCode, headers: answer.headers, body: got });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')));
    sent.on('error', fail);
    sent.end(body);
  });
}

async function keepAsking(kind, worker) {
  const result = { sent: 0, lost: [], done: [] };
  for (let n = 0; going; n++) {
    const id = `${kind.name}-${worker}-${n}`;
    const body = kind.body?.replaceAll('@id@', id);
    const headers = {
      authorization: `Bearer ${input.token}`,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(kind.idempotent ? { 'idempotency-key': id } : {}),
    };
    result.sent += 1;
    const answer = await ask({ ...kind, headers, body }).catch((error) => ({
      status: 0,
      body: error.message,
    }));
    if (answer.status >= 200 && answer.status < 300) result.done.push(id);
    else result.lost.push(`${id}: ${answer.status} ${answer.body.slice(0, 200)}`);
    await new Promise((next) => setTimeout(next, kind.pauseMs));
  }
  return result;
}

const results = {};
await Promise.all(
  input.kinds.map(async (kind) => {
    const all = await Promise.all(
      Array.from({ length: kind.connections }, (_, worker) => keepAsking(kind, worker)),
    );
    results[kind.name] = {
      sent: all.reduce((sum, { sent }) => sum + sent, 0),
      lost: all.flatMap(({ lost }) => lost),
      done: kind.method === 'POST' ? all.flatMap(({ done }) => done) : [],
    };
  }),
);
console.log(JSON.stringify(results));
process.exit(0);
