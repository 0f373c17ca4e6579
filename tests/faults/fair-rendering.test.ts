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

const quantile = (times: number[], q: number) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * q)] ?? Infinity;

/**
 * While one render of another organisation waits and runs, two endless ones may be under way, and each thread may take one
 * more before its turn comes. In one queue for all it would be up to a hundred.
 */
const OVERTAKEN_BY_MAX = 4;

it('150 endless templates of one organisation cost another no 503, and at most one turn', async () => {
  const endless = await renderer(
    await join(),
    '{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}',
  );
  const innocent = await renderer(await join(), '{% for i in (1..5) %}{{ i }}{% endfor %}');
  let rendered = 0;
  /** Renders until it is told to stop. `overtakenBy`: endless templates that ended meanwhile. */
  const measure = async (isOver: (count: number) => boolean) => {
    const results: { status: number; ms: number; overtakenBy: number }[] = [];
    while (!isOver(results.length)) {
      const before = rendered;
      const result = await innocent();
      results.push({ ...result, overtakenBy: rendered - before });
    }
    return results;
  };
  await innocent();
  const idle = await measure((count) => count === 100);

  const flood = Array.from({ length: 150 }, () =>
    endless().then(({ status }) => {
      if (status === 422) rendered += 1;
      return status;
    }),
  );
  const settled = Promise.all(flood);
  let isOver = false;
  void settled.then(() => (isOver = true));
  const during = await measure((count) => isOver && count > 0);
  const statuses = await settled;
  const times = (results: { ms: number }[]) => {
    const all = results.map(({ ms }) => ms);
    return `${quantile(all, 0.5).toFixed(0)} and ${quantile(all, 0.99).toFixed(0)} ms`;
  };
  console.log(
    `median and p99 idle ${times(idle)}, beside 150 endless templates ${times(during)} (${during.length} renders); ` +
      `the flood got ${rendered} × 422 and ${statuses.filter((status) => status === 503).length} × 503`,
  );
  expect(new Set(during.map(({ status }) => status))).toEqual(new Set([200]));
  expect(Math.max(...during.map(({ overtakenBy }) => overtakenBy))).toBeLessThanOrEqual(OVERTAKEN_BY_MAX);
  // On a machine that is busy with others an endless template is starved too, and gets 503 in the end.
  expect(statuses.filter((status) => status !== 422 && status !== 503)).toEqual([]);
});
