import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { domainEvent, EVENT_CHANNEL, type DomainEvent } from '../schemas/domain-events.ts';
import type { Freshness } from './freshness.ts';

/** A beat each second; after three that did not come back the listener counts as deaf and connects anew. */
const BEAT_MS = 1_000;
const BEATS_MISSED_MAX = 3;

export interface Listener {
  stop(): Promise<void>;
}

/**
 * Hears what other servers publish, move and revoke. It counts as live only when its own beat has come back, and
 * `freshness.liveSince` says so to the caches: what was read before that is read again.
 *
 * @param url past any pooler: LISTEN needs a session of its own
 */
export function startListener(input: {
  url: string;
  freshness: Freshness;
  onEvent: (event: DomainEvent) => void;
  onError: (error: Error) => void;
  now: () => number;
}): Listener {
  const { freshness, now } = input;
  // A channel for the beats of this process alone, or each process would hear the beats of all.
  const beatChannel = `anvil_beat_${uuidv7().replaceAll('-', '')}`;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let lastBeatAt = 0;
  let beatsMissed = 0;

  async function connect(): Promise<void> {
    if (stopped) return;
    const fresh = new pg.Client({
      connectionString: input.url,
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
    });
    client = fresh;
    fresh.on('error', (error) => {
      if (client === fresh) lose(error);
    });
    fresh.on('end', () => {
      if (client === fresh) lose(new Error('The connection of the listener ended'));
    });
    fresh.on('notification', ({ channel, payload }) => {
      if (client !== fresh) return;
      if (channel === beatChannel) {
        beatsMissed = 0;
        freshness.liveSince ??= lastBeatAt;
        return;
      }
      const parsed = domainEvent.safeParse(readJson(payload));
      if (parsed.success) input.onEvent(parsed.data);
    });
    try {
      await fresh.connect();
      await fresh.query(`listen ${EVENT_CHANNEL}`);
      await fresh.query(`listen ${beatChannel}`);
      beatsMissed = 0;
      beat();
    } catch (error) {
      if (client === fresh) lose(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function beat(): void {
    if (stopped || !client) return;
    if (beatsMissed >= BEATS_MISSED_MAX) {
      lose(new Error('The listener’s beat does not come back'));
      return;
    }
    beatsMissed++;
    lastBeatAt = now();
    client.query(`notify ${beatChannel}`).catch(() => undefined);
    timer = setTimeout(beat, BEAT_MS);
    timer.unref();
  }

  function lose(error: Error): void {
    const lost = client;
    client = undefined;
    freshness.liveSince = undefined;
    clearTimeout(timer);
    // end() would wait for a server that no longer answers.
    (lost as unknown as { connection?: { stream?: { destroy(): void } } })?.connection?.stream?.destroy();
    if (stopped) return;
    input.onError(error);
    timer = setTimeout(() => void connect(), BEAT_MS);
    timer.unref();
  }

  void connect();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      freshness.liveSince = undefined;
      await client?.end().catch(() => undefined);
    },
  };
}

function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
