export interface FairQueueLimits {
  /** Items of one owner that may wait. */
  itemsPerOwner: number;
  /** The greatest weight of all items together. Beyond it, an owner may use only an equal share. */
  totalWeight: number;
}

export interface FairQueue<T> {
  /** Appends an item to its owner's queue. @returns false if the owner's share is used up */
  push(owner: string, item: T, weight: number): boolean;
  /** Puts an item that was taken out back at the front of its owner's queue, whatever the limits are. */
  unshift(owner: string, item: T, weight: number): void;
  /** Takes out the first item of the owner whose last turn is the longest ago. */
  shift(): T | undefined;
  /** @returns false if the item isn't waiting */
  remove(owner: string, item: T): boolean;
  /** Takes out everything. */
  drain(): T[];
  readonly size: number;
}

interface Waiting<T> {
  items: { item: T; weight: number }[];
  weight: number;
}

/** Owners whose last turn is remembered. An owner that is forgotten counts as one that had no turn. */
const REMEMBERED_OWNERS_MAX = 1_000;

/**
 * Queues items per owner and hands them out round robin, so that an owner with a thousand items delays another by at
 * most one item for each owner that waits. Turns are remembered while an owner has nothing waiting: an owner that comes
 * back doesn't pass those that were served before it, and an owner that is new doesn't wait for a second item of any other.
 */
export function createFairQueue<T>(limits: FairQueueLimits): FairQueue<T> {
  const owners = new Map<string, Waiting<T>>();
  /** The number of each owner's last turn, in the order of the turns. */
  const turns = new Map<string, number>();
  let turn = 0;
  let size = 0;
  let totalWeight = 0;

  function add(owner: string, place: 'push' | 'unshift', item: T, weight: number): void {
    const waiting = owners.get(owner) ?? { items: [], weight: 0 };
    owners.set(owner, waiting);
    waiting.items[place]({ item, weight });
    waiting.weight += weight;
    totalWeight += weight;
    size += 1;
  }

  function take(owner: string, waiting: Waiting<T>, index: number): T | undefined {
    const [taken] = waiting.items.splice(index, 1);
    if (!taken) return undefined;
    waiting.weight -= taken.weight;
    totalWeight -= taken.weight;
    size -= 1;
    if (waiting.items.length === 0) owners.delete(owner);
    return taken.item;
  }

  /** Of owners without a turn, the one that has waited longest. */
  function nextOwner(): string | undefined {
    let next: string | undefined;
    let least = Infinity;
    for (const owner of owners.keys()) {
      const last = turns.get(owner) ?? 0;
      if (last < least) [next, least] = [owner, last];
    }
    return next;
  }

  return {
    push(owner, item, weight) {
      const waiting = owners.get(owner);
      if ((waiting?.items.length ?? 0) >= limits.itemsPerOwner) return false;
      const share = limits.totalWeight / (owners.size + (waiting ? 0 : 1));
      const isFull = totalWeight + weight > limits.totalWeight;
      if (isFull && (waiting?.weight ?? 0) + weight > share) return false;
      add(owner, 'push', item, weight);
      return true;
    },
    unshift: (owner, item, weight) => add(owner, 'unshift', item, weight),
    shift() {
      const owner = nextOwner();
      const waiting = owner === undefined ? undefined : owners.get(owner);
      if (owner === undefined || !waiting) return undefined;
      turns.delete(owner);
      turns.set(owner, ++turn);
      for (const oldest of turns.keys()) {
        if (turns.size <= REMEMBERED_OWNERS_MAX) break;
        turns.delete(oldest);
      }
      return take(owner, waiting, 0);
    },
    remove(owner, item) {
      const waiting = owners.get(owner);
      const index = waiting?.items.findIndex((one) => one.item === item) ?? -1;
      if (!waiting || index === -1) return false;
      take(owner, waiting, index);
      return true;
    },
    drain() {
      const all = [...owners.values()].flatMap(({ items }) => items.map(({ item }) => item));
      owners.clear();
      size = totalWeight = 0;
      return all;
    },
    get size() {
      return size;
    },
  };
}
