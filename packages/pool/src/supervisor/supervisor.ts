import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { PoolError } from '../errors/pool-error.ts'
import type {
  KillReason,
  ProcessOutput,
  SharedRecord,
  SupervisorData,
  SupervisorEvent,
  SupervisorRequest,
} from './messages.ts'
import { Slots } from './slots.ts'

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly residentLimitMb: number
  readonly captureOutput: boolean
  /** Of this process; the host inherits them as 4, 5, … */
  readonly descriptors: readonly number[]
  /** One of them. */
  readonly record: SharedRecord
}

/** What becomes of a host process; each but `output` is called at most once. */
export interface HostProcessEvents {
  /** The pipe to the host is there; the caller owns it. */
  connected(socket: Socket): void
  killing(reason: KillReason): void
  /** Only when it is captured. */
  output(output: ProcessOutput): void
  /** The process is gone, or could not be started. */
  exited(exit: HostExit): void
}

export interface HostExit {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
}

interface Entry {
  readonly slot: number
  readonly token: string
  readonly events: HostProcessEvents
  pid: number | undefined
  /** Connected before the thread's word that the process was started has arrived. */
  early: Socket | undefined
}

const tokenBytes = 32

/**
 * The gateway's half of the supervisor. A host's pipe is a connection that the supervisor thread opens to this side and the host
 * inherits: Node can pass a connection to a child, but not a pipe between two threads.
 */
export class Supervisor implements AsyncDisposable {
  readonly slots: Slots
  readonly #worker: Worker
  readonly #server: Server
  readonly #folder: string
  readonly #entries = new Map<number, Entry>()
  readonly #freeSlots: number[]
  readonly #lost: (error: Error) => void
  #nextHostId = 1
  #stopped: (() => void) | undefined

  constructor(parts: { slots: Slots; worker: Worker; server: Server; folder: string; lost: (error: Error) => void }) {
    this.slots = parts.slots
    this.#worker = parts.worker
    this.#server = parts.server
    this.#folder = parts.folder
    this.#lost = parts.lost
    this.#freeSlots = Array.from({ length: parts.slots.capacity }, (_, index) => index)
    this.#server.on('connection', (socket) => this.#accept(socket))
    this.#worker.on('message', (event: SupervisorEvent) => this.#receive(event))
    this.#worker.on('error', (error) => this.#fail(error as Error))
    this.#worker.on('exit', (code) => this.#fail(new Error(`the supervisor thread ended with code ${code}`)))
  }

  /** @param lost called when the thread is gone although nobody stopped it; its hosts are killed right after. */
  static async start(options: {
    capacity: number
    sampleEveryMs: number
    lost: (error: Error) => void
  }): Promise<Supervisor> {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-'))
    const socketPath = join(folder, 'hosts.sock')
    const server = createServer({ pauseOnConnect: true })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve))
    const slots = new Slots(options.capacity)
    const workerData: SupervisorData = { slots: slots.buffer, socketPath, sampleEveryMs: options.sampleEveryMs }
    const worker = new Worker(new URL(import.meta.resolve('#supervisor')), {
      workerData,
      execArgv: [],
      env: {},
      name: 'supervisor',
    })
    return new Supervisor({ slots, worker, server, folder, lost: options.lost })
  }

  /** Starts a host process. Returns its id and its row in {@link slots}. */
  spawn(options: SpawnOptions, events: HostProcessEvents): { hostId: number; slot: number } {
    const slot = this.#freeSlots.pop()
    if (slot === undefined)
      throw new PoolError('EK_POOL_START', `no host can be started: all ${this.slots.capacity} places are taken`)
    const hostId = this.#nextHostId++
    const token = randomBytes(tokenBytes).toString('hex')
    this.slots.reset(slot, options.residentLimitMb)
    this.#entries.set(hostId, { slot, token, events, pid: undefined, early: undefined })
    const { residentLimitMb: _shared, ...process } = options
    this.#request({ type: 'spawn', hostId, slot, token, ...process })
    return { hostId, slot }
  }

  kill(hostId: number, reason: KillReason): void {
    this.#request({ type: 'kill', hostId, reason })
  }

  pidOf(hostId: number): number | undefined {
    return this.#entries.get(hostId)?.pid
  }

  /** Kills every host, waits until all are gone, and ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped !== undefined) return
    const stopped = Promise.withResolvers<void>()
    this.#stopped = stopped.resolve
    this.#request({ type: 'stop' })
    await stopped.promise
    await this.#worker.terminate()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await rm(this.#folder, { recursive: true, force: true })
  }

  #request(request: SupervisorRequest): void {
    this.#worker.postMessage(request)
  }

  /** The first bytes of a connection say which host it is; only the supervisor thread knows them. */
  #accept(socket: Socket): void {
    socket.once('error', () => socket.destroy())
    socket.once('readable', () => {
      const token = (socket.read(tokenBytes * 2) as Buffer | null)?.toString('latin1')
      const entry = [...this.#entries.values()].find((each) => each.token === token)
      if (entry === undefined) socket.destroy()
      else if (entry.pid === undefined) entry.early = socket
      else entry.events.connected(socket)
    })
    socket.read(0)
  }

  #receive(event: SupervisorEvent): void {
    if (event.type === 'stopped') {
      this.#stopped?.()
      return
    }
    const entry = this.#entries.get(event.hostId)
    if (entry === undefined) return
    if (event.type === 'spawned') spawned(entry, event.pid)
    else if (event.type === 'killing') entry.events.killing(event.reason)
    else if (event.type === 'output') entry.events.output(event.output)
    else
      this.#remove(
        event.hostId,
        entry,
        event.type === 'exited' ? event : { code: null, signal: null, stderr: event.message },
      )
  }

  #remove(hostId: number, entry: Entry, exit: HostExit): void {
    this.#entries.delete(hostId)
    entry.early?.destroy()
    this.#freeSlots.push(entry.slot)
    entry.events.exited({ code: exit.code, signal: exit.signal, stderr: exit.stderr })
  }

  /** Without the thread nobody would kill: no host may go on. */
  #fail(error: Error): void {
    if (this.#stopped !== undefined) {
      this.#stopped()
      return
    }
    this.#stopped = () => undefined
    this.#lost(error)
    for (const [hostId, entry] of this.#entries) {
      if (entry.pid !== undefined) killQuietly(entry.pid)
      this.#remove(hostId, entry, { code: null, signal: 'SIGKILL', stderr: error.message })
    }
    this.#server.close()
    void rm(this.#folder, { recursive: true, force: true })
  }
}

/** From here on its process id is known to whoever uses the connection. */
function spawned(entry: Entry, pid: number): void {
  entry.pid = pid
  const { early } = entry
  entry.early = undefined
  if (early !== undefined) entry.events.connected(early)
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // The process has ended by itself.
  }
}
