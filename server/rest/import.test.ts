import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '#db/connections.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createTestApiKey, registerTestAccount } from '#tests/support/factories.ts';
import { testApp, type TestApp, type TestClient } from '#tests/support/http.ts';
import { readCsvRows } from './csv-rows.ts';

/** @param chunkBytes how the file comes in: whole, or in pieces of so many bytes */
async function rowsOf(csv: string | Buffer, chunkBytes = Infinity, options = {}) {
  const bytes = Buffer.from(csv);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const rows = [];
  for await (const row of readCsvRows(Readable.from(chunks, { objectMode: false }), options)) rows.push(row);
  return rows;
}

describe('a CSV file', () => {
  it('is read by the names of its columns, wherever they stand, with line breaks and quotes inside', async () => {
    expect(await rowsOf('\ufefftype,Prompt,NAME\r\nx,"a ""b""\nc",One\r\ny,d,Two\r\n')).toEqual([
      { row: 1, name: 'One', prompt: 'a "b"\nc' },
      { row: 2, name: 'Two', prompt: 'd' },
    ]);
  });

  it('tells a row that is too short and goes on', async () => {
    expect(await rowsOf('name,prompt\nOnly\nTwo,text\n')).toEqual([
      { row: 1, error: 'This row has only 1 column.' },
      { row: 2, name: 'Two', prompt: 'text' },
    ]);
  });

  const LATIN = Buffer.concat([
    Buffer.from('name,prompt\nCaf\u00e9,Hi\nTwo,Gr\u00fc\u00dfe \ufffd\ufeff\n'),
    Buffer.from('Three,Gr\u00fc\u00dfe\nFour\u00e9,Hi\n', 'latin1'),
    Buffer.from('Five,ok'),
  ]);

  it('is refused as a whole if it is small and isn’t UTF-8, for it would be published with other characters', async () => {
    const small = { length: LATIN.length };
    for (const chunkBytes of [1, 7, Infinity]) {
      await expect(rowsOf(LATIN, chunkBytes, small)).rejects.toMatchObject({
        status: 422,
        reason: 'import.encoding',
        message:
          'Line 4 of the file isn’t UTF-8, so nothing was imported. Save the file as UTF-8 and import it again.',
      });
    }
    for (const file of [
      Buffer.from('name,prompt\nA,b\n', 'utf16le'),
      Buffer.from('n\u00e4me,prompt\n', 'latin1'),
    ])
      await expect(rowsOf(file)).rejects.toMatchObject({ reason: 'import.encoding' });
    const unpaired = Buffer.from('\ufeffname,prompt\nA,\ud800\n', 'utf16le');
    await expect(rowsOf(unpaired)).rejects.toMatchObject({ reason: 'import.encoding' });
  });

  it('that is read while it is sent tells each row that isn’t UTF-8, and goes on', async () => {
    const error = 'This row isn’t UTF-8. Save the file as UTF-8 and import it again.';
    expect(await rowsOf(LATIN, 12)).toEqual([
      { row: 1, name: 'Caf\u00e9', prompt: 'Hi' },
      { row: 2, name: 'Two', prompt: 'Gr\u00fc\u00dfe \ufffd\ufeff' },
      { row: 3, error },
      { row: 4, error },
      { row: 5, name: 'Five', prompt: 'ok' },
    ]);
  });

  it.each([
    [';', 'is separated by semicolons'],
    ['\t', 'is separated by tabs'],
    [',', 'is separated by commas'],
  ])('with %j %s', async (delimiter) => {
    const text = ['type|"Prompt"|NAME', 'x|"a, b; c\t""d""\ne"|One', 'y|a, b|Two']
      .join('\r\n')
      .replaceAll('|', delimiter);
    const rows = [
      { row: 1, name: 'One', prompt: 'a, b; c\t"d"\ne' },
      { row: 2, name: delimiter === ',' ? 'y' : 'Two', prompt: 'a, b' },
    ];
    const expected = delimiter === ',' ? rows.slice(0, 1) : rows;
    for (const bytes of [
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(`\ufeff${text}`, 'utf16le'),
    ]) {
      for (const chunkBytes of [1, 5, Infinity])
        expect((await rowsOf(bytes, chunkBytes)).slice(0, expected.length)).toEqual(expected);
    }
  });

  it.each([1, 2, 5])('is read alike with a byte order mark, in pieces of %i bytes', async (chunkBytes) => {
    const text = '\ufeff"name",prompt\n"Gr\u00fc\u00dfe","\ud83d\ude00"\n';
    const rows = [{ row: 1, name: 'Gr\u00fc\u00dfe', prompt: '\ud83d\ude00' }];
    expect(await rowsOf(text, chunkBytes)).toEqual(rows);
    expect(await rowsOf(text.slice(1), chunkBytes)).toEqual(rows);
    expect(await rowsOf(Buffer.from(text, 'utf16le'), chunkBytes)).toEqual(rows);
    expect(await rowsOf(Buffer.from(text, 'utf16le').swap16(), chunkBytes)).toEqual(rows);
  });

  it('tells a quote that is never closed and keeps what stands before it', async () => {
    const rows = await rowsOf('name,prompt\nOne,a\nTwo,"never closed\n');
    expect(rows.map((row) => [row.row, 'error' in row])).toEqual([
      [1, false],
      [2, true],
    ]);
  });

  it.each([
    ['', 'import.empty'],
    ['act,text\na,b\n', 'import.columns'],
  ])('%j is refused as a whole', async (csv, reason) => {
    await expect(rowsOf(csv)).rejects.toMatchObject({ name: 'AppError', status: 422, reason });
  });
});

