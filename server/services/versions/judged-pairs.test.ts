import { expect, it } from 'vitest';
import type { JsonObject, Parameter, PromptContent } from '@anvil/core/prompt';
import type { Renderer } from '../../render/renderer.ts';
import { judgePair } from './judge-calls.ts';
import type { StoredRenderable } from './renderables.ts';

const PARAMETERS: Parameter[] = [{ name: 'text', type: 'string', required: true }];

function stored(key: string): StoredRenderable {
  const content: PromptContent = { kind: 'text', template: '', parameters: PARAMETERS, config: '{}' };
  return { content, partials: {}, key };
}

/** A renderer with which the calls that hold this text break. */
function rendererThatBreaks(text: string) {
  let tasks = 0;
  const judge: Renderer['judge'] = (_organisationId, { callsJson }) => {
    tasks += 1;
    const verdicts = (JSON.parse(callsJson) as JsonObject[]).map((call) =>
      call.text === text
        ? { kind: 'breaks' as const, reason: 'render.undefined', message: 'It fails.', needsStrict: false }
        : { kind: 'works' as const },
    );
    return Promise.resolve({ ok: true, verdicts });
  };
  return { renderer: { judge } as Renderer, tasks: () => tasks };
}

it.each([
  ['is remembered if it is short', 'short', 0],
  [
    'is not remembered if it is long, because thousands of them would fill the memory',
    'x'.repeat(100_000),
    1,
  ],
])('a call that breaks %s', async (_, text, isRepeated) => {
  const { renderer, tasks } = rendererThatBreaks(text);
  const pair = {
    ...{
      organisationId: 'one',
      before: stored(`before ${text.length}`),
      after: stored(`after ${text.length}`),
    },
    ...{ demands: undefined, suspects: [{ text }] },
  };
  const first = await judgePair(renderer, pair);
  expect(first.broken?.values).toEqual({ text });
  const count = tasks();
  expect(await judgePair(renderer, pair)).toEqual(first);
  expect(tasks()).toBe(count * (1 + isRepeated));
});
