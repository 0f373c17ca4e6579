import type { VisitAnswer, Visitor } from './visitor.ts';

export interface FirstPrompt {
  /** An API key that may read it. */
  token: string;
  /** Where it is delivered: `acme/project/set/prompt`. */
  address: string;
  organisation: string;
  /** What a browser sends that is signed in. */
  headers: Record<string, string>;
}

const ACCOUNT = { name: 'Mara Kern', email: 'mara@example.com', password: 'a sentence is easy to remember' };
export const TEMPLATE = 'You answer customers of {{ shop }}. Be brief.\n\nQuestion: {{ question }}';

/**
 * Makes the first account of an instance and publishes a prompt, as the first two pages do.
 *
 * @param setUpCode as the set-up printed it
 * @throws what was answered instead
 */
export async function publishFirstPrompt(
  visitor: Visitor,
  { domain, setUpCode }: { domain: string; setUpCode: string },
): Promise<FirstPrompt> {
  const headers = { origin: `https://${domain}`, 'sec-fetch-site': 'same-origin' };
  const call = (procedure: string, body: object, more = {}) =>
    visitor.ask(`/trpc/${procedure}`, { method: 'POST', headers: { ...headers, ...more }, body });

  const registered = await call('accounts.register', { ...ACCOUNT, set_up_code: setUpCode });
  const { organisation } = dataOf<{ organisation: string }>(registered);
  const cookie = (registered.headers['set-cookie'] ?? '').split(';')[0] ?? '';
  const input = { organisation, template: TEMPLATE };
  const published = await call('organisations.publishFirstPrompt', input, { cookie });
  const { token, address } = dataOf<{ token: string; address: string }>(published);
  return { token, address, organisation, headers: { ...headers, cookie } };
}

/** Writes something, and tells whether it was acknowledged. */
export async function writeProject(
  visitor: Visitor,
  { organisation, headers }: FirstPrompt,
  slug: string,
): Promise<boolean> {
  const body = { organisation, name: slug, slug };
  const { status } = await visitor.ask('/trpc/projects.create', { method: 'POST', headers, body });
  return status === 200;
}

/** @returns the slugs of all projects */
export async function readProjects(visitor: Visitor, first: FirstPrompt): Promise<string[]> {
  const input = encodeURIComponent(JSON.stringify({ organisation: first.organisation, limit: 100 }));
  const answer = await visitor.ask(`/trpc/projects.list?input=${input}`, { headers: first.headers });
  return dataOf<{ data: { slug: string }[] }>(answer).data.map(({ slug }) => slug);
}

function dataOf<T>({ status, text, body }: VisitAnswer): T {
  if (status !== 200) throw new Error(`Answered ${status}: ${text}`);
  return (body as { result: { data: T } }).result.data;
}
