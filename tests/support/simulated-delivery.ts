import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scheduler } from 'fast-check';
import { newApiKeyToken, hashApiKeyToken } from '#server/auth/api-key-token.ts';
import { createDelivery, type Delivery } from '#server/delivery/delivery.ts';
import { findForKey } from '#server/delivery/find-for-key.ts';
import { BY_ADDRESS, createFastPath, rememberResponse } from '#server/delivery/response-cache.ts';
import type { DeliverySource } from '#server/delivery/source.ts';
import { databaseUnavailable } from '#server/delivery/unavailable.ts';
import { toAppError } from '#server/errors.ts';
import type { DomainEvent } from '#server/schemas/domain-events.ts';

/** The selectors that are fetched. */
export const SELECTORS = ['', '@production', '@1.0.0', '@^1'] as const;
export type Selector = (typeof SELECTORS)[number];

/** The state of everything that two servers deliver, after one commit. */
export interface State {
  at: number;
  sets: { versions: string[]; removedFrom: number | undefined; production: number | undefined }[];
  revokedKeys: boolean[];
}

export const SETS = 2;
export const TOKENS = Array.from({ length: 2 }, newApiKeyToken);
const ORGANISATION = '01890000-0000-7000-8000-000000000001';
const PROJECT = '01890000-0000-7000-8000-000000000002';
const setId = (set: number): string => `01890000-0000-7000-8000-00000000001${set}`;

/** A database in memory. Its reads take effect and return at moments that the scheduler chooses. */
export class SimulatedDatabase {
  readonly history: State[];
  clock = 0;

  constructor() {
    const sets = Array.from({ length: SETS }, () => ({
      ...{ versions: ['1.0.0'], removedFrom: undefined, production: undefined },
    }));
    this.history = [{ at: 0, sets, revokedKeys: TOKENS.map(() => false) }];
  }

  /** Index of the newest state. */
  get newest(): number {
    return this.history.length - 1;
  }

  get state(): State {
    return this.history[this.newest] as State;
  }

  /** Index of the state that was the newest at a time. */
  indexAt(time: number): number {
    return this.history.findLastIndex((state) => state.at <= time);
  }

  commit(change: (state: State) => void): void {
    const next = structuredClone(this.state);
    // No two states have the same time, so that a time names one of them.
    this.clock += 1;
    next.at = this.clock;
    change(next);
    this.history.push(next);
  }

  isRevokedIn(index: number, token: number): boolean {
    return this.history[index]?.revokedKeys[token] ?? false;
  }

  /** Returns the version that a fetch with a valid key gives in a state, or the reason of its error. */
  answerIn(index: number, set: number, selector: Selector): string {
    const found = this.history[index]?.sets[set];
    if (!found) throw new Error('no such set');
    const ordinal =
      { '': found.versions.length, '@^1': found.versions.length, '@1.0.0': 1 }[selector as ''] ??
      found.production;
    if (ordinal === undefined) return 'version.no_match';
    if (found.removedFrom !== undefined && ordinal >= found.removedFrom) return 'not_found';
    return found.versions[ordinal - 1] ?? 'version.no_match';
  }
}

export interface Fetched {
  /** A version, or the reason of an error. */
  answer: string;
  verifiedAt: number | undefined;
}

/** One server: its caches, and the simulated network between it and the database. */
export class SimulatedServer {
  readonly delivery: Delivery;
  isDatabaseReachable = true;
  private readonly fastPath: ReturnType<typeof createFastPath>;

  constructor(
    private readonly database: SimulatedDatabase,
    scheduler: Scheduler,
  ) {
    const source = this.source(scheduler);
    const now = () => new Date(database.clock);
    this.delivery = createDelivery({ source, apiKeysEnabled: true, keyCacheMaxSeconds: 3_600, now });
    this.fastPath = createFastPath({
      ...{ delivery: this.delivery, headers: {}, requestIdOf: () => 'id', onKeyUsed: () => undefined },
      isReady: () => true,
    });
    this.delivery.freshness.handleConnect(0);
  }

  /** A fetch as the application does it: the fast path, else the slow path. */
  async fetch(set: number, token: number, selector: Selector): Promise<Fetched> {
    const url = `${BY_ADDRESS}p/s${set}/a${selector}`;
    const fast = this.fetchFast(url, token);
    if (fast) return { answer: fast, verifiedAt: undefined };
    try {
      const { delivery } = this;
      const key = await delivery.keys.find(TOKENS[token] ?? '');
      const found = await findForKey(delivery.prompts, key, url.slice(BY_ADDRESS.length));
      rememberResponse(delivery, url, found);
      return { answer: found.delivered.version, verifiedAt: found.verifiedAt };
    } catch (error) {
      return { answer: toAppError(error).reason, verifiedAt: undefined };
    }
  }

