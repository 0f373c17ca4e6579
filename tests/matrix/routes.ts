import { TEXT_CONTENT, type RouteEntry, type Target } from './entries.ts';

const V1 = '/api/v1';
const own = ({ organisation }: Target) => (organisation === undefined ? '' : `?organisation=${organisation}`);
const ofSet = (target: Target, rest = '') => `${V1}/prompt_sets/${target.setId}${rest}${own(target)}`;
const ofPrompt = (target: Target, rest = '') => `${V1}/prompts/${target.promptId}${rest}${own(target)}`;
const ifMatch = (tag: string | number) => ({ 'if-match': `"${tag}"` });
const csv = { body: 'name,prompt\nImported,Hello ${name}\n', headers: { 'content-type': 'text/csv' } };

const open = (url: string): RouteEntry => ({ right: 'public', elsewhere: 200, call: () => ({ url }) });

const ERRORS: Record<string, number> = { unauthorized: 401, forbidden: 403, not_found: 404 };

/** What `resolve` says of the one address. */
function statusOfResolved(body: unknown): number {
  const [one] = (body as { data: { error?: { type: string } }[] }).data;
  return one?.error ? (ERRORS[one.error.type] ?? 500) : 200;
}

/**
 * What is no endpoint of its own: the door of the procedures, pages, which ask the procedures in this process, and what
 * the API does not have.
 */
export const OTHER_DOORS = ['/trpc/:path', '/trpc', '/trpc/*', '*', '/api', '/api/*'];

