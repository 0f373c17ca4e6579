import { BaseModel, type AuthorKind } from './base.ts';

export type Scope =
  'read:prompts' | 'read:drafts' | 'write:prompts' | 'publish:versions' | 'manage:organisation';

export class ApiKey extends BaseModel {
  static override tableName = 'api_keys';
  static override idColumn = ['organisation_id', 'id'];
  declare organisationId: string;
  declare id: string;
  declare name: string;
  declare tokenSha256: string;
  declare tokenStart: string;
  declare scopes: Scope[];
  declare limitedToProjects: boolean;
  declare authorKind: AuthorKind;
  declare authorId: string;
  declare createdAt: Date;
  declare expiresAt: Date | null;
  declare lastUsedAt: Date | null;
  declare revokedAt: Date | null;
}

export class ApiKeyProject extends BaseModel {
  static override tableName = 'api_key_projects';
  static override idColumn = ['organisation_id', 'api_key_id', 'project_id'];
  declare organisationId: string;
  declare apiKeyId: string;
  declare projectId: string;
}
