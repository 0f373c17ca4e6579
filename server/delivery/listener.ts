import type pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { createSession, destroySocket } from '#db/sessions.ts';
import { domainEvent, EVENT_CHANNEL, type DomainEvent } from '../schemas/domain-events.ts';
import type { Freshness } from './freshness.ts';

/** A heartbeat is sent each second. After two that didn't come back the listener is disconnected and connects again. */
const HEARTBEAT_MS = 1_000;
const HEARTBEATS_MISSED_MAX = 2;

export interface Listener {
  stop(): Promise<void>;
}

/**
 * Listens for what other servers publish, move and revoke. It is connected only when its own heartbeat has come back, and
 * `freshness` tells the caches: what was read before that is read again. A server that refuses writes isn't trusted: it may
 * be a former primary, which no longer hears of changes.
 *
 * @param url past any pooler: LISTEN needs its own session
 */
export function startListener(input: {
  url: string;
  freshness: Freshness;
  onEvent: (event: DomainEvent) => void;
  /** Called once each time that the connection is lost. */
  onError: (error: Error) => void;
  now: () => number;
}): Listener {
  const { freshness, now } = input;
  // One channel per process, or each process would hear the heartbeats of all.
  const heartbeatChannel = `anvil_heartbeat_${uuidv7().replaceAll('-', '')}`;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let isReported = false;
  /** When each heartbeat was sent that hasn't come back, oldest first. */
  let sentAt: number[] = [];

  async function connect(): Promise<void> {
    if (stopped) return;
    const fresh = createSession({ url: input.url });
    client = fresh;
    fresh.on('error', (error) => {
      if (client === fresh) handleDisconnect(error);
    });
    fresh.on('end', () => {
      if (client === fresh) handleDisconnect(new Error('The connection of the listener ended'));
    });
    fresh.on('notification', ({ channel, payload }) => {
      if (client !== fresh) return;
      if (channel === heartbeatChannel) return handleHeartbeat();
      const parsed = domainEvent.safeParse(readJson(payload));
      if (parsed.success) input.onEvent(parsed.data);
    });
    try {
      await fresh.connect();
      await fresh.query(`listen ${EVENT_CHANNEL}`);
      await fresh.query(`listen ${heartbeatChannel}`);
      sentAt = [];
      sendHeartbeat();
    } catch (error) {
      if (client === fresh) handleDisconnect(error instanceof Error ? error : new Error(String(error)));
    }
  }

  function sendHeartbeat(): void {
    const current = client;
    if (stopped || !current) return;
    if (sentAt.length >= HEARTBEATS_MISSED_MAX) {
      handleDisconnect(new Error("The listener's heartbeat doesn't come back"));
      return;
    }
    sentAt.push(now());
    current
      .query<{ read_only: boolean }>(
        `select pg_notify($1, ''), current_setting('transaction_read_only')::bool as read_only`,
        [heartbeatChannel],
      )
      .then(
        ({ rows }) => {
          if (client === current && rows[0]?.read_only)
            handleDisconnect(new Error('The database is read-only'));
        },
        // A broken connection reports itself; a failed statement is a heartbeat that doesn't come back.
        () => undefined,
      );
    timer = setTimeout(sendHeartbeat, HEARTBEAT_MS);
    timer.unref();
  }

  function handleHeartbeat(): void {
    const sent = sentAt.shift();
    if (sent === undefined) return;
    if (freshness.isConnected) freshness.handleHeartbeat(sent);
    else freshness.handleConnect(sent);
    isReported = false;
  }

  function handleDisconnect(error: Error): void {
    const lost = client;
    client = undefined;
    freshness.handleDisconnect();
    clearTimeout(timer);
    // end() would wait for a server that no longer answers.
    if (lost) destroySocket(lost);
    if (stopped) return;
    // Once for each time that the database goes away, not for each attempt to reach it.
    if (!isReported) input.onError(error);
    isReported = true;
    timer = setTimeout(() => void connect(), HEARTBEAT_MS);
    timer.unref();
  }

  void connect();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      freshness.handleDisconnect();
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
