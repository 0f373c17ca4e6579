/** @returns the path below an endpoint, whose own path stays: `https://otel.example.com/x` → `…/x/v1/traces` */
export function belowEndpoint(endpoint: string, path: string): string {
  return `${endpoint.replace(/\/+$/, '')}/${path}`;
}

/** What every metric and trace says of the process that it comes from. */
export function resourceAttributes(version: string): Record<string, string> {
  return { 'service.name': 'anvil', 'service.namespace': 'production', 'service.version': version };
}
