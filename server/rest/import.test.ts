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
async function rowsOf(csv: string | Buffer, chunkBytes = Infinity) {
  const bytes = Buffer.from(csv);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const rows = [];
  for await (const row of readCsvRows(Readable.from(chunks, { objectMode: false }))) rows.push(row);
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
      { row: 1, error: 'This row has only 1 columns.' },
      { row: 2, name: 'Two', prompt: 'text' },
    ]);
  });

  it('tells a row that is no UTF-8, for it would be published with other characters, and goes on', async () => {
    const file = Buffer.from(
      'name,prompt\nCaf\u00e9,Hi\nTwo,Gr\u00fc\u00dfe \ufffd\ufeff\nThree,na\u00efve\n',
      'utf8',
    );
    const latin = Buffer.concat([
      file,
      Buffer.from('Four,Gr\u00fc\u00dfe\nFiv\u00e9,Hi\n', 'latin1'),
      Buffer.from('Six,ok'),
    ]);
    const error = 'This row is not UTF-8. Save the file as UTF-8 and import it again.';
    expect(await rowsOf(latin)).toEqual([
      { row: 1, name: 'Caf\u00e9', prompt: 'Hi' },
      { row: 2, name: 'Two', prompt: 'Gr\u00fc\u00dfe \ufffd\ufeff' },
      { row: 3, name: 'Three', prompt: 'na\u00efve' },
      { row: 4, error },
      { row: 5, error },
      { row: 6, name: 'Six', prompt: 'ok' },
    ]);
  });

  it.each([1, 2, 5])('is read alike with a byte order mark, in pieces of %i bytes', async (chunkBytes) => {
    const text = '\ufeff"name",prompt\n"Gr\u00fc\u00dfe","\ud83d\ude00"\n';
    const rows = [{ row: 1, name: 'Gr\u00fc\u00dfe', prompt: '\ud83d\ude00' }];
    expect(await rowsOf(text, chunkBytes)).toEqual(rows);
    expect(await rowsOf(text.slice(1), chunkBytes)).toEqual(rows);
    expect(await rowsOf(Buffer.from(text, 'utf16le'))).toEqual(rows);
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
    const rows = readCsvRows(body, stopping.signal);
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
    expect(lines[0]).toMatchObject({ type: 'note', row: 2, kind: 'failed' });
    expect(lines.at(-1)).toMatchObject({
      type: 'report',
      address: 'support/first',
      rows: 3,
      created: 2,
      failed: 1,
    });
    const again = linesOf((await client.request('POST', url('first'), { body, headers: csv })).text);
    expect(again.at(-1)).toMatchObject({ created: 0, updated: 0, unchanged: 2, failed: 1 });
  });

  it('of a file that is no list of prompts makes no set', async () => {
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
