import type { Manifest } from './kubectl.ts';

// What the tests read of Kubernetes' objects; problemsOf has checked all of it against Kubernetes' own models.

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}

interface EnvSource {
  configMapRef?: { name: string };
  secretRef?: { name: string; optional?: boolean };
}

interface Volume {
  name: string;
  configMap?: { name: string };
  persistentVolumeClaim?: { claimName: string };
  secret?: { secretName: string; optional?: boolean; items: { key: string; path: string }[] };
}

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: EnvVar[];
  envFrom?: EnvSource[];
  ports?: { name: string; containerPort: number }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: unknown;
  workingDir?: string;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface Pod {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    containers: Container[];
    initContainers?: Container[];
    volumes?: Volume[];
    terminationGracePeriodSeconds?: number;
    topologySpreadConstraints?: { topologyKey: string }[];
  };
}

export interface Deployment extends Manifest {
  spec: {
    replicas: number;
    selector: { matchLabels: Record<string, string> };
    strategy: { rollingUpdate: { maxSurge: number; maxUnavailable: number } };
    template: Pod;
  };
}

export interface Job extends Manifest {
  spec: { activeDeadlineSeconds: number; ttlSecondsAfterFinished: number; template: Pod };
}

export interface CronJob extends Manifest {
  spec: { concurrencyPolicy: string; jobTemplate: { spec: { template: Pod } } };
}

export interface ConfigMap extends Manifest {
  data: Record<string, string>;
}

export interface Service extends Manifest {
  spec: {
    selector: Record<string, string>;
    ports: { name: string; port: number; targetPort: string }[];
  };
}

export interface Ingress extends Manifest {
  spec: {
    ingressClassName: string;
    tls: { hosts: string[] }[];
    rules: { host: string; http: { paths: unknown[] } }[];
  };
}

export interface Autoscaler extends Manifest {
  spec: { minReplicas: number; maxReplicas: number; scaleTargetRef: unknown };
}

export interface Gateway extends Manifest {
  spec: { gatewayClassName: string; listeners: { name: string; hostname: string }[] };
}

export interface HttpRoute extends Manifest {
  spec: {
    parentRefs: { name: string; sectionName: string }[];
    hostnames: string[];
    rules: { backendRefs?: { name: string; port: number }[]; filters?: unknown[] }[];
  };
}

interface Selector {
  matchLabels?: Record<string, string>;
}

interface PolicyPeer {
  ipBlock?: { cidr: string };
  namespaceSelector?: Selector;
}

interface PolicyPort {
  protocol: 'TCP' | 'UDP';
  port: number;
}

export interface NetworkPolicy extends Manifest {
  spec: {
    podSelector: Selector;
    policyTypes: ('Ingress' | 'Egress')[];
    ingress?: { from?: PolicyPeer[]; ports?: PolicyPort[] }[];
    egress?: { to?: PolicyPeer[]; ports?: PolicyPort[] }[];
  };
}