  private fetchFast(url: string, token: number): string | undefined {
    let body = '';
    const response = {
      writeHead: () => response,
      end: (text: string) => {
        body = text;
      },
    };
    const request = { method: 'GET', url, headers: { authorization: `Bearer ${TOKENS[token] ?? ''}` } };
    const isAnswered = this.fastPath(request as IncomingMessage, response as unknown as ServerResponse);
    return isAnswered ? (JSON.parse(body) as { prompt: { version: string } }).prompt.version : undefined;
  }

  private source(scheduler: Scheduler): DeliverySource {
    const { database } = this;
    const read = async <T>(what: string, select: (state: State) => T): Promise<T> => {
      await scheduler.schedule(Promise.resolve(), `${what}: the statement begins`);
      if (!this.isDatabaseReachable) throw databaseUnavailable();
      const result = select(database.state);
      await scheduler.schedule(Promise.resolve(), `${what}: the rows arrive`);
      if (!this.isDatabaseReachable) throw databaseUnavailable();
      return result;
    };
    const content = (found: State['sets'][number] | undefined, ordinal: number) =>
      !found || (found.removedFrom !== undefined && ordinal >= found.removedFrom)
        ? undefined
        : { slug: 'a', sha256: 'hash', body: '{"kind":"text","template":"t","parameters":[],"config":"{}"}' };
    return {
      selectKey: (hash) =>
        read('key', ({ revokedKeys }) => {
          const token = TOKENS.findIndex((one) => hashApiKeyToken(one) === hash);
          return {
            ...{ id: String(token), organisation_id: ORGANISATION, organisation_slug: 'o', name: 'key' },
            ...{ scopes: ['read:prompts' as const], project_ids: null, expires_at: null },
            revoked_at: revokedKeys[token] ? new Date(0) : null,
          };
        }),
      selectSet: ({ set: slug }) =>
        read('set', ({ sets }) => {
          const number = Number(slug.slice(1));
          const { versions, production } = sets[number] as State['sets'][number];
          const labels: Record<string, number> = production === undefined ? {} : { production };
          return {
            ...{ id: setId(number), project_id: PROJECT, to_ordinal: versions.length },
            versions: versions.map((version, at): [number, string] => [at + 1, version]),
            labels,
            ...{ from_ordinal: null, content_sha256: null, body: null },
          };
        }),
      selectContents: ({ setId: id, ordinal }) =>
        read('content', ({ sets }) => {
          const found = content(sets[Number(id.at(-1))], ordinal);
          return found ? [found] : [];
        }),
      selectDraftContents: () => Promise.resolve([]),
      selectContentByHash: () => Promise.resolve(undefined),
    };
  }
}

/** A change that servers make. */
export type Change =
  | { kind: 'publish' | 'remove' | 'moveLabel' | 'removeLabel'; set: number }
  | { kind: 'revoke'; token: number };

/** Commits a change. @returns the event that names it; `undefined` when there is nothing to change */
export function apply(database: SimulatedDatabase, change: Change): DomainEvent | undefined {
  if (change.kind === 'revoke') {
    database.commit((state) => {
      state.revokedKeys[change.token] = true;
    });
    const tokenSha256 = hashApiKeyToken(TOKENS[change.token] ?? '');
    return { kind: 'apiKey', organisationId: ORGANISATION, apiKeyId: ORGANISATION, tokenSha256 };
  }
  const { removedFrom, versions } = database.state.sets[change.set] as State['sets'][number];
  if (removedFrom !== undefined && change.kind !== 'moveLabel' && change.kind !== 'removeLabel')
    return undefined;
  database.commit(({ sets }) => {
    const set = sets[change.set] as State['sets'][number];
    if (change.kind === 'removeLabel') set.production = undefined;
    else if (change.kind === 'moveLabel') set.production = ((set.production ?? 0) % versions.length) + 1;
    else set.versions.push(`1.0.${versions.length}`);
    if (change.kind === 'remove') set.removedFrom = set.versions.length;
  });
  return { kind: 'set', organisationId: ORGANISATION, setId: setId(change.set) };
}