describe('a CSV file that costs much', () => {
  it('is refused if its first line names more than 1,000 columns', async () => {
    await expect(rowsOf(`name,prompt${',x'.repeat(999)}\na,b\n`)).rejects.toMatchObject({
      reason: 'import.columns',
      message: expect.stringContaining('The first line') as string,
    });
    expect(await rowsOf(`name,prompt${',x'.repeat(998)}\na,b\n`)).toHaveLength(1);
  });

  it('is refused if a line has a million commas, and not if a prompt has as many as it may', async () => {
    await expect(rowsOf(`name,prompt\n${','.repeat(1_000_001)}`)).rejects.toMatchObject({
      reason: 'import.columns',
      message: expect.stringContaining('A line') as string,
    });
    expect(await rowsOf(`name,prompt\nA,"${','.repeat(262_144)}"\n`)).toMatchObject([{ name: 'A' }]);
  });

  it('is refused after 64 MB', async () => {
    const line = Buffer.from(`A,${'x'.repeat(1_048_573)}\n`);
    const file = (lines: number) =>
      Readable.from([Buffer.from('name,prompt\n'), ...Array<Buffer>(lines).fill(line)]);
    const read = async (lines: number) => {
      let rows = 0;
      for await (const row of readCsvRows(file(lines))) rows += 'prompt' in row ? 1 : 0;
      return rows;
    };
    expect(await read(63)).toBe(63);
    await expect(read(64)).rejects.toMatchObject({ status: 413, reason: 'import.too_large' });
  });

  it('ends with the reason of a signal while it waits for more', async () => {
    const stopping = new AbortController();
    const body = new Readable({ read: () => undefined });
    body.push('name,prompt\nOne,a\nTwo');
    const rows = readCsvRows(body, { signal: stopping.signal });
    expect(await rows.next()).toMatchObject({ value: { name: 'One' } });
    const next = rows.next();
    stopping.abort(new Error('The test stops'));
    await expect(next).rejects.toThrow('The test stops');
    // The rest of the body is read and dropped.
    expect(body.readableFlowing).toBe(true);
  });
});

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

  it('that announces more than 64 MB is refused before anything is read', async () => {
    const headers = { ...csv, 'content-length': String(64 * 1_048_576 + 1) };
    const refused = await client.request('POST', url('huge'), { body: 'name,prompt\n', headers });
    expect([refused.status, refused.body.error.reason]).toEqual([413, 'import.too_large']);
  });

  /** An import whose file never ends, on a server that listens. */
  async function startEndlessImport(app: TestApp, set: string) {
    await app.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.app.server.address() as AddressInfo;
    const upload = request({
      ...{ host: '127.0.0.1', port, method: 'POST', path: url(set) },
      headers: { ...csv, authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' },
    });
    upload.write(`name,prompt\n${Array.from({ length: 60 }, (_, row) => `Row ${row},Text\n`).join('')}`);
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    return { upload, response };
  }

  it('ends with an error that says to repeat it if the server stops, and keeps what was written', async () => {
    const stopped = await testApp(database);
    const { response } = await startEndlessImport(stopped, 'stopped');
    const [received] = await Promise.all([text(response), stopped.close()]);
    const lines = linesOf(received);
    expect(lines[0]).toMatchObject({ type: 'progress', created: 50 });
    expect(lines.at(-1)).toMatchObject({
      type: 'error',
      stored: 50,
      error: {
        reason: 'import.interrupted',
        message: expect.stringContaining('Repeat the import') as string,
      },
    });
    const set = await client.get('/api/v1/projects/support/prompt_sets');
    const id =
      (set.body.data as { id: string; slug: string }[]).find((one) => one.slug === 'stopped')?.id ?? '';
    expect((await client.get(`/api/v1/prompt_sets/${id}/prompts?limit=100`)).body.data).toHaveLength(50);
  });

  it('ends if its client leaves, and isn’t logged as a failure', async () => {
    const left = await testApp(database);
    const { upload, response } = await startEndlessImport(left, 'left');
    await once(response, 'data');
    upload.destroy();
    // The server closes only after the import has ended.
    await left.close();
    expect(left.logged.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });

  it('answers while the file is still being sent, longer than any other request may take', async () => {
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    const connection = once(server.app.server, 'connection');
    const body = new Readable({ read: () => undefined });
    const send = (text: string | null) => void body.push(text);
    send('name,prompt\n' + Array.from({ length: 60 }, (_, row) => `Row ${row},Text\n`).join(''));
    const answer = await fetch(`http://127.0.0.1:${port}${url('slow')}`, {
      method: 'POST',
      headers: { ...csv, authorization: `Bearer ${token}` },
      body: Readable.toWeb(body),
      duplex: 'half',
    } as RequestInit);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(linesOf(first)[0]).toMatchObject({ type: 'progress', created: 50 });
    // Node reports a request that takes longer than the limit in this way.
    const tooLong = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    const [socket] = (await connection) as [Socket];
    server.app.server.emit('clientError', tooLong, socket);
    expect(socket.destroyed).toBe(false);
    send('Last,Text\n');
    send(null);
    let rest = '';
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      rest += new TextDecoder().decode(chunk.value);
    }
    expect(linesOf(rest).at(-1)).toMatchObject({ type: 'report', created: 61 });
  });
});
