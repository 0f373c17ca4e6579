import { randomBytes } from 'node:crypto';
import { must, sh } from './shell.ts';
import { makeWhole } from './whole.ts';

/** The network of a machine of its own, for an engine whose bridges and rules shall not be this machine's. */
export interface ApartNetwork {
  namespace: string;
  /** Its address, seen from this machine, and this machine's, seen from there. */
  address: string;
  gateway: string;
  /** For a bridge in it: what is on that reaches this machine, and is reached from here. */
  subnet: string;
  remove(): Promise<void>;
}

/** Makes a namespace with a wire to this one. It leads nowhere else. */
export function makeApartNetwork(): Promise<ApartNetwork> {
  return makeWhole(async (undo, remove) => {
    const { stdout: taken } = await sh('ip', ['-o', '-4', 'address']);
    const number = Array.from({ length: 250 }, (_, index) => index + 1).find(
      (candidate) => !taken.includes(`10.215.${candidate}.`),
    );
    const [gateway, address] = [`10.215.${number}.1`, `10.215.${number}.2`];
    const subnet = `10.216.${number}.0/24`;
    const namespace = `anvil-${randomBytes(3).toString('hex')}`;
    const here = `${namespace}-h`;

    await must('ip', ['netns', 'add', namespace]);
    undo(() => must('ip', ['netns', 'del', namespace]));
    const there = (...args: string[]) => must('ip', ['-n', namespace, ...args]);
    await must('ip', ['link', 'add', here, 'type', 'veth', 'peer', 'name', 'host0', 'netns', namespace]);
    // The route goes with it.
    undo(() => must('ip', ['link', 'del', here]));
    await must('ip', ['address', 'add', `${gateway}/30`, 'dev', here]);
    await must('ip', ['link', 'set', here, 'up']);
    await there('address', 'add', `${address}/30`, 'dev', 'host0');
    await there('link', 'set', 'host0', 'up');
    await there('link', 'set', 'lo', 'up');
    await must('ip', ['route', 'add', subnet, 'via', address]);
    return { namespace, address, gateway, subnet, remove };
  });
}
