import { BaseModel } from './base.ts';

export class Project extends BaseModel {
  static override tableName = 'projects';
  static override idColumn = ['organisation_id', 'id'];
  declare organisationId: string;
  declare id: string;
  declare slug: string;
  declare name: string;
  declare description: string;
  declare createdAt: Date;
}
