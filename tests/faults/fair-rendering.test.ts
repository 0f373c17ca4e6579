import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestApiKey, registerTestAccount, type TestAccount } from '#tests/support/factories.ts';
import { makeSet, textPrompt } from '#tests/support/prompts.ts';
import { startBuiltServer, type RunningServer } from '#tests/support/running-server.ts';

// One organisation floods the renderer of a built server; another renders one template after the other.

let server: RunningServer;
let database: Database;

beforeAll(async () => {
  server = await startBuiltServer({ NODE_OPTIONS: '--max-old-space-size=256', LOG_LEVEL: 'error' });
  database = connect({ url: server.databaseUrl });
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

interface Tenant {
  account: TestAccount;
  token: string;
}

async function join(): Promise<Tenant> {
  const account = await registerTestAccount(database);
  return { account, token: (await createTestApiKey(account)).token };
}

/** A function that renders the template by its address. @returns status and milliseconds */
async function renderer({ account, token }: Tenant, template: string) {
  const set = await makeSet(account.context, { one: textPrompt(template) });
  return async () => {
    const startedAt = performance.now();
    const response = await fetch(`${server.url}/api/v1/render/${set.address}/one@draft`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    await response.arrayBuffer();
    return { status: response.status, ms: performance.now() - startedAt };
  };
}

const p99 = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Infinity;

/** A thread keeps the deadline of 100 ms itself; 150 ms later it is killed. */
const DEADLINE_MS = 100 + 150;

it('150 endless templates of one organisation cost another no 503, and at most one deadline', async () => {
  const endless = await renderer(
    await join(),
    '{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}',
  );
  const innocent = await renderer(await join(), '{% for i in (1..5) %}{{ i }}{% endfor %}');
  const measure = async (until: () => boolean) => {
    const results: { status: number; ms: number }[] = [];
    while (!until() || results.length < 20) results.push(await innocent());
    return {
      statuses: new Set(results.map(({ status }) => status)),
      p99: p99(results.map(({ ms }) => ms)),
      count: results.length,
    };
  };
  await innocent();
  let rounds = 0;
  const idle = await measure(() => ++rounds > 100);

  let left = 150;
  const flood = Array.from({ length: 150 }, () => endless().finally(() => left--));
  const during = await measure(() => left === 0);
  const refused = (await Promise.all(flood)).map(({ status }) => status);
  console.log(
    `p99 idle ${idle.p99.toFixed(0)} ms, beside 150 endless templates ${during.p99.toFixed(0)} ms (${during.count} renders); ` +
      `the flood got ${refused.filter((status) => status === 422).length} × 422, ${refused.filter((status) => status === 503).length} × 503`,
  );
  expect(during.statuses).toEqual(new Set([200]));
  expect(during.p99).toBeLessThan(idle.p99 + DEADLINE_MS);
  expect(new Set(refused)).toEqual(new Set([422, 503]));
});
