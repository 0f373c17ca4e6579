import { BaseModel, type AuthorKind } from './base.ts';

export class Label extends BaseModel {
  static override tableName = 'labels';
  static override idColumn = ['organisation_id', 'set_id', 'name'];
  declare organisationId: string;
  declare setId: string;
  declare name: string;
  declare ordinal: number;
  declare movedAt: Date;
}

export class LabelMove extends BaseModel {
  static override tableName = 'label_moves';
  static override idColumn = ['organisation_id', 'set_id', 'id'];
  declare organisationId: string;
  declare setId: string;
  declare id: string;
  declare name: string;
  declare fromOrdinal: number | null;
  declare toOrdinal: number | null;
  declare reason: string;
  declare authorKind: AuthorKind;
  declare authorId: string;
  declare createdAt: Date;
}
