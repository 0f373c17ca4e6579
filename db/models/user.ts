import { BaseModel } from './base.ts';

/** An account. Owner queries only: the application's role has no right to this table. */
export class User extends BaseModel {
  static override tableName = 'users';
  declare id: string;
  /** Lowered. */
  declare email: string;
  declare name: string;
  declare passwordHash: string | null;
  declare createdAt: Date;
}
