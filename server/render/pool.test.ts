import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Renderer, RendererOptions, RenderOutcome } from './renderer.ts';
import { createRenderer } from './renderer.ts';

// The pool of workers, seen through the renderer.

const open: Renderer[] = [];

function start(options: Partial<RendererOptions> = {}): Renderer {
  const renderer = createRenderer({ workerUrl: new URL('./worker.ts', import.meta.url), ...options });
  open.push(renderer);
  return renderer;
}
function textOf(template: string) {
  const content = { kind: 'text' as const, template, parameters: [], config: '{}' };
  return { organisationId: 'one', content, values: {}, partials: {} };
}
const PARAMETERS = [
  { name: 'n', type: 'number' as const, required: true },
  { name: 'text', type: 'string' as const, required: true },
];
const LOGIC = textOf('{% if a %}yes {{ a }}{% endif %}');

/** A worker that runs this program. */
const fake = (program: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; ${program}`)}`,
  );

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((renderer) => renderer.close()));
});

describe('the pool', () => {
  it('kills a worker that does not keep its deadline, and puts another in its place', async () => {
    const lost: string[] = [];
    const program = `
      parentPort.on('message', ({ id, task: { valuesJson } }) => {
        if (valuesJson === '{"hang":true}') for (;;);
        parentPort.postMessage({ id, outcome: { ok: true, output: { text: 'done' } } });
      });
      parentPort.postMessage({ ready: true });`;
    const renderer = start({
      workerUrl: fake(program),
      threads: 1,
      deadlineMs: 50,
      onWorkerLost: (reason) => lost.push(reason),
    });
    const hung = renderer.render({ ...LOGIC, values: { hang: true } });
    const waiting = renderer.render(LOGIC);
    expect(await hung).toMatchObject({ ok: false, reason: 'render.timeout' });
    expect(await waiting).toEqual({ ok: true, output: { text: 'done' } });
    expect(lost).toEqual(['A render thread was lost: it did not stop at its deadline']);
    expect(renderer.workers()).toBe(1);
  });

  it('does not start dead workers over and over, and tells those who wait', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const lost: string[] = [];
    let rendering: Promise<RenderOutcome> | undefined;
    await new Promise<void>((resolve) => {
      const renderer = start({
        workerUrl: fake('process.exit(1)'),
        queueWaitMs: 300,
        onWorkerLost: (reason) => {
          lost.push(reason);
          resolve();
        },
      });
      rendering = renderer.render(LOGIC);
    });
    await vi.advanceTimersByTimeAsync(300);
    expect(await rendering).toMatchObject({ ok: false, reason: 'render.busy' });
    expect([open.at(-1)?.workers(), lost.length]).toEqual([0, 1]);
  });

  it('refuses only the organisation whose queue is full, and answers what waits when it closes', async () => {
    const renderer = start({ workerUrl: fake('parentPort.on("message", () => {})'), queueLimit: 1 });
    const other = { ...LOGIC, organisationId: 'two' };
    const waiting = [renderer.render(LOGIC), renderer.render(other)];
    expect(await renderer.render(LOGIC)).toMatchObject({ ok: false, reason: 'render.busy' });
    await renderer.close();
    expect((await Promise.all(waiting)).map((outcome) => outcome.ok || outcome.reason)).toEqual([
      'render.closed',
      'render.closed',
    ]);
    expect(await renderer.render(LOGIC)).toMatchObject({ reason: 'render.closed' });
  });

  it('lets organisations take turns: one with 50 jobs delays another by one job', async () => {
    const program = `
      parentPort.on('message', ({ id, task: { valuesJson } }) =>
        parentPort.postMessage({ id, outcome: { ok: true, output: { text: valuesJson } } }));
      parentPort.postMessage({ ready: true });`;
    const renderer = start({ workerUrl: fake(program), threads: 1 });
    const order: string[] = [];
    const render = async (organisationId: string, n: number) => {
      await renderer.render({ ...LOGIC, organisationId, values: { n } });
      order.push(organisationId);
    };
    // The thread is ready and takes the first job at once: the others come while it runs.
    await renderer.render({ ...LOGIC, organisationId: 'first' });
    const flood = Array.from({ length: 50 }, (_, n) => render('flood', n));
    await Promise.all([...flood, render('other', 0), render('third', 0)]);
    expect(order.slice(0, 3)).toEqual(['flood', 'other', 'third']);
    expect(order).toHaveLength(52);
  });
});

