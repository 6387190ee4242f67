/**
 * What is said of the network below a port: kept as it was said. Source: Networking API v2.0, "Port data plane status".
 */
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({ api, start() {} })