/** Every route by its method and path; what stands behind " (" tells several calls of one apart. */
export const ROUTES: Record<string, RouteEntry> = {
  'GET /live': open('/live'),
  'GET /ready': open('/ready'),
  'GET /health': open('/health?only=app'),
  'GET /api/v1/openapi.json': open(`${V1}/openapi.json`),

  'GET /api/v1/projects': {
    ...{ right: 'findSets', elsewhere: 200 },
    call: (target) => ({ url: `${V1}/projects${own(target)}` }),
  },
  'POST /api/v1/projects': {
    ...{ right: 'makeProjects', elsewhere: 403 },
    adds: true,
    call: (target) => ({ url: `${V1}/projects${own(target)}`, body: { name: 'One more' } }),
  },
  'GET /api/v1/projects/:project': {
    ...{ right: 'findSets', elsewhere: 404 },
    call: (target) => ({ url: `${V1}/projects/${target.project}${own(target)}` }),
  },

  'GET /api/v1/prompt_sets': {
    ...{ right: 'findSets', elsewhere: 200 },
    call: (target) => ({ url: `${V1}/prompt_sets${own(target)}` }),
  },
  'GET /api/v1/projects/:project/prompt_sets': {
    ...{ right: 'findSets', elsewhere: 404 },
    call: (target) => ({ url: `${V1}/projects/${target.projectId}/prompt_sets${own(target)}` }),
  },
  'POST /api/v1/projects/:project/prompt_sets': {
    ...{ right: 'edit', elsewhere: 404 },
    adds: true,
    call: (target) => ({
      url: `${V1}/projects/${target.projectId}/prompt_sets${own(target)}`,
      body: { name: 'One more' },
    }),
  },
  'GET /api/v1/prompt_sets/:set_id': {
    ...{ right: 'findSets', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target) }),
  },

  'GET /api/v1/prompt_sets/:set_id/prompts': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/prompts') }),
  },
  'POST /api/v1/prompt_sets/:set_id/prompts': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/prompts'), body: { name: 'One more', content: TEXT_CONTENT } }),
  },
  'GET /api/v1/prompts/:prompt_id': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    call: (target) => ({ url: ofPrompt(target) }),
  },
  'PATCH /api/v1/prompts/:prompt_id': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({
      url: ofPrompt(target),
      body: { content: TEXT_CONTENT },
      headers: ifMatch(target.revision),
    }),
  },
  'POST /api/v1/prompts/:prompt_id/archive (never published)': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({
      url: `${V1}/prompts/${target.freshId}/archive${own(target)}`,
      headers: ifMatch(1),
    }),
  },
  'POST /api/v1/prompts/:prompt_id/archive (published)': {
    ...{ right: 'archivePublished', elsewhere: 404 },
    call: (target) => ({ url: ofPrompt(target, '/archive'), headers: ifMatch(target.revision) }),
  },
  'POST /api/v1/prompts/:prompt_id/restore (never published)': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({
      url: `${V1}/prompts/${target.archivedFreshId}/restore${own(target)}`,
      headers: ifMatch('1-archived'),
    }),
  },
  'POST /api/v1/prompts/:prompt_id/restore (published)': {
    ...{ right: 'archivePublished', elsewhere: 404 },
    call: (target) => ({
      url: `${V1}/prompts/${target.archivedPublishedId}/restore${own(target)}`,
      headers: ifMatch('1-archived'),
    }),
  },
  'GET /api/v1/prompts/:prompt_id/revisions': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    call: (target) => ({ url: ofPrompt(target, '/revisions') }),
  },
  'GET /api/v1/prompts/:prompt_id/revisions/:number': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    call: (target) => ({ url: ofPrompt(target, '/revisions/1') }),
  },

  'GET /api/v1/prompt_sets/:set_id/next_version': {
    ...{ right: 'seeNextVersion', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/next_version') }),
  },
  'GET /api/v1/prompt_sets/:set_id/versions': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/versions') }),
  },
  'POST /api/v1/prompt_sets/:set_id/versions': {
    ...{ right: 'publish', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/versions'), body: { checksum: target.checksum } }),
  },
  'GET /api/v1/prompt_sets/:set_id/versions/:number': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/versions/1.0.0') }),
  },
  'GET /api/v1/prompt_sets/:set_id/compare': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => {
      const url = ofSet(target, '/compare');
      return { url: `${url}${url.includes('?') ? '&' : '?'}from=1.0.0&to=1.0.0` };
    },
  },
  'GET /api/v1/prompt_sets/:set_id/changed_prompts (against the draft)': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    call: (target) => {
      const url = ofSet(target, '/changed_prompts');
      return { url: `${url}${url.includes('?') ? '&' : '?'}from=1.0.0` };
    },
  },
  'GET /api/v1/prompt_sets/:set_id/changed_prompts (against a version)': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => {
      const url = ofSet(target, '/changed_prompts');
      return { url: `${url}${url.includes('?') ? '&' : '?'}from=1.0.0&to=1.0.0` };
    },
  },
  'GET /api/v1/prompt_sets/:set_id/versions/:number/prompts': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/versions/1.0.0/prompts') }),
  },
  'GET /api/v1/prompt_sets/:set_id/versions/:number/prompts/:prompt': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/versions/1.0.0/prompts/welcome') }),
  },

  'GET /api/v1/prompt_sets/:set_id/labels': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/labels') }),
  },
  'PUT /api/v1/prompt_sets/:set_id/labels/:name': {
    ...{ right: 'publish', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/labels/staging'), body: { from: null, to: '1.0.0' } }),
  },
  'DELETE /api/v1/prompt_sets/:set_id/labels/:name': {
    ...{ right: 'publish', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/labels/production'), headers: ifMatch('1.0.0') }),
  },
  'GET /api/v1/prompt_sets/:set_id/labels/:name/history': {
    ...{ right: 'readPublished', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/labels/production/history') }),
  },

  'GET /api/v1/api_keys': {
    ...{ right: 'manageKeys', elsewhere: 200 },
    call: (target) => ({ url: `${V1}/api_keys${own(target)}` }),
  },
  'POST /api/v1/api_keys': {
    // A limited key makes keys with its own limits.
    ...{ right: 'manageKeys', elsewhere: 200 },
    adds: true,
    call: (target) => ({
      url: `${V1}/api_keys${own(target)}`,
      body: { name: 'One more', scopes: ['manage:organisation'] },
    }),
  },
  'GET /api/v1/api_keys/:api_key_id': {
    ...{ right: 'manageKeys', elsewhere: 404 },
    call: (target) => ({ url: `${V1}/api_keys/${target.apiKeyId}${own(target)}` }),
  },
  'DELETE /api/v1/api_keys/:api_key_id': {
    ...{ right: 'manageKeys', elsewhere: 404 },
    call: (target) => ({
      url: `${V1}/api_keys/${target.apiKeyId}${own(target)}`,
      headers: ifMatch('active'),
    }),
  },

  'POST /api/v1/prompt_sets/:set_id/import': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({ url: ofSet(target, '/import'), ...csv }),
  },
  'POST /api/v1/projects/:project/prompt_sets/:set/import': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({
      url: `${V1}/projects/${target.project}/prompt_sets/${target.set}/import${own(target)}`,
      ...csv,
    }),
  },
  'POST /api/v1/projects/:project/prompt_sets/:set/import (a new set)': {
    ...{ right: 'edit', elsewhere: 404 },
    call: (target) => ({
      url: `${V1}/projects/${target.project}/prompt_sets/${target.set}-new/import${own(target)}`,
      ...csv,
    }),
  },

  'GET /api/v1/prompts/by_address/*': {
    ...{ right: 'readPublished', elsewhere: 404, keysOnly: true },
    call: (target) => ({ url: `${V1}/prompts/by_address/${addressOf(target)}@1.0.0` }),
  },
  'GET /api/v1/prompts/by_address/* (the draft)': {
    ...{ right: 'readDrafts', elsewhere: 404, keysOnly: true },
    call: (target) => ({ url: `${V1}/prompts/by_address/${addressOf(target)}@draft` }),
  },
  'POST /api/v1/render/*': {
    ...{ right: 'readPublished', elsewhere: 404, keysOnly: true },
    call: (target) => ({ url: `${V1}/render/${addressOf(target)}@1.0.0`, body: { values: { name: 'Ada' } } }),
  },
  'POST /api/v1/render/* (the draft)': {
    ...{ right: 'readDrafts', elsewhere: 404, keysOnly: true },
    call: (target) => ({ url: `${V1}/render/${addressOf(target)}@draft`, body: { values: { name: 'Ada' } } }),
  },
  'POST /api/v1/resolve': {
    ...{ right: 'readPublished', elsewhere: 404, keysOnly: true, statusOf: statusOfResolved },
    call: (target) => ({ url: `${V1}/resolve`, body: { addresses: [`${addressOf(target)}@1.0.0`] } }),
  },
  'GET /api/v1/contents/:sha256': {
    // "Only what this key may read: a hash in a version, or `read:drafts`": this one stands in a revision too.
    ...{ right: 'readPublished', elsewhere: 404, keysOnly: true, except: { 'read:drafts': 200 } },
    call: (target) => ({ url: `${V1}/contents/${target.publishedSha256}` }),
  },
  'GET /api/v1/contents/:sha256 (of the draft)': {
    // Whoever reads what is published is not told that a draft holds it.
    ...{ right: 'readDrafts', elsewhere: 404, keysOnly: true, except: { 'read:prompts': 404 } },
    call: (target) => ({ url: `${V1}/contents/${target.draftSha256}` }),
  },
};

function addressOf({ organisation, address }: Target): string {
  return `${organisation === undefined ? '' : `@${organisation}/`}${address}/welcome`;
}
