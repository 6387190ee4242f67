/**
 * `/auto-allocated-topology/{project_id}`: a network of one's own for the asking. Reading it makes it.
 * Source: Networking API v2.0, "Auto allocated topologies".
 */
import { NotAuthorized } from '#plugin/errors.ts'
import { definePlugin, type Operation, type PluginHost, type RouteRequest } from '#plugin/plugin.ts'
import { BadRequest } from '#resource/errors.ts'
import { StoreBusy, type Tx } from '#store/store.ts'
import { serveDefaultNetwork } from './default-network.ts'
import api from './definition.ts'
import { checkRequirements, findTopology, makeTopology, removeTopology } from './topology.ts'

const PATH = '/auto-allocated-topology/{project_id}'
const DRY_RUN = 'dry-run'
/** Turns of looking for a topology and making it: each that fails found that another has it, and it was gone again. */
const TURNS_MAX = 5

export default definePlugin({
  api,
  start(host: PluginHost) {
    const { route, store, resources } = host
    serveDefaultNetwork(host)
    const get = async (request: RouteRequest) => {
      const project = projectOf(request)
      await request.enforce('get_auto_allocated_topology', { project_id: project })
      const fields = request.query.getAll('fields').filter((field) => field !== '')
      const asOp = (tx: Tx): Operation => ({ tx, context: request.context })
      if (fields.includes(DRY_RUN)) {
        await store.read((tx) => checkRequirements(asOp(tx)))
        return { status: 200, body: { auto_allocated_topology: { id: 'dry-run=pass', tenant_id: project } } }
      }
      if (fields.length > 0) throw BadRequest({ resource: 'auto_allocate', msg: 'Unrecognized field' })
      return answer(await ensureTopology(host, asOp, project), project)
    }
    route(
      'GET',
      PATH,
      get,
      "The project's network, made when it is first asked for; `fields=dry-run`: whether it could be",
    )
    route(
      'DELETE',
      PATH,
      async (request) => {
        const project = projectOf(request)
        await request.enforce('delete_auto_allocated_topology', { project_id: project })
        await store.transaction((tx) => removeTopology({ tx, context: request.context }, resources, project))
        return { status: 204 }
      },
      "Take the project's network away, with its router",
    )
  },
})

async function ensureTopology(
  { store, resources }: PluginHost,
  asOp: (tx: Tx) => Operation,
  project: string,
): Promise<string> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const id =
      (await store.read((tx) => findTopology(asOp(tx), project))) ??
      (await store.transaction((tx) => makeTopology(asOp(tx), resources, project)))
    if (id !== null) return id
  }
  throw new StoreBusy(`the topology of project ${project} comes and goes`)
}

/** `None`: the caller's own, as clients without a project of their own in mind say it. @throws NotAuthorized */
function projectOf({ params: { project_id = '' }, context }: RouteRequest): string {
  const project = project_id === 'None' ? (context.projectId ?? '') : project_id
  if (!context.isAdmin && project !== context.projectId) throw NotAuthorized()
  return project
}

function answer(id: string, project: string) {
  return { status: 200, body: { auto_allocated_topology: { id, tenant_id: project, project_id: project } } }
}
