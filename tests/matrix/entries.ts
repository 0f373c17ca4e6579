import type { RIGHTS, Who } from './who.ts';

/** What a call names: its own fresh thing, or one that does not exist anywhere. */
export interface Target {
  /** Slug; left out: the caller's own. */
  organisation: string | undefined;
  projectId: string;
  project: string;
  setId: string;
  set: string;
  /** `project/set` */
  address: string;
  /** Published in 1.0.0 as `welcome`, with an unpublished change. */
  promptId: string;
  revision: number;
  /** Never published, revision 1. */
  freshId: string;
  /** Archived, revision 1; one was published in 1.0.0. */
  archivedFreshId: string;
  archivedPublishedId: string;
  /** Of the draft. */
  checksum: string;
  /** Of `welcome` in 1.0.0, and of its unpublished change. */
  publishedSha256: string;
  draftSha256: string;
  apiKeyId: string;
}

export interface Call {
  method: string;
  url: string;
  /** Sent as JSON, unless it is a text (CSV). */
  body?: unknown;
  headers?: Record<string, string>;
}

interface Common {
  /** The row of the table; `public`: anybody; `people`: whoever is signed in, wherever. */
  right: keyof typeof RIGHTS | 'public' | 'people';
  /** What the key gets that is limited to another project. */
  elsewhere: 200 | 403 | 404;
  /** What the table can't say, each with its reason beside it. */
  except?: Partial<Record<Who, number>>;
  /** It works once in an organisation: each who is allowed gets one of their own. */
  once?: boolean;
  /** It adds something beside what it names, so it works as often as one likes: nobody needs a fresh thing. */
  adds?: boolean;
}

export interface ProcedureEntry extends Common {
  input: (target: Target, who: Who) => object | undefined;
}

export interface RouteEntry extends Common {
  call: (target: Target) => Omit<Call, 'method'>;
  /** Delivery takes API keys alone: people are nobody there. */
  keysOnly?: boolean;
  /** A route that answers 200 with an error inside. */
  statusOf?: (body: unknown) => number;
}

export const TEXT_CONTENT = {
  kind: 'text' as const,
  template: 'Hello {{ name }}',
  parameters: [{ name: 'name', type: 'string' as const, required: true as const }],
  config: '{}',
};
