import { BlockList, isIPv6 } from 'node:net';
import type { NetworkPolicy } from './kubernetes-shapes.ts';

/** One end of a connection. Pods have labels, everything else has only an address. */
export interface Endpoint {
  address: string;
  labels?: Record<string, string>;
  /** Of the pod's namespace. The policies apply to pods whose namespace has none here, which is their own. */
  namespaceLabels?: Record<string, string>;
}

export interface Connection {
  from: Endpoint;
  to: Endpoint;
  protocol: 'TCP' | 'UDP';
  port: number;
}

type Spec = NetworkPolicy['spec'];
type Rule = NonNullable<Spec['ingress']>[number] & NonNullable<Spec['egress']>[number];

/**
 * Decides as Kubernetes does (https://kubernetes.io/docs/concepts/services-networking/network-policies/): a pod that a
 * policy of a direction selects accepts only what a rule of such a policy lets through. An ipBlock matches no pods, as
 * with Cilium, the strictest of the plugins.
 */
export function isAllowed(
  policies: readonly NetworkPolicy[],
  { from, to, protocol, port }: Connection,
): boolean {
  const passes = (direction: 'Ingress' | 'Egress', end: Endpoint, peer: Endpoint) => {
    const specs = policies.map(({ spec }) => spec).filter((spec) => selects(spec, direction, end));
    const rules = specs.flatMap(
      (spec): Rule[] => (direction === 'Ingress' ? spec.ingress : spec.egress) ?? [],
    );
    return (
      specs.length === 0 ||
      rules.some(
        ({ from: sources, to: targets, ports }) =>
          (ports?.some((one) => one.port === port && one.protocol === protocol) ?? true) &&
          ((sources ?? targets)?.some((one) => isPeer(one, peer)) ?? true),
      )
    );
  };
  return passes('Egress', from, to) && passes('Ingress', to, from);
}

const selects = ({ podSelector, policyTypes }: Spec, direction: 'Ingress' | 'Egress', end: Endpoint) =>
  end.labels !== undefined &&
  end.namespaceLabels === undefined &&
  policyTypes.includes(direction) &&
  hasLabels(end.labels, podSelector.matchLabels);

type Peer = NonNullable<Rule['from']>[number];

function isPeer({ ipBlock, namespaceSelector }: Peer, peer: Endpoint): boolean {
  if (namespaceSelector) return hasLabels(peer.namespaceLabels ?? {}, namespaceSelector.matchLabels);
  if (!ipBlock || peer.labels) return false;
  const [network = '', bits] = ipBlock.cidr.split('/');
  const list = new BlockList();
  list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(peer.address, isIPv6(peer.address) ? 'ipv6' : 'ipv4');
}

const hasLabels = (labels: Record<string, string>, wanted: Record<string, string> = {}) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);
