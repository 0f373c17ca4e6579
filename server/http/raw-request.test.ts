import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it, test } from 'vitest';
import { normaliseRequest } from './raw-request.ts';

function requestOf(url: string, headers: Record<string, string> = {}): IncomingMessage {
  return { url, headers: { host: 'localhost', ...headers } } as unknown as IncomingMessage;
}

describe('X-Forwarded-For', () => {
  it.each([
    ['192.0.2.1:4711', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:4711, 10.0.0.1:80', '192.0.2.1, 10.0.0.1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:db8::1, 10.0.0.1:80', '2001:db8::1, 10.0.0.1'],
    ['unknown, _hidden:x', 'unknown, _hidden:x'],
  ])('%s is read as %s', (given, read) => {
    const request = requestOf('/', { 'x-forwarded-for': given });
    normaliseRequest(request);
    expect(request.headers['x-forwarded-for']).toBe(read);
  });
});

describe('a target in absolute form', () => {
  it.each([
    ['http://a.example/b?c=d', '/b?c=d', 'a.example'],
    ['HTTPS://a.example:80', '/', 'a.example:80'],
    ['http://a.example?x', '/?x', 'a.example'],
    ['http://user:pass@a.example/b', '/b', 'a.example'],
    ['http:///b', '/b', ''],
  ])('%s is %s of the host %j', (url, path, host) => {
    const request = requestOf(url);
    expect(normaliseRequest(request)).toBe(path);
    expect(request.headers.host).toBe(host);
  });
});

test('other targets stay as they are', () => {
  for (const url of ['/', '/a//b', '//evil.example/x', '*', '/http://a.example/'])
    expect([url, normaliseRequest(requestOf(url))]).toEqual([url, url]);
});

test('whatever the target and the header are, nothing is thrown', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (url, forwarded) => {
      normaliseRequest(requestOf(url, { 'x-forwarded-for': forwarded }));
      normaliseRequest(requestOf(`http://${url}`));
    }),
    { numRuns: 10_000 },
  );
});
