/** Defaults of `stateful` as rows. Imports nothing of security groups, which read it. */
import { table } from '#store/store.ts'

export interface DefaultStatefulness {
  id: string
  /** Null: for every project that has none of its own. */
  project_id: string | null
  stateful: boolean
  /** The project, or `*`: one for each. */
  scope: string
}

/** The scope of what is for all projects. */
export const EVERYWHERE = '*'

export const defaultStatefulness = table<DefaultStatefulness>('security_groups_default_statefulness', {
  id: 'text',
  project_id: 'text',
  stateful: 'boolean',
  scope: 'text',
})
