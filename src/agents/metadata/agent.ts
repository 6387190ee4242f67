/**
 * The metadata agent: serves the metadata proxies of this host on a Unix socket and asks Nova for their instances.
 * It changes nothing on the host but the socket. Source: reference of agents and RPC, §3, §8 and §16.
 */
import { readFileSync } from 'node:fs'
import type { AgentHost, RunningAgent } from '#agents/runtime/agent.ts'
import { startReports } from '#agents/runtime/report-state.ts'
import { newRequestId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { agentCommon, common } from '#config/common.ts'
import { type MetadataEvidence, metadataEvidence } from '#rpc/contract/evidence.ts'
import { metadataPlugin } from '#rpc/contract/metadata.ts'
import { client } from '#rpc/rpc.ts'
import { Answers } from './answers.ts'
import { instanceFinder } from './instance.ts'
import { metadata, metadataProxy } from './options.ts'
import { type MetadataServer, startMetadataServer } from './server.ts'

const MODES: Readonly<Record<string, number>> = { deduce: 0o644, user: 0o644, group: 0o664, all: 0o666 }

/** @throws OperatingError when the socket cannot be had. */
export async function startMetadataAgent({ config, transport, log, clock }: AgentHost): Promise<RunningAgent> {
  const options = config.of(metadata)
  const { metadata_proxy_socket } = config.of(metadataProxy)
  const { nova_metadata_host, nova_metadata_port, nova_metadata_protocol } = options
  const { host, rpc_response_timeout } = config.of(common)
  const { report_interval, availability_zone, log_agent_heartbeats } = config.of(agentCommon)
  const plugin = client(transport, metadataPlugin, {
    timeoutMs: rpc_response_timeout * 1000,
    context: () => ({ request_id: newRequestId(), is_admin: true }),
  })
  const file = (path: string | null) => (path ? { data: readFileSync(path) } : null)
  const answers = new Answers(clock)
  const server = await startMetadataServer({
    socketPath: metadata_proxy_socket,
    mode: MODES[options.metadata_proxy_socket_mode] ?? 0o644,
    nova: {
      protocol: nova_metadata_protocol === 'https' ? 'https' : 'http',
      host: nova_metadata_host,
      port: nova_metadata_port,
      tls: {
        rejectUnauthorized: !options.nova_metadata_insecure,
        ca: file(options.auth_ca_cert)?.data,
        cert: file(options.nova_client_cert)?.data,
        key: file(options.nova_client_priv_key)?.data,
      },
    },
    secret: options.metadata_proxy_shared_secret,
    findInstance: instanceFinder(plugin, () => clock.now()),
    answered: (instanceId, status) => answers.note(instanceId, status),
    log,
  })
  const url = `${nova_metadata_protocol}://${nova_metadata_host}:${nova_metadata_port}`
  const served = await transport.serve(metadataEvidence.topic, host, async ({ method, args }) =>
    method === 'explain_port' ? ((await tell(server, answers, url, args)) as unknown as Json) : null,
  )
  const reports = startReports({
    transport,
    state: () => ({
      binary: 'neutron-metadata-agent',
      host,
      topic: 'N/A',
      agent_type: 'Metadata agent',
      availability_zone,
      configurations: { metadata_proxy_socket, nova_metadata_host, nova_metadata_port, log_agent_heartbeats },
    }),
    intervalMs: report_interval * 1000,
    onRevived: () => {},
    log,
    clock,
  })
  return {
    stepsTaken: 0,
    synced: async () => {},
    close: async () => {
      await served.close()
      await reports.close()
      await server.close()
    },
  }
}

/** What Nova says of an instance now, asked as the instance would ask, and what it has said before. */
async function tell(
  server: MetadataServer,
  answers: Answers,
  url: string,
  args: JsonObject,
): Promise<MetadataEvidence> {
  const [id, project_id, address] = [args.instance_id, args.project_id, args.address].map(String)
  const nova = await server.probe({ id: id!, project_id: project_id! }, address!).then(
    (status) => ({ url, status, error: null }),
    (error: Error) => ({ url, status: null, error: error.name === 'AbortError' ? 'no answer in time' : error.message }),
  )
  return { nova, ...answers.of(id!) }
}
