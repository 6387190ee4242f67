/** Projects, users, roles, who has which where, and tokens: the built-in identity's rows. */
import { bigint, boolean, createTable, defineMigration, json, token, uuid } from '#store/schema.ts'

const named = { id: uuid(), name: token(255), enabled: boolean(), extra: json() }

export default defineMigration(
  createTable('identity_projects', { columns: named, primaryKey: ['id'], unique: [['name']] }),
  createTable('identity_users', {
    columns: { ...named, password_hash: token(255, { nullable: true }), default_project_id: uuid({ nullable: true }) },
    primaryKey: ['id'],
    unique: [['name']],
  }),
  createTable('identity_roles', { columns: named, primaryKey: ['id'], unique: [['name']] }),
  createTable('identity_assignments', {
    columns: { user_id: uuid(), project_id: uuid(), role_id: uuid() },
    primaryKey: ['user_id', 'project_id', 'role_id'],
    indexes: [['project_id'], ['role_id']],
    references: [
      { column: 'user_id', table: 'identity_users', onDelete: 'cascade' },
      { column: 'project_id', table: 'identity_projects', onDelete: 'cascade' },
      { column: 'role_id', table: 'identity_roles', onDelete: 'cascade' },
    ],
  }),
  createTable('identity_tokens', {
    columns: {
      token_hash: token(64),
      user_id: uuid(),
      project_id: uuid({ nullable: true }),
      methods: token(64),
      audit_ids: token(64),
      issued_at: bigint(),
      expires_at: bigint(),
    },
    primaryKey: ['token_hash'],
    indexes: [['user_id'], ['project_id'], ['expires_at']],
    references: [
      { column: 'user_id', table: 'identity_users', onDelete: 'cascade' },
      { column: 'project_id', table: 'identity_projects', onDelete: 'cascade' },
    ],
  }),
)
