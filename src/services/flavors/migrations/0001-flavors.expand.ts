/** Flavors and service profiles. A profile that is some flavor's cannot be deleted. */
import { boolean, createTable, defineMigration, string, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('flavors', {
    columns: {
      id: uuid(),
      name: string(255, { default: '' }),
      description: string(1024, { default: '', nullable: true }),
      service_type: token(255),
      enabled: boolean({ default: true }),
    },
    primaryKey: ['id'],
  }),
  createTable('service_profiles', {
    columns: {
      id: uuid(),
      description: string(1024, { default: '', nullable: true }),
      driver: string(1024, { default: '' }),
      metainfo: string(4096, { default: '' }),
      enabled: boolean({ default: true }),
    },
    primaryKey: ['id'],
  }),
  createTable('flavor_service_profiles', {
    columns: { flavor_id: uuid(), service_profile_id: uuid() },
    primaryKey: ['flavor_id', 'service_profile_id'],
    references: [
      { column: 'flavor_id', table: 'flavors', onDelete: 'cascade' },
      { column: 'service_profile_id', table: 'service_profiles', onDelete: 'restrict' },
    ],
  }),
)
