import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { ImportPart } from '#db/models/index.ts';
import { acrossOrganisations } from '#db/tenancy.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';

describe('an import', () => {
  let testDatabase: TestDatabase;
  let database: Database;
  let server: TestApp;
  let client: TestClient;
  let token: string;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = connect({ url: testDatabase.url });
    server = await testApp(database);
    const account = await registerTestAccount(database);
    ({ token } = await createTestApiKey(account));
    client = server.as({ token });
    await client.post('/api/v1/projects', { name: 'Support' });
  });

  afterAll(async () => {
    await server.close();
    await database.close();
    await testDatabase.drop();
  });

  const csv = { 'content-type': 'text/csv' };
  const url = (set: string) => `/api/v1/projects/support/prompt_sets/${set}/import`;
  const linesOf = (received: string) =>
    received
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('says in a sentence that a quotation mark is never closed', async () => {
    const body = 'name,prompt\nGood,x\nOpen,"y\nLost,z\n';
    const lines = linesOf((await client.request('POST', url('open'), { body, headers: csv })).text);
    expect(lines[0]).toMatchObject({
      ...{ type: 'note', row: 2, kind: 'failed' },
      message:
        'A cell begins with a quotation mark that is never closed. Close it, then import the file again.',
    });
    expect(lines.at(-1)).toMatchObject({ rows: 2, created: 1, failed: 1 });
  });

  it('makes the set, tells bad rows by number, and ends with the report', async () => {
    const body = 'name,prompt\nGreeting,Hello ${name}\nEmpty,\nGreeting,Bye\n';
    const answer = await client.request('POST', url('first'), { body, headers: csv });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
    ]);
    const lines = linesOf(answer.text);
    expect(lines.slice(0, 2)).toMatchObject([
      { type: 'note', row: 2, kind: 'failed' },
      { type: 'note', row: 3, kind: 'numbered', slug: 'greeting-2' },
    ]);
    expect(lines.at(-1)).toMatchObject({
      ...{ type: 'report', address: 'support/first', rows: 3, created: 2, failed: 1, numbered: 1 },
      placeholders: { dollar: 1, mustache: 0, liquid: 0 },
    });
    const again = linesOf((await client.request('POST', url('first'), { body, headers: csv })).text);
    expect(again.at(-1)).toMatchObject({ created: 0, updated: 0, unchanged: 2, failed: 1 });
  });

  it.each([
    [undefined, '{{name}} ${name:x} {% if name %}', []],
    ['none', '{{name}} ${name:x} {% if name %}', []],
    ['dollar', '{{name}} x {% if name %}', ['name']],
    ['mustache', 'Ada ${name:x} {% if name %}', ['name']],
  ])('with placeholders=%s renders to %j', async (style, rendered, names) => {
    const set = `style-${style}`;
    const query = style ? `?placeholders=${style}` : '';
    const body = 'name;prompt\nOne;{{name}} ${name:x} {% if name %}\n';
    const imported = await client.request('POST', url(set) + query, { body, headers: csv });
    expect(linesOf(imported.text).at(-1)).toMatchObject({
      created: 1,
      placeholders: { dollar: 1, mustache: 1, liquid: 1 },
    });
    const fetched = await client.get(`/api/v1/prompts/by_address/support/${set}/one@draft`);
    expect(fetched.body.prompt.parameters).toMatchObject(names.map((name) => ({ name })));
    const values = style === 'mustache' ? { name: 'Ada' } : {};
    const answer = await client.post(`/api/v1/render/support/${set}/one@draft`, { values });
    expect(answer.body.text).toBe(rendered);
  });

  it('with placeholders=liquid takes the text as a template, and tells where it can’t be parsed', async () => {
    const body =
      'name,prompt\nTone,Be {{ mood }}\nMain,"Hi {{ user.name }} {% render \'tone\', mood: mood %}"\nBad,"x\n{{#each a}}"\n';
    const { text } = await client.request('POST', `${url('liquid')}?placeholders=liquid`, {
      body,
      headers: csv,
    });
    expect(linesOf(text)[0]).toMatchObject({
      ...{ kind: 'failed', slug: 'bad' },
      message: expect.stringContaining('Line 2, column 3: This is Handlebars.') as string,
    });
    const values = { user: { name: 'Ada' }, mood: 'kind' };
    const answer = await client.post('/api/v1/render/support/liquid/main@draft', { values });
    expect(answer.body.text).toBe('Hi Ada Be kind');
  });

  it('refuses an unknown way of converting', async () => {
    const { status, body } = await client.request('POST', `${url('x')}?placeholders=jinja`, {
      body: 'name,prompt\n',
      headers: csv,
    });
    expect([status, body.error.details[0].field]).toEqual([422, 'placeholders']);
  });

  it('of a file that is no list of prompts, or not in UTF-8, makes no set', async () => {
    const bytes = Buffer.from('name,prompt\nA,\u00e9\n', 'latin1');
    const answer = await server.app.inject({
      method: 'POST',
      url: url('no-list'),
      headers: { ...csv, authorization: `Bearer ${token}` },
      payload: bytes,
    });
    expect([answer.statusCode, answer.json<{ error: { reason: string } }>().error.reason]).toEqual([
      422,
      'import.encoding',
    ]);
    const refused = await client.request('POST', url('no-list'), { body: 'act,text\na,b\n', headers: csv });
    expect(refused.status).toBe(422);
    const set = await client.get('/api/v1/projects/support/prompt_sets/no-list');
    expect(set.status).toBe(404);
  });

  it('that another one overtakes in making the set goes into the same', async () => {
    const body = `name,prompt\n${Array.from({ length: 120 }, (_, n) => `Prompt ${n},Hello ${n}\n`).join('')}`;
    const both = await Promise.all(
      [1, 2].map(() => client.request('POST', url('raced'), { body, headers: csv })),
    );
    for (const { text } of both)
      expect(linesOf(text).at(-1)).toMatchObject({ type: 'report', rows: 120, failed: 0 });
  });

  it('is refused as any request before its first line: wrong type, no right, no project, no columns', async () => {
    const body = 'name,prompt\nA,b\n';
    const reader = server.as(
      await createTestApiKey(await registerTestAccount(database), { scopes: ['read:prompts'] }),
    );
    const statuses = [
      await client.request('POST', url('x'), { body: { name: 'A' } }),
      await reader.request('POST', url('x'), { body, headers: csv }),
      await client.request('POST', '/api/v1/projects/none/prompt_sets/x/import', { body, headers: csv }),
      await client.request('POST', url('x'), { body: 'a,b\nc,d\n', headers: csv }),
      await server.as(undefined).request('POST', url('x'), { body, headers: csv }),
    ].map((answer) => [answer.status, answer.body.error.reason as string]);
    expect(statuses).toEqual([
      [415, 'unsupported_media_type'],
      [403, 'forbidden'],
      [404, 'not_found'],
      [422, 'import.columns'],
      [401, 'unauthenticated'],
    ]);
  });

  it('numbers names that differ in case and space only, and finds the same prompts again', async () => {
    const names = ['Same', 'same', ' Same ', 'SAME!', 'Sa me'];
    const body = `a,name,b,prompt${',x'.repeat(96)}\n${names.map((name) => `1,${name},2,Text of ${name}${',y'.repeat(96)}\n`).join('')}`;
    const first = linesOf((await client.request('POST', url('alike'), { body, headers: csv })).text);
    expect(first.flatMap(({ kind, row, slug }) => (kind ? [[kind, row, slug]] : []))).toEqual([
      ['numbered', 2, 'same-2'],
      ['numbered', 3, 'same-3'],
      ['numbered', 4, 'same-4'],
    ]);
    const again = linesOf((await client.request('POST', url('alike'), { body, headers: csv })).text);
    expect(again.at(-1)).toMatchObject({ created: 0, updated: 0, unchanged: 5, numbered: 3 });
  });

  it('of a file with nothing but its first line imports no row', async () => {
    const { text } = await client.request('POST', url('empty'), { body: 'name,prompt', headers: csv });
    expect(linesOf(text).at(-1)).toMatchObject({ type: 'report', rows: 0, created: 0, failed: 0 });
  });

  it('that announces more than 64 MB is refused before anything is read', async () => {
    const headers = { ...csv, 'content-length': String(64 * 1_048_576 + 1) };
    const refused = await client.request('POST', url('huge'), { body: 'name,prompt\n', headers });
    expect([refused.status, refused.body.error.reason]).toEqual([413, 'import.too_large']);
  });

  const rowsOf = (count: number) =>
    `name,prompt\n${Array.from({ length: count }, (_, row) => `Row ${row},Text\n`).join('')}`;

  /** An import whose file has not been sent whole, to a server that listens. */
  async function startImport(app: TestApp, set: string, sent: string): Promise<ClientRequest> {
    await app.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.app.server.address() as AddressInfo;
    const upload = request({
      ...{ host: '127.0.0.1', port, method: 'POST', path: url(set) },
      headers: { ...csv, authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' },
    });
    const received = once(app.app.server, 'request');
    upload.on('error', () => undefined).write(sent);
    await received;
    return upload;
  }

  const answerOf = async (upload: ClientRequest) =>
    ((await once(upload, 'response')) as [IncomingMessage])[0];

  it('ends with an error that says to repeat it if the server stops, and keeps what was written', async () => {
    const stopped = await testApp(database);
    const upload = await startImport(stopped, 'stopped', rowsOf(20_000));
    upload.end();
    const response = await answerOf(upload);
    const [received] = await Promise.all([text(response), stopped.close()]);
    const lines = linesOf(received);
    expect(lines[0]).toMatchObject({ type: 'progress', created: 50, percent: 0 });
    const { created: stored } = lines.at(-2) as { created: number };
    expect(lines.at(-1)).toMatchObject({
      type: 'error',
      stored,
      error: {
        reason: 'import.interrupted',
        message: expect.stringContaining('Repeat the import') as string,
      },
    });
    const repeated = await client.request('POST', url('stopped'), { body: rowsOf(stored + 1), headers: csv });
    expect(linesOf(repeated.text).at(-1)).toMatchObject({ created: 1, unchanged: stored });
  });

  it('stores nothing if the server stops before it has the whole file', async () => {
    const stopped = await testApp(database);
    const upload = await startImport(stopped, 'never', rowsOf(200_000));
    const [response] = await Promise.all([answerOf(upload), stopped.close()]);
    const { error } = JSON.parse(await text(response)) as { error: { reason: string } };
    expect([response.statusCode, error.reason]).toEqual([503, 'import.interrupted']);
    expect((await client.get('/api/v1/projects/support/prompt_sets/never')).status).toBe(404);
    expect(await countParts()).toBe(0);
  });

  const countParts = () =>
    acrossOrganisations(database, 'tests: look', async () => ImportPart.query().resultSize());

  it('ends if its client leaves, while the file is sent or written, and isn’t logged as a failure', async () => {
    for (const isWhole of [false, true]) {
      const left = await testApp(database);
      const upload = await startImport(left, 'left', rowsOf(200_000));
      if (isWhole) {
        upload.end();
        await once(await answerOf(upload), 'data');
      } else {
        await expect.poll(countParts).toBeGreaterThan(0);
      }
      upload.destroy();
      await left.close();
      expect(left.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
      await expect.poll(countParts).toBe(0);
    }
  });

  it('may take longer to be sent than any other request', async () => {
    const slow = await testApp(database);
    const connection = once(slow.app.server, 'connection');
    const upload = await startImport(slow, 'slow', rowsOf(60));
    // Node reports a request that takes longer than the limit in this way.
    const tooLong = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    const [socket] = (await connection) as [Socket];
    slow.app.server.emit('clientError', tooLong, socket);
    expect(socket.destroyed).toBe(false);
    upload.end('Last,Text\n');
    const lines = linesOf(await text(await answerOf(upload)));
    expect(lines.at(-1)).toMatchObject({ type: 'report', created: 61 });
    await slow.close();
  });

  it.each(['utf-8', 'utf16le'] as const)(
    'of 5 MB in %s is read from the database, and stores nothing if its last character is wrong',
    async (encoding) => {
      const text = `\ufeffname,prompt\n${Array.from({ length: 60 }, (_, row) => `Row ${row},${'\u00fc'.repeat(40_000)}\n`).join('')}`;
      const right = Buffer.from(text, encoding);
      // A byte of Latin-1, or half of a unit.
      const wrong = Buffer.concat([right, Buffer.of(0xfc)]);
      const send = async (payload: Buffer) =>
        server.app.inject({
          ...{ method: 'POST', url: url(`large-${encoding}`), payload },
          headers: { ...csv, authorization: `Bearer ${token}` },
        });
      const refused = await send(wrong);
      expect([refused.statusCode, refused.json<{ error: { reason: string } }>().error.reason]).toEqual([
        422,
        'import.encoding',
      ]);
      expect((await client.get(`/api/v1/projects/support/prompt_sets/large-${encoding}`)).status).toBe(404);
      const lines = linesOf((await send(right)).payload);
      expect(lines.at(-1)).toMatchObject({ type: 'report', created: 60, failed: 0 });
      const percents = lines.flatMap(({ percent }) => (percent === undefined ? [] : [percent]));
      expect(percents.at(-1)).toBe(100);
      const answer = await client.post(`/api/v1/render/support/large-${encoding}/row-59@draft`, {});
      expect(answer.body.text).toBe('\u00fc'.repeat(40_000));
      expect(await countParts()).toBe(0);
    },
  );
});
