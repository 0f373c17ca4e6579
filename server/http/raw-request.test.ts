import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it, test } from 'vitest';
import { useOriginForm } from './raw-request.ts';

function requestOf(url: string): IncomingMessage {
  return { url, headers: { host: 'localhost' } } as unknown as IncomingMessage;
}

describe('a target in absolute form', () => {
  it.each([
    ['http://a.example/b?c=d', '/b?c=d', 'a.example'],
    ['HTTPS://a.example:80', '/', 'a.example:80'],
    ['http://a.example?x', '/?x', 'a.example'],
    ['http://user:pass@a.example/b', '/b', 'a.example'],
    ['http:///b', '/b', ''],
  ])('%s is %s of the host %j', (url, path, host) => {
    const request = requestOf(url);
    expect(useOriginForm(request)).toBe(path);
    expect(request.headers.host).toBe(host);
  });
});

test('other targets stay as they are', () => {
  for (const url of ['/', '/a//b', '//evil.example/x', '*', '/http://a.example/'])
    expect([url, useOriginForm(requestOf(url))]).toEqual([url, url]);
});

test('no target makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), (url) => {
      useOriginForm(requestOf(url));
      useOriginForm(requestOf(`http://${url}`));
    }),
    { numRuns: 10_000 },
  );
});
