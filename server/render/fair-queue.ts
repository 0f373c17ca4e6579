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
  /** Takes out the next item: owners take turns. */
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

/**
 * Queues items per owner and hands them out round robin, so that an owner with a thousand items delays another by at
 * most one item for each owner that waits.
 */
export function createFairQueue<T>(limits: FairQueueLimits): FairQueue<T> {
  // In the order of their turns: an owner moves to the end when one of its items is taken.
  const owners = new Map<string, Waiting<T>>();
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
      for (const [owner, waiting] of owners) {
        owners.delete(owner);
        owners.set(owner, waiting);
        return take(owner, waiting, 0);
      }
      return undefined;
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
