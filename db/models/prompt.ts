import { BaseModel, type AuthorKind } from './base.ts';

export class Prompt extends BaseModel {
  static override tableName = 'prompts';
  static override idColumn = ['organisation_id', 'id'];
  declare organisationId: string;
  declare id: string;
  declare draftId: string;
  declare setId: string;
  declare slug: string;
  declare name: string;
  /** Number of the newest revision. */
  declare revision: number;
  declare contentSha256: string;
  declare archivedAt: Date | null;
  declare createdAt: Date;
  /** When the draft changed here: a save, an archiving, a restore. The last save has its time in its revision. */
  declare updatedAt: Date;
  /** Set by a trigger: the number of the newest change of content or state, in the order of all changes. */
  declare changeNumber: string;
}

export class Revision extends BaseModel {
  static override tableName = 'revisions';
  static override idColumn = ['organisation_id', 'prompt_id', 'number'];
  declare organisationId: string;
  declare promptId: string;
  declare number: number;
  declare contentSha256: string;
  declare source: 'save' | 'import';
  declare authorKind: AuthorKind;
  declare authorId: string;
  declare createdAt: Date;
}

export class Content extends BaseModel {
  static override tableName = 'contents';
  static override idColumn = ['organisation_id', 'sha256'];
  declare organisationId: string;
  declare sha256: string;
  /** Canonical JSON of a PromptContent. */
  declare body: string;
  /** Slugs that its templates render. */
  declare renders: string[];
}

export class ReservedSlug extends BaseModel {
  static override tableName = 'reserved_slugs';
  static override idColumn = ['organisation_id', 'parent_id', 'slug'];
  declare organisationId: string;
  declare parentId: string;
  declare slug: string;
  declare thingId: string;
}
