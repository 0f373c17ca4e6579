import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  apply,
  SELECTORS,
  SETS,
  SimulatedDatabase,
  SimulatedServer,
  TOKENS,
  type Change,
  type Fetched,
  type Selector,
} from '#tests/support/simulated-delivery.ts';

const RUNS = 2_000;

// Mostly the same set, key and selector: what matters happens where requests meet.
const anySet = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(SETS - 1));
const anyToken = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(TOKENS.length - 1));
const anyFetch = fc.record({
  kind: fc.constant('fetch' as const),
  server: fc.constantFrom('writer' as const, 'reader' as const),
  set: anySet,
  token: anyToken,
  selector: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Selector>('') },
    fc.constantFrom<Selector>(...SELECTORS),
  ),
});
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('publish' as const, 'moveLabel' as const, 'removeLabel' as const),
      set: anySet,
    }),
  },
  fc.record({ kind: fc.constant('remove' as const), set: anySet }),
  fc.record({ kind: fc.constant('revoke' as const), token: anyToken }),
);
type Fetch = typeof anyFetch extends fc.Arbitrary<infer T> ? T : never;

const ANY_FETCH: Fetch = { kind: 'fetch', server: 'reader', set: 0, token: 0, selector: '' };

/**
 * Returns what a fetch may answer that must see the key's state and the set's state from these indexes on. It reads one after
 * the other.
 */
function allowedAnswers(
  database: SimulatedDatabase,
  from: { key: number; set: number },
  { set, token, selector }: Fetch,
): Set<string> {
  const answers = new Set<string>();
  if (database.isRevokedIn(database.newest, token)) answers.add('api_key.invalid');
  if (database.isRevokedIn(from.key, token)) return answers;
  for (let index = from.set; index <= database.newest; index++) {
    answers.add(database.answerIn(index, set, selector));
  }
  return answers;
}

test('a change is never unseen: not after its acknowledgement where it was made, not after its event elsewhere', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.oneof({ weight: 3, arbitrary: anyFetch }, { weight: 2, arbitrary: anyChange }), {
        minLength: 4,
        maxLength: 20,
        size: 'max',
      }),
      fc.infiniteStream(fc.nat(2)),
      async (scheduler, steps, copies) => {
        const database = new SimulatedDatabase();
        const servers = {
          writer: new SimulatedServer(database, scheduler),
          reader: new SimulatedServer(database, scheduler),
        };
        /** The newest state of each thing that a server must know. */
        const known = { writer: new Map<string, number>(), reader: new Map<string, number>() };
        const learn = (server: keyof typeof known, thing: string, index: number) =>
          known[server].set(thing, Math.max(index, known[server].get(thing) ?? 0));

        const change = async (step: Change): Promise<void> => {
          const event = apply(database, step);
          if (!event) return;
          const index = database.newest;
          const thing = step.kind === 'revoke' ? `key ${step.token}` : `set ${step.set}`;
          // The reader hears of it at any time from now on, once or several times.
          for (let copy = copies.next().value; copy >= 0; copy--) {
            void scheduler.schedule(Promise.resolve(), 'the event arrives').then(() => {
              servers.reader.delivery.onEvent(event);
              learn('reader', thing, index);
            });
          }
          servers.writer.delivery.onEvent(event);
          await scheduler.schedule(Promise.resolve(), 'the change is acknowledged');
          learn('writer', thing, index);
        };
        const fetch = async (step: Fetch): Promise<void> => {
          const knownThings = known[step.server];
          const from = {
            key: knownThings.get(`key ${step.token}`) ?? 0,
            set: knownThings.get(`set ${step.set}`) ?? 0,
          };
          const { answer, verifiedAt } = await servers[step.server].fetch(
            step.set,
            step.token,
            step.selector,
          );
          expect(verifiedAt).toBeUndefined();
          expect(allowedAnswers(database, from, step)).toContain(answer);
        };

        const failures: unknown[] = [];
        for (const step of steps) {
          void scheduler
            .schedule(Promise.resolve(), step.kind)
            .then(() => (step.kind === 'fetch' ? fetch(step) : change(step)))
            .catch((error: unknown) => failures.push(error));
        }
        await scheduler.waitIdle();
        expect(failures).toEqual([]);

        // Everything has arrived: both servers, and the fast and the slow path of each, answer the newest state.
        for (const [name, server] of Object.entries(servers)) {
          for (const selector of SELECTORS) {
            for (const round of ['slow', 'fast']) {
              for (let set = 0; set < SETS; set++) {
                const fetched = await scheduler.waitFor(server.fetch(set, 0, selector));
                const newest = { key: database.newest, set: database.newest };
                const [answer] = allowedAnswers(database, newest, { ...ANY_FETCH, set, selector });
                expect([name, set, selector, round, fetched]).toEqual([
                  name,
                  set,
                  selector,
                  round,
                  { answer, verifiedAt: undefined },
                ]);
              }
            }
          }
        }
      },
    ),
    { numRuns: RUNS },
  );
});

