import { describe, expect, it } from 'vitest';
import type { JsonObject, Parameter } from '../prompt.ts';
import { judgeCall, type CallVerdict, type Renderable, type RenderVerdict } from './judge.ts';

const TEXT: Parameter = { name: 'text', type: 'string', required: true };
const NUMBER: Parameter = { name: 'n', type: 'number', required: false, default: 7 };

function prompt(...parameters: Parameter[]): Renderable {
  return { content: { kind: 'text', template: '', parameters, config: '{}' }, partials: {} };
}

const rendered: RenderVerdict = { kind: 'rendered' };
const limited: RenderVerdict = { kind: 'limited' };
const failed: RenderVerdict = {
  kind: 'failed',
  failure: { reason: 'render.undefined', message: 'It fails.' },
};

/** Judges a call whose renders end as given, and lists what was rendered. */
function judge(before: Renderable, after: Renderable, call: JsonObject, old = rendered, now = rendered) {
  const renders: [string, JsonObject][] = [];
  const verdict: CallVerdict = judgeCall({ before, after }, call, (which, values) => {
    renders.push([which === before ? 'before' : 'after', values]);
    return which === before ? old : now;
  });
  return { verdict, renders };
}

describe('a call', () => {
  const before = prompt(TEXT);

  it('works that both versions render, each with its own defaults', () => {
    const { verdict, renders } = judge(before, prompt(TEXT, NUMBER), { text: 'a' });
    expect(verdict).toEqual({ kind: 'works' });
    expect(renders).toEqual([
      ['before', { text: 'a' }],
      ['after', { text: 'a', n: 7 }],
    ]);
  });

  it.each<[string, JsonObject]>([
    ['lacks a value', {}],
    ['has a name that the old version refuses with strict', { text: 'a', other: 1 }],
  ])('is ignored, without a render, that %s', (_, call) => {
    expect(judge(before, prompt(), call)).toEqual({ verdict: { kind: 'ignored' }, renders: [] });
  });

  it('is ignored that the old version did not render', () => {
    const { verdict, renders } = judge(before, prompt(), { text: 'a' }, failed);
    expect(verdict).toEqual({ kind: 'ignored' });
    expect(renders).toHaveLength(1);
  });

  it('is not judged that needs over half of a limit with either version', () => {
    expect(judge(before, before, { text: 'a' }, limited).verdict).toEqual({ kind: 'limited' });
    expect(judge(before, prompt(TEXT, NUMBER), { text: 'a' }, rendered, limited).verdict).toEqual({
      kind: 'limited',
    });
    // Not even where strict would refuse it.
    expect(judge(before, prompt(), { text: 'a' }, rendered, limited).verdict).toEqual({ kind: 'limited' });
  });

  it('breaks whose value the new version refuses, with the sentence of the first error', () => {
    const { verdict, renders } = judge(before, prompt({ ...TEXT, type: 'boolean' }), { text: 'a' });
    expect(verdict).toEqual({
      kind: 'breaks',
      reason: 'value',
      message: expect.stringContaining('text'),
      needsStrict: false,
    });
    expect(renders).toHaveLength(1);
  });

  it('breaks whose render fails, with the failure, whether or not strict refuses it', () => {
    const breaks = { kind: 'breaks', reason: 'render.undefined', message: 'It fails.', needsStrict: false };
    expect(judge(before, prompt(TEXT, NUMBER), { text: 'a' }, rendered, failed).verdict).toEqual(breaks);
    expect(judge(before, prompt(), { text: 'a' }, rendered, failed).verdict).toEqual(breaks);
  });

  it('breaks with strict only that has a name the new version does not know', () => {
    const { verdict, renders } = judge(before, prompt(), { text: 'a' });
    expect(verdict).toEqual({
      kind: 'breaks',
      reason: 'value',
      message: expect.stringContaining('text'),
      needsStrict: true,
    });
    expect(renders).toEqual([
      ['before', { text: 'a' }],
      ['after', {}],
    ]);
  });
});
