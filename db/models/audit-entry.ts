import { BaseModel, type AuthorKind } from './base.ts';

export class AuditEntry extends BaseModel {
  static override tableName = 'audit_entries';
  static override idColumn = ['organisation_id', 'id'];
  static override jsonAttributes = ['detail'];
  declare organisationId: string;
  declare id: string;
  declare actorKind: AuthorKind;
  declare actorId: string;
  declare action: string;
  declare subjectKind: string;
  declare subjectId: string;
  declare detail: object;
  declare requestId: string | null;
  declare createdAt: Date;
}
