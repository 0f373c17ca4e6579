import { BaseModel } from './base.ts';

/** One of the parts of a file that is being imported, in order. */
export class ImportPart extends BaseModel {
  static override tableName = 'import_parts';
  static override idColumn = ['organisation_id', 'import_id', 'number'];
  declare organisationId: string;
  declare importId: string;
  /** From 0. */
  declare number: number;
  declare bytes: Buffer;
  declare createdAt: Date;
}
