import { expect, test } from 'vitest';
import { supervise, type Stop } from './supervisor.ts';
import type { Server } from './server.ts';

/** A server whose end the test decides. */
function makeServer(pid: number): Server & { end(how: string): void; stops: number } {
  let end: (how: string) => void = () => undefined;
  const exited = new Promise<string>((resolve) => (end = resolve));
  const server = {
    ...{ pid, exited, stops: 0, end: (how: string) => end(how) },
    log: () => Promise.resolve(''),
    stop: () => {
      server.stops += 1;
      end('signal SIGINT');
      return Promise.resolve();
    },
  };
  return server;
}

/** A supervisor on a clock that each delay moves on. `attempts`: a server, or the reason why it can't start. */
function make(attempts: (Server | Error)[]) {
  const events: string[] = [];
  let time = 0;
  const first = makeServer(1);
  const supervisor = supervise({
    server: first,
    launch: async () => {
      const next = attempts.shift();
      if (!next) return new Promise<never>(() => undefined);
      if (next instanceof Error) throw next;
      return next;
    },
    explain: (cause): Promise<Stop> =>
      Promise.resolve({ reason: 'stopped', message: cause instanceof Error ? cause.message : String(cause) }),
    onStop: ({ message }, retryInMs) => events.push(`${message}, again in ${retryInMs}`),
    onRecovery: () => events.push('runs'),
    delay: (milliseconds) => {
      time += milliseconds;
      return Promise.resolve();
    },
    now: () => time,
  });
  return { first, supervisor, events, pass: (milliseconds: number) => (time += milliseconds) };
}

const seen = (events: string[]) => expect.poll(() => events, { interval: 1 });

test('starts the server again after it was killed, and says why', async () => {
  const second = makeServer(2);
  const { first, supervisor, events } = make([second]);
  first.end('signal SIGKILL');
  await seen(events).toEqual(['signal SIGKILL, again in 250', 'runs']);
  expect([supervisor.server().pid, supervisor.stopped()]).toEqual([2, undefined]);
  await supervisor.stop();
  expect(second.stops).toBe(1);
});

test('waits longer after each failed attempt, up to 15 s', async () => {
  const failures = Array.from({ length: 9 }, (_, index) => new Error(`failure ${index}`));
  const { first, supervisor, events } = make([...failures, makeServer(2)]);
  first.end('exit code 1');
  await seen(events).toHaveLength(11);
  expect(events.map((event) => event.replace(/^.*again in /, ''))).toEqual([
    ...['250', '500', '1000', '2000', '4000', '8000', '15000', '15000', '15000', '15000'],
    'runs',
  ]);
  expect(events[1]).toBe('failure 0, again in 500');
  await supervisor.stop();
});

test('begins with the short delay again only after the server has run for a minute', async () => {
  const [second, third, fourth] = [makeServer(2), makeServer(3), makeServer(4)];
  const { first, supervisor, events, pass } = make([second, third, fourth]);
  first.end('a');
  await seen(events).toHaveLength(2);
  pass(59_000);
  second.end('b');
  await seen(events).toHaveLength(4);
  pass(60_000);
  third.end('c');
  await seen(events).toHaveLength(6);
  expect(events.filter((event) => event !== 'runs')).toEqual([
    ...['a, again in 250', 'b, again in 500', 'c, again in 250'],
  ]);
  await supervisor.stop();
});

test('does not start the server again when it is stopped', async () => {
  const { first, supervisor, events } = make([makeServer(2)]);
  await supervisor.stop();
  await supervisor.stop();
  await supervisor.ended;
  expect([first.stops > 0, events]).toEqual([true, []]);
});

test('stops a server that is just being started', async () => {
  const second = makeServer(2);
  let launched: (server: Server) => void = () => undefined;
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const first = makeServer(1);
  const supervisor = supervise({
    server: first,
    launch: () => {
      begin();
      return new Promise((resolve) => (launched = resolve));
    },
    explain: () => Promise.resolve({ reason: 'stopped', message: '' }),
    onStop: () => undefined,
    onRecovery: () => {
      throw new Error('It is to be stopped');
    },
    delay: () => Promise.resolve(),
  });
  first.end('signal SIGKILL');
  await begun;
  const stopped = supervisor.stop();
  launched(second);
  await stopped;
  expect(second.stops).toBe(1);
});
