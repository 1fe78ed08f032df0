import { createServer } from 'node:net'
import { once } from 'node:events'
import { request } from 'undici'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { ProcessGroup } from './process-group.ts'

/** A server that can be loaded: one of ours, or one that was running already. */
export interface Server extends AsyncDisposable {
  readonly url: string
  /** Roots of its processes, for its CPU time; empty when they are not known. */
  readonly pids: readonly number[]
  /** Resolves when a server of ours has ended, with what it said last; pends for one that was running already. */
  readonly died: Promise<string>
}

export interface ServerCommand {
  readonly label: string
  /** A shell command; `{port}` in it and `PORT` in its environment are the port to listen on. */
  readonly command: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path of the URL to load. */
  readonly path: string
  readonly readyTimeoutMs: number
  readonly signal?: AbortSignal
}

/** Starts a server on a free port of loopback and waits until it answers. Disposing ends it and all that it started. */
export async function startServer(options: ServerCommand): Promise<Server> {
  const port = await freePort()
  const command = options.command.replaceAll('{port}', String(port))
  const group = await ProcessGroup.start(command, {
    cwd: options.cwd,
    env: { ...options.env, PORT: String(port) },
  }).catch((error: unknown) => {
    throw new LabError('EK_LAB_SERVER_START', `${options.label} could not be started: ${messageOf(error)}`, {
      cause: error,
    })
  })
  const url = `http://127.0.0.1:${port}${options.path}`
  try {
    await untilReady(url, group, options)
  } catch (error) {
    await group.stop()
    throw error
  }
  const died = group.exited.then(({ code, signal }) => `ended with ${signal ?? `code ${code}`}: ${group.output}`)
  return { url, pids: [group.pid], died, [Symbol.asyncDispose]: () => group.stop() }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function untilReady(url: string, group: ProcessGroup, options: ServerCommand): Promise<void> {
  const startedAt = performance.now()
  let last = 'it never answered'
  while (performance.now() - startedAt < options.readyTimeoutMs) {
    if (options.signal?.aborted === true)
      throw new LabError('EK_LAB_SERVER_START', `${options.label} was given up: ${String(options.signal.reason)}`)
    if (group.exit !== undefined)
      throw new LabError('EK_LAB_SERVER_START', `${options.label} ended before it was ready: ${endOf(group)}`)
    const answer = await probe(url)
    if (answer === 'ready') return
    last = answer
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new LabError(
    'EK_LAB_SERVER_START',
    `${options.label} was not ready at ${url} after ${options.readyTimeoutMs / 1000} s (${last}): ${group.output}`,
    { hint: 'the command must listen on the port in {port} or PORT, on 127.0.0.1' },
  )
}

function endOf(group: ProcessGroup): string {
  const code = group.exit?.signal ?? `code ${String(group.exit?.code)}`
  return group.output === '' ? String(code) : `${code}, ${group.output}`
}

/** A server is ready when it answers the URL with anything but an error of its own. */
async function probe(url: string): Promise<string> {
  try {
    const response = await request(url, { headersTimeout: 2000, bodyTimeout: 2000, headers: { connection: 'close' } })
    await response.body.dump()
    return response.statusCode < 500 ? 'ready' : `it answered ${response.statusCode}`
  } catch (error) {
    return messageOf(error)
  }
}
