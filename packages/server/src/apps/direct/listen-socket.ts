import { existsSync, rmSync } from 'node:fs'
import * as net from 'node:net'
import { ServerError } from '../../errors/server-error.ts'

/**
 * A socket that is bound here and accepted from in the runtimes: they share one queue of connections, so that whoever is free takes
 * the next, and none is lost while runtimes come and go.
 */
export interface ListenSocket extends Disposable {
  readonly descriptor: number
  readonly url: string
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly unix: string | undefined
  readonly secure: boolean
}

/** Throws `EK_PORT_TAKEN` or `EK_LISTEN`. */
export async function bindSocket(address: ListenAddress): Promise<ListenSocket> {
  if (typeof net.BoundSocket !== 'function')
    throw new ServerError('EK_LISTEN', `apps need Node 26.4 or newer, and this is ${process.version}`)
  await assertFree(address)
  const bound = bind(address)
  return { descriptor: bound.fd(), url: urlOf(address, bound), [Symbol.dispose]: () => release(address, bound) }
}

interface PathOptions {
  readonly path: string
}

function bind({ host, port, unix }: ListenAddress): net.BoundSocket {
  try {
    // The types of Node 26.4 do not know `path` yet, which came with a later release.
    return unix === undefined
      ? new net.BoundSocket({ host, port })
      : new net.BoundSocket({ path: unix } as PathOptions as object)
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, { host, port, unix })
  }
}

/** A bind succeeds beside a socket that listens only when that one shares its port; so it is tried as a server would. */
async function assertFree({ host, port, unix }: ListenAddress): Promise<void> {
  if (unix !== undefined) return removeStale(unix)
  if (port === 0) return
  const probe = net.createServer()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  probe.once('error', reject)
  probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()))
  try {
    await promise
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, { host, port, unix })
  }
}

/** A socket file that nobody answers at was left behind. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return
  const isAnswered = await new Promise<boolean>((resolve) => {
    const probe = net.connect(path, () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
  if (isAnswered) throw new ServerError('EK_PORT_TAKEN', `the Unix socket "${path}" is in use`)
  rmSync(path)
}

function listenError(
  { code, message }: NodeJS.ErrnoException,
  { host, port, unix }: Omit<ListenAddress, 'secure'>,
): ServerError {
  const where = unix === undefined ? `port ${port} on ${host}` : `the Unix socket "${unix}"`
  if (code === 'EADDRINUSE')
    return new ServerError('EK_PORT_TAKEN', `${where} is in use`, { hint: 'Stop the other program, or choose another' })
  return new ServerError('EK_LISTEN', `cannot listen on ${where}: ${message}`)
}

function urlOf({ unix, secure }: ListenAddress, bound: net.BoundSocket): string {
  const scheme = secure ? 'https' : 'http'
  if (unix !== undefined) return `${scheme}+unix:${unix}`
  const { address, family, port } = bound.address()
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function release({ unix }: ListenAddress, bound: net.BoundSocket): void {
  bound[Symbol.dispose]()
  if (unix !== undefined) rmSync(unix, { force: true })
}
