/** Networks under the names this resource has for their columns. */
import { table } from '#store/store.ts'

export interface NetworkIpAvailability {
  readonly id: string
  readonly network_id: string
  readonly network_name: string
  readonly project_id: string | null
}

export const networkIpAvailabilities = table<NetworkIpAvailability>('network_ip_availabilities', {
  id: 'text',
  network_id: 'text',
  network_name: 'text',
  project_id: 'text',
})
