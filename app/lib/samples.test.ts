import { execFile, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderSamples, sampleText } from './samples.ts';

const run = promisify(execFile);
const lacks = (program: string): boolean => spawnSync(program, ['--version']).error !== undefined;
const KEY = 'ank_test';
/** Whatever a shell, JavaScript or Python could take for its own. */
const VALUES = {
  reason: `it's "broken" $HOME \`id\` \\n ümlaut`,
  urgent: true,
  note: null,
  count: 2,
  tags: ['a', 'b'],
};
const ADDRESS = 'support/emails/refund@>=1.2 <2';

let seen: { url?: string; authorization?: string; body: unknown }[] = [];
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => {
    seen.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(text) });
    response.end(JSON.stringify({ text: 'Hello' }));
  });
});
let baseUrl = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

function sample(key: string, apiKey?: string): string {
  const found = renderSamples({ baseUrl, address: ADDRESS, values: VALUES, apiKey }).find(
    (one) => one.key === key,
  );
  return found ? sampleText(found) : '';
}

/** What the sample sent, by a program that runs it as somebody would who pasted it. */
async function sent(file: string, args: string[]): Promise<(typeof seen)[number]> {
  seen = [];
  await run(file, args, {
    env: {
      PATH: process.execPath.replace(/\/node$/, ':') + '/usr/local/bin:/usr/bin:/bin',
      ANVIL_API_KEY: KEY,
      NODE_ENV: 'test',
    },
  });
  const [request] = seen;
  if (!request) throw new Error('The sample sent nothing.');
  return request;
}

const EXPECTED = {
  url: '/api/v1/render/support/emails/refund@%3E=1.2%20%3C2',
  authorization: `Bearer ${KEY}`,
  body: { values: VALUES },
};

test.skipIf(lacks('curl'))(
  'the curl line, pasted into a shell, sends exactly these values to this address (needs curl)',
  async () => {
    expect(await sent('sh', ['-c', sample('curl')])).toEqual(EXPECTED);
    expect(await sent('sh', ['-c', sample('curl', KEY)])).toEqual(EXPECTED);
  },
);

test('the TypeScript sample sends exactly these values to this address', async () => {
  expect(await sent(process.execPath, ['--input-type=module', '-e', sample('typescript')])).toEqual(EXPECTED);
  expect(await sent(process.execPath, ['--input-type=module', '-e', sample('typescript', KEY)])).toEqual(
    EXPECTED,
  );
});

test.skipIf(lacks('python3'))(
  'the Python sample sends exactly these values to this address (needs python3)',
  async () => {
    expect(await sent('python3', ['-c', sample('python')])).toEqual(EXPECTED);
    expect(await sent('python3', ['-c', sample('python', KEY)])).toEqual(EXPECTED);
  },
);