describe('generated calls', () => {
  const task = {
    before: { content: LOGIC.content, partials: {} },
    after: { content: LOGIC.content, partials: {} },
  };

  it('wait until no render waits', async () => {
    const program = `
      parentPort.on('message', ({ id }) => parentPort.postMessage({ id, outcome: { ok: true, verdicts: [] } }));
      parentPort.postMessage({ ready: true });`;
    const renderer = start({ workerUrl: fake(program), threads: 1 });
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    await Promise.all([
      renderer.judge('one', { ...task, callsJson: '[{}]' }).then(note('calls 1')),
      renderer.judge('one', { ...task, callsJson: '[{}]' }).then(note('calls 2')),
      renderer.render(LOGIC).then(note('render 1')),
      renderer.render({ ...LOGIC, organisationId: 'two' }).then(note('render 2')),
    ]);
    expect(order).toEqual(['render 1', 'render 2', 'calls 1', 'calls 2']);
  });

  it('leave a thread free for the next render', async () => {
    const program = `
      parentPort.on('message', ({ id, task }) => {
        if (task.kind === 'render') parentPort.postMessage({ id, outcome: { ok: true, output: { text: 'done' } } });
      });
      parentPort.postMessage({ ready: true });`;
    const renderer = start({ workerUrl: fake(program), threads: 2 });
    for (let count = 0; count < 5; count++) void renderer.judge('one', { ...task, callsJson: '[{}]' });
    expect(await renderer.render(LOGIC)).toMatchObject({ ok: true });
  });

  it('are not judged if they need over half of a limit', async () => {
    const content = (template: string) => ({ ...LOGIC.content, template });
    const loop = '{% for i in (1..n) %}{{ text }}{% endfor %}';
    const renderer = start();
    const judge = (template: string, calls: object[]) =>
      renderer.judge('one', {
        before: { content: { ...content('{{ n }}'), parameters: PARAMETERS }, partials: {} },
        after: { content: { ...content(template), parameters: PARAMETERS }, partials: {} },
        callsJson: JSON.stringify(calls),
      });
    const long = 'x'.repeat(1_000);
    expect(await judge(loop, [{ n: 1, text: long }])).toEqual({ ok: true, verdicts: [{ kind: 'works' }] });
    // 600 kB of output: less than the limit of 1 MiB, more than half of it.
    expect(await judge(loop, [{ n: 600, text: long }])).toEqual({
      ok: true,
      verdicts: [{ kind: 'limited' }],
    });
    const endless = '{% for a in (1..9999) %}{% for b in (1..9999) %}{% endfor %}{% endfor %}';
    expect(await judge(endless, [{ n: 1, text: '' }])).toEqual({ ok: true, verdicts: [{ kind: 'limited' }] });
    expect(await judge('{{ o.b }}', [{ n: 1, text: '' }])).toMatchObject({
      verdicts: [{ kind: 'breaks', reason: 'render.undefined', needsStrict: false }],
    });
  });
});

describe('a render that reaches its deadline', () => {
  /** A worker that times out with the given processor times, one for each attempt, and then answers. */
  const timingOut = (cpuMs: number[]) =>
    fake(`
      const times = ${JSON.stringify(cpuMs)};
      const deadlines = [];
      parentPort.on('message', ({ id, deadlineMs }) => {
        deadlines.push(deadlineMs);
        const cpuMs = times.shift();
        const outcome = cpuMs === undefined
          ? { ok: true, output: { text: deadlines.join(' ') } }
          : { ok: false, reason: 'render.timeout', message: 'The worker says so.' };
        parentPort.postMessage({ id, outcome, cpuMs });
      });
      parentPort.postMessage({ ready: true });`);

  it('is repeated if its thread was starved, with more time', async () => {
    const renderer = start({ workerUrl: timingOut([3, 40]) });
    expect(await renderer.render(LOGIC)).toEqual({ ok: true, output: { text: '100 200 400' } });
  });

  it('is refused if its thread got its processor time, now or when it was repeated', async () => {
    const refused = {
      reason: 'render.timeout',
      message: 'Rendering took longer than 100 ms and was stopped.',
    };
    expect(await start({ workerUrl: timingOut([97]) }).render(LOGIC)).toMatchObject(refused);
    expect(await start({ workerUrl: timingOut([3, 60]) }).render(LOGIC)).toMatchObject(refused);
  });

  it('is told that the machine is busy if its thread was starved for 1 s', async () => {
    const renderer = start({ workerUrl: timingOut([1, 1, 1, 1, 1]) });
    expect(await renderer.render(LOGIC)).toMatchObject({ ok: false, reason: 'render.busy' });
    // The fifth attempt was never made: the worker still has it.
    expect(await renderer.render(LOGIC)).toMatchObject({
      ok: true,
      output: { text: '100 200 400 300 100 200' },
    });
  });

  it('is repeated by another thread if the thread got no processor time at all', async () => {
    const program = `
      import { readFileSync, readlinkSync } from 'node:fs';
      import { workerData } from 'node:worker_threads';
      parentPort.on('message', () => {
        workerData.cpuAtStart[0] = parseInt(readFileSync('/proc/thread-self/schedstat', 'latin1')) / 1e6;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });
      parentPort.postMessage({ ready: true, threadId: Number(readlinkSync('/proc/thread-self').split('/').at(-1)) });`;
    const lost: string[] = [];
    const renderer = start({
      ...{ workerUrl: fake(program), threads: 1, deadlineMs: 20 },
      onWorkerLost: (reason) => lost.push(reason),
    });
    expect(await renderer.render(LOGIC)).toMatchObject({ ok: false, reason: 'render.busy' });
    expect(lost).toEqual(Array<string>(4).fill('A render thread was lost: it did not stop at its deadline'));
  });
});
