/** Parts of the examples: one organisation with the set `support/emails`, and what belongs to it. */
export const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
export const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0bbf822cd15d6c15b0f00a';
const TIME = '2030-01-07T12:00:00.000Z';

export const author = { kind: 'user', id: ID, name: 'Ada Lovelace' };
export const content = {
  kind: 'text',
  template: 'Hello {{ name }}',
  parameters: [{ name: 'name', type: 'string', required: true }],
  config: '{"model": "large"}',
};
export const chatContent = {
  kind: 'chat',
  messages: [
    { role: 'system', content: 'You answer customers of {{ shop }}.' },
    { placeholder: 'history' },
    { role: 'user', content: '{{ question }}' },
  ],
  parameters: [
    { name: 'shop', type: 'string', required: true },
    { name: 'history', type: 'messages', required: true },
    { name: 'question', type: 'string', required: true },
  ],
};
export const project = {
  id: ID,
  slug: 'support',
  name: 'Support',
  description: 'Prompts of the support team',
  created_at: TIME,
};
export const promptSet = {
  id: ID,
  project_id: ID,
  project: 'support',
  slug: 'emails',
  address: 'support/emails',
  name: 'Emails',
  description: '',
  latest: '1.4.2',
  created_at: TIME,
};
export const promptSummary = {
  id: ID,
  slug: 'welcome',
  address: 'support/emails/welcome',
  name: 'Welcome',
  kind: 'text',
  parameters: ['name', 'tone?'],
  revision: 3,
  sha256: SHA256,
  change: 'minor',
  archived: false,
  updated_at: TIME,
  updated_by: author,
};
const { parameters: _parameters, change: _change, ...shownPrompt } = promptSummary;
export const prompt = { ...shownPrompt, set_id: ID, content, problems: [] };
export const revision = { number: 3, sha256: SHA256, source: 'save', created_at: TIME, author };
export const change = {
  rule: 'parameter.added',
  level: 'minor',
  judged: true,
  prompt: 'welcome',
  place: 'tone',
  sentence: '`tone` can be given.',
};
export const version = {
  id: ID,
  number: '1.4.2',
  address: 'support/emails@1.4.2',
  level: 'minor',
  behaviour: false,
  changelog: 'Adds the tone.',
  checksum: SHA256,
  engine: 'liquidjs 10.24.0',
  prompt_count: 1,
  labels: ['latest', 'production'],
  base: '1.4.1',
  created_at: TIME,
  author,
};
export const versionPrompt = {
  slug: 'welcome',
  address: 'support/emails/welcome@1.4.2',
  kind: 'text',
  sha256: SHA256,
};
export const label = {
  name: 'production',
  version: '1.4.2',
  automatic: false,
  moved_at: TIME,
  moved_by: author,
};
export const labelMove = { from: '1.4.1', to: '1.4.2', reason: 'Release', created_at: TIME, author };
export const apiKey = {
  id: ID,
  name: 'Web shop',
  token_start: 'ank_3k7d',
  scopes: ['read:prompts'],
  projects: null,
  created_at: TIME,
  created_by: author,
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
};
export const nextVersion = {
  number: '1.5.0',
  prerelease: '1.5.0-rc.1',
  base: '1.4.2',
  level: 'minor',
  behaviour: false,
  changes: [change],
  witness: null,
  not_judged: [],
  checksum: SHA256,
  prompt_count: 1,
  obstacle: null,
  problems: [],
};
export const delivered = {
  address: 'support/emails/welcome@1.4.2',
  version: '1.4.2',
  kind: 'text',
  template: content.template,
  parameters: content.parameters,
  config: { model: 'large' },
  sha256: SHA256,
  notes: [],
};
