/**
 * Whether a port follows the device of its host: kept for the agents that read it with the port.
 * Source: Networking API v2.0, "Uplink status propagation".
 */
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({ api, start() {} })
