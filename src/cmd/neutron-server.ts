/** The server as a process: the API, and the agents' bus at `transport_url`. */
import { systemClock } from '#base/clock.ts'
import { common } from '#config/common.ts'
import { openTransport } from '#rpc/transports/open.ts'
import { runProcess } from './process.ts'
import { startServer } from './server.ts'

await runProcess('neutron-server', async ({ config, log }) => {
  const transport = await openTransport(config.of(common).transport_url, { role: 'server', log })
  const server = await startServer({ config, schema: 'require', transport, log, clock: systemClock })
  log.info('listening', { url: server.url })
  return {
    close: async () => {
      await server.close()
      await transport.close()
    },
  }
})
