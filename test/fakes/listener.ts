/** A client of server-sent events: what it was told, until it goes or the server does. */

export interface HeardEvent {
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  readonly data: any
}

export interface Listener {
  readonly events: readonly HeardEvent[]
  /** Null until the server has answered. */
  readonly headers: Headers | null
  readonly status: number
  readonly lastEventId: string
  /** Texts that are no events: heartbeats. */
  readonly comments: number
  readonly closed: boolean
  /** Resolves when the stream is over, from whichever end. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

export function listen(url: string, token: string, place: { since?: number; lastEventId?: number }): Listener {
  const stop = new AbortController()
  const events: HeardEvent[] = []
  const state = { headers: null as Headers | null, status: 0, lastEventId: '', comments: 0, closed: false }
  const headers = {
    'x-auth-token': token,
    accept: 'text/event-stream',
    ...(place.lastEventId === undefined ? {} : { 'last-event-id': String(place.lastEventId) }),
  }
  const target = place.since === undefined ? url : `${url}?since=${place.since}`
  const read = async () => {
    let response: Response
    for (;;) {
      response = await fetch(target, { headers, signal: stop.signal })
      if (response.status !== 503) break
      await response.text()
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    state.status = response.status
    state.headers = response.headers
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        take(text.slice(0, end))
        text = text.slice(end + 2)
      }
    }
  }
  const take = (block: string) => {
    let event = 'message'
    let data: string | null = null
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^(\w*): ?(.*)$/.exec(line) ?? []
      if (field === '') state.comments += 1
      if (field === 'id') state.lastEventId = value
      if (field === 'event') event = value
      if (field === 'data') data = value
    }
    if (data !== null) events.push({ event, data: JSON.parse(data) })
  }
  const ended = read()
    .catch(() => {})
    .finally(() => {
      state.closed = true
    })
  return {
    events,
    ended,
    get headers() {
      return state.headers
    },
    get status() {
      return state.status
    },
    get lastEventId() {
      return state.lastEventId
    },
    get comments() {
      return state.comments
    },
    get closed() {
      return state.closed
    },
    async close() {
      stop.abort()
      await ended
    },
  }
}
