import { LRUCache } from 'lru-cache';
import type { JsonObject, PromptContent } from '@anvil/core/prompt';
import { templatesOf } from '@anvil/core/template/analyse';
import { OUTPUT_LIMIT } from '@anvil/core/template/output';
import { countTags } from '@anvil/core/template/parse';
import { isPlain } from '@anvil/core/template/plain';
import { renderContent } from '@anvil/core/template/render';
import type { CallsOutcome, CallsTask, RenderOutcome } from './job.ts';
import { stopped } from './job.ts';
import { createParseCache } from './parse-cache.ts';
import { areTooLarge, TEMPLATES_TOO_LARGE } from './partials.ts';
import { createPool } from './pool.ts';

export type { RenderOutcome } from './job.ts';

export interface RendererOptions {
  /** `build/render-worker.mjs`, or `server/render/worker.ts` in development and tests. */
  workerUrl: URL;
  /** Worker threads at most; each is started when it is first needed. Default 2. */
  threads?: number;
  /** From the start of the work, not of the wait for it. Default 100. */
  deadlineMs?: number;
  /** Jobs of one organisation that may wait. Default 50. */
  queueLimit?: number;
  /** Default 5,000. */
  queueWaitMs?: number;
  /** Of each worker's heap. Default 64: two workers at their limits leave half of 512 MiB to the serving thread. */
  maxOldGenerationSizeMb?: number;
  onWorkerLost?: (reason: string) => void;
  /** Called for each rendering, with how long it took from the call. */
  onRendered?: ((outcome: 'ok' | 'failed', milliseconds: number) => void) | undefined;
}

export interface RenderJob {
  /** The organisation of the caller, in whose queue the job waits. */
  organisationId: string;
  content: PromptContent;
  /** As `checkValues` gives them back. At most 256 kB as JSON. */
  values: JsonObject;
  /** The prompts that the content reaches by `render`, by slug. All of them are copied to the worker, at most 2 Mi characters. */
  partials: Readonly<Record<string, PromptContent>>;
  /** SHA-256 of the content, when it is known: saves looking at its templates again. */
  key?: string;
}

export interface Renderer {
  render(job: RenderJob): Promise<RenderOutcome>;
  /**
   * Judges generated calls by rendering them with two contents, when no render waits.
   *
   * @returns verdicts of the first calls; ask again for the others
   */
  judge(organisationId: string, task: Omit<CallsTask, 'kind'>): Promise<CallsOutcome>;
  /** Worker threads that live now. */
  workers(): number;
  /** Ends the threads; what still waits is answered with `render.closed`. */
  close(): Promise<void>;
}

/** Largest values, in bytes of JSON. */
export const VALUES_LIMIT_BYTES = 256 * 1024;

/**
 * The largest job that is rendered in the serving thread. Within these bounds parsing takes less than 15 ms, once, and rendering
 * less than 10 ms.
 */
const PLAIN = { templateLength: 65_536, tags: 200, valuesLength: 65_536 };

const PARSE_CACHE_BYTES = 16 * 1024 * 1024;
const PLAIN_KEYS_MAX = 10_000;
/** A thread keeps its deadline itself; this much later it is killed from outside. */
const GRACE_MS = 150;

/**
 * Renders hostile templates with hostile values beside those of everyone else. Short text with outputs is rendered in
 * the serving thread. Everything else is rendered in a worker, which is killed at its deadline and whose memory is
 * limited.
 */
export function createRenderer(options: RendererOptions): Renderer {
  const deadlineMs = options.deadlineMs ?? 100;
  const parse = createParseCache(PARSE_CACHE_BYTES);
  const plainByKey = new LRUCache<string, boolean>({ maxSize: PLAIN_KEYS_MAX, sizeCalculation: () => 1 });
  const pool = createPool({
    workerUrl: options.workerUrl,
    threads: options.threads ?? 2,
    queueLimit: options.queueLimit ?? 50,
    queueWaitMs: options.queueWaitMs ?? 5_000,
    graceMs: GRACE_MS,
    maxOldGenerationSizeMb: options.maxOldGenerationSizeMb ?? 64,
    onLost: options.onWorkerLost,
  });

  function isPlainContent(content: PromptContent, key: string | undefined): boolean {
    const known = key === undefined ? undefined : plainByKey.get(key);
    if (known !== undefined) return known;
    const templates = templatesOf(content).map(({ source }) => source);
    // A template that can't be parsed gives its problem without any work.
    const plain =
      sum(templates.map((source) => source.length)) <= PLAIN.templateLength &&
      sum(templates.map(countTags)) <= PLAIN.tags &&
      templates.every((source) => {
        const parsed = parse(source);
        return !parsed.ok || isPlain(parsed.template);
      });
    if (key !== undefined) plainByKey.set(key, plain);
    return plain;
  }

  async function render(job: RenderJob): Promise<RenderOutcome> {
    const { organisationId, content, values, partials, key } = job;
    const valuesJson = JSON.stringify(values);
    if (Buffer.byteLength(valuesJson) > VALUES_LIMIT_BYTES) {
      return stopped('render.values_too_large', 'The values are larger than 256 kB: send less.');
    }
    if (valuesJson.length <= PLAIN.valuesLength && isPlainContent(content, key)) {
      return renderContent({ content, values, outputLimit: OUTPUT_LIMIT, parse });
    }
    if (areTooLarge([content, ...Object.values(partials)])) {
      return stopped('render.prompts_too_large', TEMPLATES_TOO_LARGE);
    }
    const task = { kind: 'render' as const, content, valuesJson, partials, outputLimitBytes: OUTPUT_LIMIT };
    return pool.run(organisationId, task, deadlineMs);
  }

  return {
    async render(job) {
      const startedAt = performance.now();
      const outcome = await render(job);
      options.onRendered?.(outcome.ok ? 'ok' : 'failed', performance.now() - startedAt);
      return outcome;
    },
    judge: (organisationId, task) => pool.judge(organisationId, { kind: 'calls', ...task }),
    workers: () => pool.size(),
    close: () => pool.close(),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
