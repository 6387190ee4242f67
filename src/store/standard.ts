/**
 * The columns that nearly every served row has, as a type and as kinds; `standardColumns` of schema.ts is the same for
 * migrations. What they hold is kept by plugin/crud.ts.
 */
import type { ColumnKind } from './store.ts'

/** A row that can be tagged: `tags` is what the side table of extensions/standard-attr-tag says, as shown. */
export interface TaggedRow {
  tags: readonly string[]
}

export const taggedKinds = { tags: 'json' } as const satisfies { readonly [column: string]: ColumnKind }

/** A row with an owner; times are `YYYY-MM-DDTHH:MM:SSZ`. */
export interface OwnedRow {
  id: string
  project_id: string | null
  description: string | null
  created_at: string
  updated_at: string
  revision_number: number
}

export interface StandardRow extends OwnedRow {
  name: string
}

export const ownedKinds = {
  id: 'text',
  project_id: 'text',
  description: 'text',
  created_at: 'text',
  updated_at: 'text',
  revision_number: 'integer',
} as const satisfies { readonly [column: string]: ColumnKind }

export const standardKinds = { ...ownedKinds, name: 'text' } as const
