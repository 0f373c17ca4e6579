import { BaseModel } from './base.ts';

export type Role = 'owner' | 'admin' | 'member' | 'viewer';

export class Membership extends BaseModel {
  static override tableName = 'memberships';
  static override idColumn = ['organisation_id', 'user_id'];
  declare organisationId: string;
  declare userId: string;
  declare role: Role;
  declare createdAt: Date;
}

/** The name to show beside what somebody did; stays when they leave. */
export class Person extends BaseModel {
  static override tableName = 'people';
  static override idColumn = ['organisation_id', 'user_id'];
  declare organisationId: string;
  declare userId: string;
  declare name: string;
}
