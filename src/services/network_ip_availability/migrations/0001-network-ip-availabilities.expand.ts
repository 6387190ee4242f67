/** Networks, to be listed as what they have left. */
import { createView, defineMigration } from '#store/schema.ts'

export default defineMigration(
  createView('network_ip_availabilities', 'networks', {
    id: 'id',
    network_id: 'id',
    network_name: 'name',
    project_id: 'project_id',
  }),
)