/** The listener is lost silently: events don't arrive, and the server notices after three seconds. */
const NOTICED_AFTER_MS = 3_000;
/** From then on an unmarked response is at most a second old; with the time until then that makes the promise of 5 s. */
const UNMARKED_MAX_AGE_MS = 5_000;

const anyFault = fc.oneof(
  fc.constantFrom(
    'cutListener' as const,
    'connectListener' as const,
    'loseDatabase' as const,
    'reachDatabase' as const,
  ),
  fc.constantFrom('letReadsFinish' as const, 'tick' as const, 'longTick' as const),
);

test('while cut off, a server marks what may be old, and never says that something does not exist', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(
        fc.oneof(
          { weight: 4, arbitrary: anyFetch },
          { weight: 2, arbitrary: anyChange },
          { weight: 4, arbitrary: anyFault.map((kind) => ({ kind })) },
        ),
        { minLength: 6, maxLength: 40, size: 'max' },
      ),
      async (scheduler, steps) => {
        const database = new SimulatedDatabase();
        const server = new SimulatedServer(database, scheduler);
        const { freshness } = server.delivery;
        let cutAt: number | undefined;
        /** Whether a read that is under way may have met a database that was away. */
        let mayReadHaveFailed = false;

        const fault = (kind: string): void => {
          if (kind === 'loseDatabase') {
            server.isDatabaseReachable = false;
            mayReadHaveFailed = true;
          }
          if (kind === 'reachDatabase') server.isDatabaseReachable = true;
          if (kind === 'cutListener') cutAt ??= database.clock;
          if (kind === 'connectListener' && cutAt !== undefined) {
            cutAt = undefined;
            freshness.handleDisconnect();
            freshness.handleConnect(database.clock);
          }
          if (kind !== 'tick' && kind !== 'longTick') return;
          database.clock += kind === 'tick' ? 900 : 2_500;
          if (cutAt === undefined) freshness.handleHeartbeat(database.clock);
          else if (database.clock - cutAt >= NOTICED_AFTER_MS) freshness.handleDisconnect();
        };
        const change = (step: Change): void => {
          const event = apply(database, step);
          if (event && cutAt === undefined) server.delivery.onEvent(event);
        };
        const fetch = async (step: Fetch): Promise<void> => {
          const from =
            cutAt === undefined ? database.newest : database.indexAt(database.clock - UNMARKED_MAX_AGE_MS);
          const startedAt = database.clock;
          const fetched = await server.fetch(step.set, step.token, step.selector);
          check(step, fetched, Math.min(from, database.indexAt(startedAt)));
        };
        const check = (step: Fetch, { answer, verifiedAt }: Fetched, from: number): void => {
          if (answer === 'database_unavailable') {
            expect(mayReadHaveFailed).toBe(true);
            return;
          }
          // The mark is true: the database confirmed the response at that time, or while the request was under way.
          const markedIndex = verifiedAt === undefined ? from : database.indexAt(verifiedAt);
          const index = Math.max(0, Math.min(from, markedIndex));
          expect(allowedAnswers(database, { key: index, set: index }, step)).toContain(answer);
          if (verifiedAt !== undefined) expect(answer).toMatch(/^\d/);
        };

        const failures: unknown[] = [];
        for (const step of steps) {
          // Steps begin in order, so that time passes; their reads interleave with later steps.
          if (step.kind === 'fetch') {
            const running = fetch(step).catch((error: unknown) => failures.push(error));
            if (scheduler.count() > 3) await scheduler.waitFor(running);
          } else if (step.kind === 'letReadsFinish') {
            await scheduler.waitIdle();
            mayReadHaveFailed = !server.isDatabaseReachable;
          } else if (step.kind in { publish: 1, remove: 1, moveLabel: 1, removeLabel: 1, revoke: 1 }) {
            change(step as Change);
          } else {
            fault(step.kind);
          }
        }
        await scheduler.waitIdle();
        expect(failures).toEqual([]);
      },
    ),
    { numRuns: RUNS },
  );
});
