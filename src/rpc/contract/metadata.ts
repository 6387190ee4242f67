/** What the metadata agent asks. Source: reference of agents and RPC, §8. */
import type { JsonObject } from '#base/json.ts'
import { contract, method } from '#rpc/rpc.ts'
import type { PortInfo } from './payloads.ts'

export const metadataPlugin = contract('q-plugin', '1.0', {
  /** Filters as the API's: values are lists; `fixed_ips` is `{ip_address: [...]}`. */
  get_ports: method<{ filters: JsonObject }, readonly PortInfo[]>('1.0'),
})
