/** Networks as rows. Features that add attributes widen both the row's type and the table. */
import { type Table, table } from '#store/store.ts'

interface Base {
  id: string
  project_id: string | null
  name: string
  description: string | null
  created_at: string
  updated_at: string
  revision_number: number
  admin_state_up: boolean
  status: string
  shared: boolean
}

export interface Network extends Base {}

export const networks = table<Base>('networks', {
  id: 'text',
  project_id: 'text',
  name: 'text',
  description: 'text',
  created_at: 'text',
  updated_at: 'text',
  revision_number: 'integer',
  admin_state_up: 'boolean',
  status: 'text',
  shared: 'boolean',
}) as Table<Network>
