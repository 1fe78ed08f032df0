import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface NullServer extends AsyncDisposable {
  readonly url: string
  readonly pid: number | undefined
}

/** Starts the built-in server that does nothing but answer, in a process of its own. Dispose of it to end it. */
export async function startNullServer(): Promise<NullServer> {
  const child = fork(new URL(import.meta.resolve('#null-server')), {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [address] = (await once(child, 'message')) as [AddressInfo]
  return {
    url: `http://127.0.0.1:${address.port}/`,
    pid: child.pid,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}
