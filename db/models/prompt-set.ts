import { BaseModel } from './base.ts';

export class PromptSet extends BaseModel {
  static override tableName = 'prompt_sets';
  static override idColumn = ['organisation_id', 'id'];
  declare organisationId: string;
  declare id: string;
  declare projectId: string;
  declare slug: string;
  declare name: string;
  declare description: string;
  declare lastOrdinal: number;
  declare createdAt: Date;
}

/** The editable state of a set; the main one has no line. */
export class Draft extends BaseModel {
  static override tableName = 'drafts';
  static override idColumn = ['organisation_id', 'id'];
  declare organisationId: string;
  declare id: string;
  declare setId: string;
  declare line: string | null;
}
