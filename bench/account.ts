/** What the benchmarks ask Anvil as. */
export interface BenchAccount {
  organisation: string;
  cookie: string;
  token: string;
}

/** Registers an account on a fresh Anvil by the doors that everybody uses, and makes a key with all scopes. */
export async function makeAccount(url: string): Promise<BenchAccount> {
  const register = await call(url, 'accounts.register', {
    name: 'Bench',
    email: 'bench@example.com',
    password: 'a password for benches',
  });
  const cookie = register.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { organisation } = ((await register.json()) as { result: { data: { organisation: string } } }).result
    .data;
  const scopes = ['read:prompts', 'read:drafts', 'write:prompts', 'publish:versions', 'manage:organisation'];
  const key = await call(url, 'apiKeys.create', { organisation, name: 'Bench', scopes }, cookie);
  const { token } = ((await key.json()) as { result: { data: { token: string } } }).result.data;
  return { organisation, cookie, token };
}

async function call(url: string, procedure: string, input: object, cookie = ''): Promise<Response> {
  const answer = await fetch(`${url}/trpc/${procedure}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', cookie },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${procedure}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** Asks the REST interface. @throws Error with the answer when it is no 2xx */
export async function rest<T>(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(typeof body === 'string'
        ? { 'content-type': 'text/csv' }
        : body
          ? { 'content-type': 'application/json' }
          : {}),
      ...headers,
    },
    body: typeof body === 'string' ? body : body ? JSON.stringify(body) : undefined,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text) as T;
}
