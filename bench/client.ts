import autocannon from 'autocannon';
import { text } from 'node:stream/consumers';
import type { Load, Measured } from './server.ts';

// The load generator: reads a Load from standard input, prints a Measured.

const load = JSON.parse(await text(process.stdin)) as Load;
const { url, method = 'GET', headers, body, connections = 10, seconds = 4, paths } = load;

const result = await autocannon({
  url,
  method,
  headers,
  body,
  connections,
  ...(paths
    ? { amount: paths.length, requests: paths.map((path) => ({ path, method, headers })) }
    : { duration: seconds }),
});
const answered = result['2xx'];
const measured: Measured = {
  rate: answered / (paths ? (result.finish.getTime() - result.start.getTime()) / 1_000 : result.duration),
  p50: result.latency.p50,
  p99: result.latency.p99,
  failed: result.non2xx + result.errors + result.timeouts,
};
process.stdout.write(JSON.stringify(measured));
