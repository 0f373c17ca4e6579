/** A link of a response to another operation, in the words of OpenAPI. */
export interface Link {
  operationId: string;
  description: string;
  parameters: Record<string, string>;
  requestBody?: object;
}

const body = (pointer: string) => `$response.body#${pointer}`;
const path = (name: string) => `$request.path.${name}`;

function to(
  operationId: string,
  description: string,
  parameters: Record<string, string>,
  requestBody?: object,
): Link {
  return { operationId, description, parameters, ...(requestBody ? { requestBody } : {}) };
}

const ofSet = (id: string) => [
  to('getPromptSet', 'The set.', { set_id: id }),
  to('listPrompts', 'The prompts of its draft.', { set_id: id }),
  to('createPrompt', 'Adds a prompt to its draft.', { set_id: id }),
  to('importPrompts', 'Imports prompts into its draft.', { set_id: id }),
  to('getNextVersion', 'What would be published.', { set_id: id }),
  to('listVersions', 'Its versions.', { set_id: id }),
  to('listLabels', 'Its labels.', { set_id: id }),
];
/** A write needs the `ETag` that came with the prompt. */
const writesOfPrompt = (id: string) =>
  ['updatePrompt', 'archivePrompt', 'restorePrompt'].map((operation) =>
    to(operation, 'Writes to this revision.', { prompt_id: id, 'If-Match': '$response.header.ETag' }),
  );
const ofPrompt = (id: string) => [
  to('getPrompt', 'The prompt.', { prompt_id: id }),
  to('listRevisions', 'Its revisions.', { prompt_id: id }),
];
const ofVersion = (set: string, number: string) => [
  to('getVersion', 'The version with the reasons of its number.', { set_id: set, number }),
  to('listVersionPrompts', 'Its prompts.', { set_id: set, number }),
];
const ofApiKey = (id: string) => [
  to('revokeApiKey', 'Revokes the key.', { api_key_id: id, 'If-Match': '$response.header.ETag' }),
];

/** The links of the successful response of each operation, by its id. */
export const LINKS: Record<string, Link[]> = {
  getPromptByAddress: [
    to('renderPrompt', 'Renders this version.', { address: body('/prompt/address') }),
    to('getContent', 'Its content, which never changes.', { sha256: body('/prompt/sha256') }),
  ],
  resolveAddresses: [
    to('getContent', 'The content of the first address.', { sha256: body('/data/0/sha256') }),
    to('getPromptByAddress', 'The first prompt.', { address: body('/data/0/resolved') }),
  ],
  listProjects: [to('getProject', 'The first project.', { project: body('/data/0/id') })],
  createProject: [
    to('getProject', 'The project.', { project: body('/project/id') }),
    to('createPromptSet', 'Adds a prompt set.', { project: body('/project/id') }),
    to('listPromptSetsOfProject', 'Its prompt sets.', { project: body('/project/id') }),
  ],
  getProject: [to('listPromptSetsOfProject', 'Its prompt sets.', { project: body('/project/id') })],
  listPromptSets: ofSet(body('/data/0/id')).slice(0, 1),
  listPromptSetsOfProject: ofSet(body('/data/0/id')).slice(0, 1),
  createPromptSet: ofSet(body('/prompt_set/id')),
  getPromptSet: ofSet(body('/prompt_set/id')).slice(1),
  listPrompts: ofPrompt(body('/data/0/id')),
  createPrompt: [...ofPrompt(body('/prompt/id')), ...writesOfPrompt(body('/prompt/id'))],
  getPrompt: [...ofPrompt(body('/prompt/id')).slice(1), ...writesOfPrompt(body('/prompt/id'))],
  updatePrompt: [
    to('getRevision', 'The revision that was saved.', {
      prompt_id: body('/prompt/id'),
      number: body('/prompt/revision'),
    }),
    ...writesOfPrompt(body('/prompt/id')),
  ],
  archivePrompt: writesOfPrompt(body('/prompt/id')),
  restorePrompt: writesOfPrompt(body('/prompt/id')),
  listRevisions: [
    to('getRevision', 'The first revision.', {
      prompt_id: path('prompt_id'),
      number: body('/data/0/number'),
    }),
  ],
  getNextVersion: [
    to(
      'publishVersion',
      'Publishes exactly this draft.',
      { set_id: path('set_id') },
      { checksum: body('/next_version/checksum') },
    ),
  ],
  publishVersion: [
    ...ofVersion(path('set_id'), body('/version/number')),
    to(
      'moveLabel',
      'Points a new label to the version.',
      { set_id: path('set_id') },
      { to: body('/version/number'), from: null },
    ),
  ],
  listVersions: ofVersion(path('set_id'), body('/data/0/number')),
  getVersion: ofVersion(path('set_id'), body('/version/number')).slice(1),
  listVersionPrompts: [
    to('getVersionPrompt', 'The first prompt.', {
      ...{ set_id: path('set_id'), number: path('number') },
      prompt: body('/data/0/slug'),
    }),
  ],
  listLabels: [
    to('listLabelMoves', 'The history of the first label.', {
      set_id: path('set_id'),
      name: body('/data/0/name'),
    }),
  ],
  moveLabel: [
    to('listLabelMoves', 'Its history.', { set_id: path('set_id'), name: body('/label/name') }),
    to('removeLabel', 'Removes the label.', {
      ...{ set_id: path('set_id'), name: body('/label/name') },
      'If-Match': '$response.header.ETag',
    }),
  ],
  listApiKeys: [to('getApiKey', 'The first key.', { api_key_id: body('/data/0/id') })],
  createApiKey: [
    to('getApiKey', 'The key.', { api_key_id: body('/api_key/id') }),
    ...ofApiKey(body('/api_key/id')),
  ],
  getApiKey: ofApiKey(body('/api_key/id')),
};

/** The link of a list to its next page: the same request with another cursor. A parameter that wasn't sent stays out. */
export function nextPage(operationId: string, parameters: readonly { name: string; in: string }[]): Link {
  const given = parameters
    .filter((parameter) => parameter.in === 'path' || parameter.in === 'query')
    .map((parameter): [string, string] => [parameter.name, `$request.${parameter.in}.${parameter.name}`]);
  return to(operationId, 'The next page.', {
    ...Object.fromEntries<string>(given),
    cursor: body('/meta/cursor'),
  });
}
