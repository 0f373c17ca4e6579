import { BaseModel, type AuthorKind } from './base.ts';

export class Version extends BaseModel {
  static override tableName = 'versions';
  static override idColumn = ['organisation_id', 'set_id', 'ordinal'];
  static override jsonAttributes = ['changes'];
  declare organisationId: string;
  declare setId: string;
  declare ordinal: number;
  declare id: string;
  declare number: string;
  declare checksum: string;
  declare changelog: string;
  declare level: 'major' | 'minor' | 'patch';
  declare behaviour: boolean;
  /** `Change[]` of core/contract, as they were judged when it was published. */
  declare changes: unknown;
  declare baseNumber: string | null;
  declare promptCount: number;
  declare engine: string;
  declare authorKind: AuthorKind;
  declare authorId: string;
  declare createdAt: Date;
  /** Prompts of the main draft with a higher change number may differ from this version. The others don't. */
  declare draftChange: string;
}

export class VersionChange extends BaseModel {
  static override tableName = 'version_changes';
  static override idColumn = ['organisation_id', 'set_id', 'slug', 'from_ordinal'];
  declare organisationId: string;
  declare setId: string;
  declare slug: string;
  declare fromOrdinal: number;
  declare contentSha256: string | null;
}
