import { uuidv7 } from 'uuidv7';
import { TEST_PASSWORD } from '#tests/support/factories.ts';
import { TEXT_CONTENT, type ProcedureEntry, type Target } from './entries.ts';
import { LINK_TOKENS, OWNER_EMAIL } from './world.ts';

const own = ({ organisation }: Target) => ({ organisation });
const ofSet = (target: Target) => ({ ...own(target), set_id: target.setId });
const ofSetBySlug = ({ organisation, project, set }: Target) => ({ organisation, project, set });
const ofPrompt = (target: Target) => ({ ...own(target), prompt_id: target.promptId });
/** Of nobody, which the answer doesn't tell; each is mailed to three times an hour at most. */
const anAddress = () => ({ email: `${uuidv7()}@example.com` });

/** Every procedure by its path; what stands behind " (" tells several calls of one apart. */
export const PROCEDURES: Record<string, ProcedureEntry> = {
  'accounts.registration': { right: 'public', elsewhere: 200, input: () => undefined },
  'accounts.register': {
    ...{ right: 'public', elsewhere: 200 },
    input: () => ({ name: 'New', email: `${uuidv7()}@example.com`, password: TEST_PASSWORD }),
  },
  'accounts.signIn': {
    ...{ right: 'public', elsewhere: 200 },
    input: () => ({ email: OWNER_EMAIL, password: TEST_PASSWORD }),
  },
  'accounts.signOut': { right: 'public', elsewhere: 200, input: () => undefined },
  'accounts.switches': { right: 'public', elsewhere: 200, input: () => undefined },
  'accounts.requestPasswordReset': { right: 'public', elsewhere: 200, input: anAddress },
  'accounts.requestSignInLink': { right: 'public', elsewhere: 200, input: anAddress },
  'accounts.requestConfirmation': { right: 'people', elsewhere: 200, input: () => undefined },
  'accounts.link': { right: 'public', elsewhere: 200, input: () => ({ token: LINK_TOKENS.at(0) }) },
  'accounts.useLink': {
    ...{ right: 'public', elsewhere: 200 },
    // Each works once.
    input: () => ({ token: LINK_TOKENS.pop(), password: TEST_PASSWORD }),
  },
  'accounts.me': { right: 'people', elsewhere: 200, input: () => undefined },

  'organisations.home': { right: 'readDrafts', elsewhere: 200, input: own },
  'organisations.publishFirstPrompt': {
    // It makes a project, which a limited key can't; and a key that reads, which one that can't read may not make.
    ...{ right: 'makeProjects', elsewhere: 403, except: { 'manage:organisation': 403 }, once: true },
    input: (target) => ({ ...own(target), template: 'Hello {{ name }}' }),
  },

  'projects.list': { right: 'findSets', elsewhere: 200, input: own },
  'projects.get': {
    ...{ right: 'findSets', elsewhere: 404 },
    input: (target) => ({ ...own(target), project: target.projectId }),
  },
  'projects.get (by slug)': {
    ...{ right: 'findSets', elsewhere: 404 },
    input: (target) => ({ ...own(target), project: target.project }),
  },
  'projects.create': {
    ...{ right: 'makeProjects', elsewhere: 403 },
    adds: true,
    input: (target) => ({ ...own(target), name: 'One more' }),
  },

  'promptSets.list': { right: 'findSets', elsewhere: 200, input: own },
  'promptSets.list (of a project)': {
    ...{ right: 'findSets', elsewhere: 404 },
    input: (target) => ({ ...own(target), project: target.project }),
  },
  'promptSets.get': { right: 'findSets', elsewhere: 404, input: ofSet },
  'promptSets.get (by slug)': { right: 'findSets', elsewhere: 404, input: ofSetBySlug },
  'promptSets.create': {
    ...{ right: 'edit', elsewhere: 404 },
    adds: true,
    input: (target) => ({ ...own(target), project: target.projectId, name: 'One more' }),
  },

  'prompts.list': { right: 'readDrafts', elsewhere: 404, input: ofSet },
  'prompts.get': { right: 'readDrafts', elsewhere: 404, input: ofPrompt },
  'prompts.get (by slug)': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    input: (target) => ({ ...ofSetBySlug(target), prompt: 'welcome' }),
  },
  'prompts.create': {
    ...{ right: 'edit', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), name: 'One more', content: TEXT_CONTENT }),
  },
  'prompts.update': {
    ...{ right: 'edit', elsewhere: 404 },
    input: (target) => ({ ...ofPrompt(target), revision: target.revision, content: TEXT_CONTENT }),
  },
  'prompts.archive (never published)': {
    ...{ right: 'edit', elsewhere: 404 },
    input: (target) => ({ ...own(target), prompt_id: target.freshId, revision: 1 }),
  },
  'prompts.archive (published)': {
    ...{ right: 'archivePublished', elsewhere: 404 },
    input: (target) => ({ ...ofPrompt(target), revision: target.revision }),
  },
  'prompts.restore (never published)': {
    ...{ right: 'edit', elsewhere: 404 },
    input: (target) => ({ ...own(target), prompt_id: target.archivedFreshId, revision: 1 }),
  },
  'prompts.restore (published)': {
    ...{ right: 'archivePublished', elsewhere: 404 },
    input: (target) => ({ ...own(target), prompt_id: target.archivedPublishedId, revision: 1 }),
  },
  'prompts.listRevisions': { right: 'readDrafts', elsewhere: 404, input: ofPrompt },
  'prompts.getRevision': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    input: (target) => ({ ...ofPrompt(target), number: 1 }),
  },
  'prompts.preview': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), content: TEXT_CONTENT, values: { name: 'Ada' } }),
  },

  'versions.next': { right: 'seeNextVersion', elsewhere: 404, input: ofSet },
  'versions.list': { right: 'readPublished', elsewhere: 404, input: ofSet },
  'versions.get': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), number: '1.0.0' }),
  },
  'versions.listPrompts': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), number: '1.0.0' }),
  },
  'versions.listContents': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), number: '1.0.0' }),
  },
  'versions.getPrompt': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), number: '1.0.0', prompt: 'welcome' }),
  },
  'versions.samplePrompt': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), number: '1.0.0', prompt: 'welcome' }),
  },
  'versions.compare': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), from: '1.0.0', to: '1.0.0' }),
  },
  'versions.listChangedPrompts (against the draft)': {
    ...{ right: 'readDrafts', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), from: '1.0.0' }),
  },
  'versions.listChangedPrompts (against a version)': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), from: '1.0.0', to: '1.0.0' }),
  },
  'versions.publish': {
    ...{ right: 'publish', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), checksum: target.checksum }),
  },

  'labels.list': { right: 'readPublished', elsewhere: 404, input: ofSet },
  'labels.listMoves': {
    ...{ right: 'readPublished', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), name: 'production' }),
  },
  'labels.move': {
    ...{ right: 'publish', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), name: 'staging', from: null, to: '1.0.0' }),
  },
  'labels.remove': {
    ...{ right: 'publish', elsewhere: 404 },
    input: (target) => ({ ...ofSet(target), name: 'production', from: '1.0.0' }),
  },

  'apiKeys.list': { right: 'manageKeys', elsewhere: 200, input: own },
  'apiKeys.create': {
    // A limited key makes keys with its own limits.
    ...{ right: 'manageKeys', elsewhere: 200 },
    adds: true,
    input: (target) => ({ ...own(target), name: 'One more', scopes: ['manage:organisation'] }),
  },
  'apiKeys.create (beyond its maker)': {
    // "Never keys beyond itself": people may, a key only what it may itself.
    ...{ right: 'manageKeys', elsewhere: 200, except: { 'manage:organisation': 403 } },
    adds: true,
    input: (target) => ({ ...own(target), name: 'One more', scopes: ['read:prompts'] }),
  },
  'apiKeys.descendants': {
    ...{ right: 'manageKeys', elsewhere: 404 },
    input: (target) => ({ ...own(target), api_key_id: target.apiKeyId }),
  },
  'apiKeys.revoke': {
    ...{ right: 'manageKeys', elsewhere: 404 },
    input: (target) => ({ ...own(target), api_key_id: target.apiKeyId }),
  },
};
