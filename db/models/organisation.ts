import { BaseModel } from './base.ts';

export class Organisation extends BaseModel {
  static override tableName = 'organisations';
  declare id: string;
  declare slug: string;
  declare name: string;
  declare createdAt: Date;
}
