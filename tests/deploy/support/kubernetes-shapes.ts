import type { Manifest } from './kubectl.ts';

// What the tests read of Kubernetes' objects; problemsOf has checked all of it against Kubernetes' own models.

export interface EnvVar {
  name: string;
  valueFrom: { secretKeyRef: { name: string; key: string; optional?: boolean } };
}

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: EnvVar[];
  envFrom?: unknown[];
  ports?: { name: string; containerPort: number }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: unknown;
  workingDir?: string;
  volumeMounts?: { name: string; mountPath: string }[];
}

export interface Pod {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    containers: Container[];
    initContainers?: Container[];
    volumes?: { name: string; configMap?: { name: string }; persistentVolumeClaim?: { claimName: string } }[];
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
  spec: { template: Pod };
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
    tls: { hosts: string[] }[];
    rules: { host: string; http: { paths: unknown[] } }[];
  };
}

export interface Autoscaler extends Manifest {
  spec: { minReplicas: number; maxReplicas: number; scaleTargetRef: unknown };
}

export interface NetworkPolicy extends Manifest {
  spec: {
    podSelector: unknown;
    policyTypes: string[];
    ingress?: { from?: unknown[]; ports?: { port: number }[] }[];
  };
}
