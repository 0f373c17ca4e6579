import * as part from './example-parts.ts';

/** The request body and the successful response of an operation. */
interface Example {
  request?: unknown;
  response?: unknown;
}

const page = (...data: unknown[]) => ({ data, meta: { cursor: null, has_more: false } });
const promptAnswer = { prompt: part.prompt };
const CSV = 'name,prompt\nWelcome,"Hello ${name:friend}"\n';
const report = {
  ...{ type: 'report', address: 'support/emails', rows: 1 },
  ...{ created: 1, updated: 0, unchanged: 0, left: 0, failed: 0, numbered: 0 },
  placeholders: { dollar: 1, mustache: 0, liquid: 0 },
};

/** One example for each operation, by its id. */
export const EXAMPLES: Record<string, Example> = {
  getPromptByAddress: { response: { prompt: part.delivered } },
  renderPrompt: {
    request: { values: { name: 'Ada' }, strict: true },
    response: { text: 'Hello Ada', config: { model: 'large' }, version: '1.4.2', warnings: [] },
  },
  resolveAddresses: {
    request: { addresses: ['support/emails/welcome@^1.4'] },
    response: {
      data: [
        {
          address: 'support/emails/welcome@^1.4',
          resolved: 'support/emails/welcome@1.4.2',
          version: '1.4.2',
          sha256: part.SHA256,
        },
      ],
    },
  },
  getContent: { response: { content: part.content } },
  listProjects: { response: page(part.project) },
  createProject: { request: { name: 'Support', slug: 'support' }, response: { project: part.project } },
  getProject: { response: { project: part.project } },
  listPromptSets: { response: page(part.promptSet) },
  listPromptSetsOfProject: { response: page(part.promptSet) },
  createPromptSet: {
    request: { name: 'Emails', description: 'Mails to customers' },
    response: { prompt_set: part.promptSet },
  },
  getPromptSet: {
    response: { prompt_set: { ...part.promptSet, counts: { prompts: 12, versions: 5, labels: 2 } } },
  },
  listPrompts: { response: page(part.promptSummary) },
  createPrompt: { request: { name: 'Answer', content: part.chatContent }, response: promptAnswer },
  getPrompt: { response: promptAnswer },
  updatePrompt: { request: { content: part.content }, response: promptAnswer },
  archivePrompt: { response: { prompt: { ...part.prompt, archived: true } } },
  restorePrompt: { response: promptAnswer },
  listRevisions: { response: page(part.revision) },
  getRevision: { response: { revision: { ...part.revision, content: part.content } } },
  listVersions: { response: page(part.version) },
  getNextVersion: { response: { next_version: part.nextVersion } },
  compareVersions: {
    response: {
      comparison: { from: '1.4.1', to: '1.4.2', level: 'minor', behaviour: false, changes: [part.change] },
    },
  },
  listChangedPrompts: {
    response: page({ slug: 'welcome', name: 'Welcome mail', before: null, after: part.content }),
  },
  publishVersion: {
    request: { checksum: part.SHA256, changelog: 'Adds the tone.' },
    response: { version: part.version },
  },
  getVersion: { response: { version: { ...part.version, changes: [part.change] } } },
  listVersionPrompts: {
    response: page({ ...part.versionPrompt, name: 'Welcome mail', parameters: ['name'] }),
  },
  getVersionPrompt: { response: { prompt: { ...part.versionPrompt, content: part.content } } },
  listLabels: { response: page(part.label) },
  moveLabel: {
    request: { to: '1.4.2', from: '1.4.1', reason: 'Release' },
    response: { label: part.label },
  },
  removeLabel: {},
  listLabelMoves: { response: page(part.labelMove) },
  listApiKeys: { response: page(part.apiKey) },
  createApiKey: {
    request: { name: 'Web shop', scopes: ['read:prompts'], expires_in_days: 365 },
    response: { api_key: { ...part.apiKey, token: 'ank_3k7d0000000000000000000000000000' } },
  },
  getApiKey: { response: { api_key: part.apiKey } },
  revokeApiKey: {
    response: {
      api_key: { ...part.apiKey, revoked_at: '2030-02-01T09:30:00.000Z' },
      descendants: [
        { id: '01890a5d-ac96-774b-bcce-b302099a8058', name: 'Nightly export', token_start: 'ank_9x2b' },
      ],
    },
  },
  importPrompts: { request: CSV, response: report },
  importPromptsBySlug: { request: CSV, response: report },
};
