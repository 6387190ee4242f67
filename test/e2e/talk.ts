/**
 * One TCP connection, kept busy: `talk.ts serve` echoes on port 7777, `talk.ts ask ADDRESS` sends a number every ten
 * milliseconds and reads it back until SIGTERM, then prints how many were sent and how many came back.
 */
import { connect, createServer } from 'node:net'

const PORT = 7777
const EVERY_MS = 10
const LAST_ANSWERS_MS = 1_000

const [mode, address = ''] = process.argv.slice(2)
if (mode === 'serve') createServer((socket) => socket.pipe(socket)).listen(PORT)
else ask()

function ask(): void {
  const socket = connect({ port: PORT, host: address, noDelay: true })
  let sent = 0
  let received = 0
  let fault: string | null = null
  socket.on('connect', () => console.log('connected'))
  socket.on('data', (chunk) => {
    received += chunk.toString().split('\n').length - 1
  })
  socket.on('error', (error) => {
    fault = error.message
  })
  const timer = setInterval(() => {
    socket.write(`${sent}\n`)
    sent += 1
  }, EVERY_MS)
  process.once('SIGTERM', () => {
    clearInterval(timer)
    setTimeout(() => {
      console.log(JSON.stringify({ sent, received, fault }))
      process.exit(0)
    }, LAST_ANSWERS_MS)
  })
}
