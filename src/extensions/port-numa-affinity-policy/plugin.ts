/**
 * How near a port is to be to the processors of its instance: kept for Nova.
 * Source: Networking API v2.0, "Port NUMA affinity policy".
 */
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({ api, start() {} })
