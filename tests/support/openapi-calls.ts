import type { TestApp, TestAnswer } from './http.ts';
import { createTestApiKey, registerTestAccount } from './factories.ts';
import { actingAs } from './context.ts';
import { makeSet, textPrompt } from './prompts.ts';
import type { PlacedOperation } from './openapi.ts';

/** The parts of a request, before they are put together. */
export interface Call {
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: unknown;
}
type PartialCall = Partial<Call>;

export interface ApiWorld {
  token: string;
  apiKeyId: string;
  /** A call of the operation that succeeds. */
  callOf(operationId: string): Promise<Call>;
  send(operation: PlacedOperation, call: Call, token?: string): Promise<TestAnswer>;
}

/** Prepares an organisation in which every operation has something to work on. */
export async function createApiWorld(server: TestApp): Promise<ApiWorld> {
  const account = await registerTestAccount(server.context.database);
  const context = actingAs(server.context, account.actor);
  const key = await createTestApiKey(account);
  const other = await createTestApiKey(account, { name: 'To revoke' });
  const program = server.as(key);
  const names = ['hello', 'to-update', 'to-archive', 'to-restore'];
  const set = await makeSet(context, Object.fromEntries(names.map((name) => [name, textPrompt('Hello')])));
  const [project = '', slug = ''] = set.address.split('/');
  const ofSet = `/api/v1/prompt_sets/${set.id}`;
  const get = async (url: string) => (await program.get(url)).body;
  const checksum = async () => (await get(`${ofSet}/next_version`)).next_version.checksum as string;
  await program.post(`${ofSet}/versions`, { checksum: await checksum() });
  const put = (name: string, body: object) => program.request('PUT', `${ofSet}/labels/${name}`, { body });
  await put('production', { to: '1.0.0', from: null });

  const idOf = (name: string) => set.prompts[name]?.id ?? '';
  const tagOf = async (name: string) => {
    const { headers } = await program.get(`/api/v1/prompts/${idOf(name)}`);
    return { 'If-Match': String(headers.etag) };
  };
  let made = 0;
  const named = (slug: string) => ({ name: 'New', slug: `new-${slug}-${(made += 1)}`, description: '' });
  const address = `${set.address}/hello@1.0.0`;
  const bySet: PartialCall = { path: { set_id: set.id } };
  const ofVersion = { set_id: set.id, number: '1.0.0' };
  const csv = { headers: { 'content-type': 'text/csv' }, body: 'name,prompt\nImported,Hello\n' };
  const calls: Record<string, () => PartialCall | Promise<PartialCall>> = {
    getPromptByAddress: () => ({ path: { address } }),
    renderPrompt: () => ({ path: { address }, body: { values: {}, strict: false } }),
    resolveAddresses: () => ({ body: { addresses: [address] } }),
    getContent: () => ({ path: { sha256: set.prompts.hello?.sha256 ?? '' } }),
    listProjects: () => ({}),
    createProject: () => ({ body: named('project') }),
    getProject: () => ({ path: { project } }),
    listPromptSets: () => ({}),
    listPromptSetsOfProject: () => ({ path: { project } }),
    createPromptSet: () => ({ path: { project }, body: named('set') }),
    getPromptSet: () => bySet,
    listPrompts: () => ({ ...bySet, query: { archived: 'false' } }),
    createPrompt: () => ({
      ...bySet,
      body: {
        ...{ name: 'Prompt', slug: `new-prompt-${(made += 1)}` },
        content: textPrompt('Hello {{ name }}', ['name']),
      },
    }),
    getPrompt: () => ({ path: { prompt_id: idOf('hello') } }),
    updatePrompt: async () => ({
      path: { prompt_id: idOf('to-update') },
      headers: await tagOf('to-update'),
      body: {
        name: 'Updated',
        content: { kind: 'chat', messages: [{ role: 'user', content: 'Hi' }], parameters: [], config: '{}' },
      },
    }),
    archivePrompt: async () => {
      await program.request('POST', `/api/v1/prompts/${idOf('to-archive')}/restore`, {
        headers: await tagOf('to-archive'),
      });
      return { path: { prompt_id: idOf('to-archive') }, headers: await tagOf('to-archive') };
    },
    restorePrompt: async () => {
      await program.request('POST', `/api/v1/prompts/${idOf('to-restore')}/archive`, {
        headers: await tagOf('to-restore'),
      });
      return { path: { prompt_id: idOf('to-restore') }, headers: await tagOf('to-restore') };
    },
    listRevisions: () => ({ path: { prompt_id: idOf('hello') } }),
    getRevision: () => ({ path: { prompt_id: idOf('hello'), number: '1' } }),
    listVersions: () => bySet,
    getNextVersion: () => bySet,
    compareVersions: () => ({ ...bySet, query: { from: '1.0.0', to: '1.0.0' } }),
    listChangedPrompts: () => ({ ...bySet, query: { from: '1.0.0', to: '1.0.0' } }),
    publishVersion: async () => {
      const { prompt } = await get(`/api/v1/prompts/${idOf('to-update')}`);
      await program.request('PATCH', `/api/v1/prompts/${idOf('to-update')}`, {
        headers: { 'if-match': `"${prompt.revision}"` },
        body: { content: textPrompt(`Hello ${(made += 1)}`) },
      });
      const { next_version: next } = await get(`${ofSet}/next_version`);
      return { ...bySet, body: { number: next.number, checksum: next.checksum, changelog: 'Changed' } };
    },
    getVersion: () => ({ path: ofVersion }),
    listVersionPrompts: () => ({ path: ofVersion }),
    getVersionPrompt: () => ({ path: { ...ofVersion, prompt: 'hello' } }),
    listLabels: () => bySet,
    moveLabel: () => ({
      path: { set_id: set.id, name: 'production' },
      body: { to: '1.0.0', from: '1.0.0', reason: '' },
    }),
    removeLabel: async () => {
      const name = `label-${(made += 1)}`;
      await put(name, { to: '1.0.0', from: null });
      return { path: { set_id: set.id, name }, headers: { 'If-Match': '"1.0.0"' } };
    },
    listLabelMoves: () => ({ path: { set_id: set.id, name: 'production' } }),
    listApiKeys: () => ({}),
    createApiKey: () => ({
      body: { name: 'A key', scopes: ['read:prompts'], projects: [project], expires_in_days: 30 },
    }),
    getApiKey: () => ({ path: { api_key_id: key.id } }),
    revokeApiKey: () => ({ path: { api_key_id: other.id }, headers: { 'If-Match': '"active"' } }),
    importPrompts: () => ({ ...bySet, ...csv }),
    importPromptsBySlug: () => ({ path: { project, set: slug }, ...csv }),
  };

  return {
    ...{ token: key.token, apiKeyId: key.id },
    callOf: async (operationId) => {
      const call = await calls[operationId]?.();
      if (!call) throw new Error(`No call of ${operationId} is prepared`);
      return { path: {}, query: {}, headers: {}, ...call };
    },
    send: ({ method, path }, call, token = key.token) => {
      const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(call.path[name] ?? ''));
      const query = new URLSearchParams(call.query).toString();
      return server.as({ token }).request(method, `${url}${query === '' ? '' : `?${query}`}`, {
        headers: call.headers,
        ...(call.body === undefined ? {} : { body: call.body }),
      });
    },
  };
}
