/** Networks as rows. Features that add attributes widen both the row's type and the table. */
import { type StandardRow, standardKinds, type TaggedRow, taggedKinds } from '#store/standard.ts'
import { type Table, table } from '#store/store.ts'

interface Base extends StandardRow, TaggedRow {
  admin_state_up: boolean
  status: string
}

export interface Network extends Base {}

export const networks = table<Base>('networks', {
  ...standardKinds,
  ...taggedKinds,
  admin_state_up: 'boolean',
  status: 'text',
}) as Table<Network>
