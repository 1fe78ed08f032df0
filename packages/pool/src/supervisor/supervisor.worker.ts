/**
 * The supervisor thread: the only place that starts host processes, samples them and kills them. It has an event loop of its own, so
 * a busy gateway cannot delay a kill.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { parentPort, threadId, workerData } from 'node:worker_threads'
import type { MemoryGroup } from './memory-group.ts'
import { MemoryGroups } from './memory-groups.ts'
import type { KillReason, SharedRecord, SupervisorData, SupervisorEvent, SupervisorRequest } from './messages.ts'
import { OutputTap } from './output-tap.ts'
import { preferForOomKill, residentMb, schedule } from './proc.ts'
import { recordOverflows } from './record-overflow.ts'
import { neverMs, Slots } from './slots.ts'

/** Enough for the first lines of a crash report. */
const stderrBytes = 4_000

/** Reading the clocks of all threads costs ten times what a look at the memory does; nothing is decided by them within less. */
const scheduleEveryMs = 100

/** How long before its deadline a host is watched for waiting, and how much longer it may live for that, in milliseconds. */
const watchedMs = 150
const longestPatienceMs = 100

const setpriv = '/usr/bin/setpriv'

interface Supervised {
  readonly slot: number
  readonly record: SharedRecord
  readonly child: ChildProcess
  readonly group: MemoryGroup | undefined
  killedFor: KillReason | undefined
  /** A deadline that is near, and for how long its threads had waited for a processor then. */
  late: { readonly killAtMs: number; readonly waitMs: number } | undefined
  stderr: string
}

const data = workerData as SupervisorData
const slots = new Slots(data.slots)
const hosts = new Map<number, Supervised>()
const groups = MemoryGroups.open(`${process.pid}-${threadId}`)
const sampling = setInterval(sampleAll, data.sampleEveryMs)
let nextScheduleMs = 0
let stopping = false

parentPort?.on('message', (request: SupervisorRequest) => {
  if (request.type === 'spawn') void start(request)
  else if (request.type === 'kill') kill(request.hostId, request.reason)
  else stop()
})

function post(event: SupervisorEvent): void {
  parentPort?.postMessage(event)
}

type SpawnRequest = Extract<SupervisorRequest, { type: 'spawn' }>

/** Connects to the gateway on behalf of the host and passes the connection on as descriptor 3. */
async function start(request: SpawnRequest): Promise<void> {
  try {
    const socket = await introduce(request)
    const [command, args] = endingWithUs(request.command, request.args)
    const child = spawn(command, args, {
      env: request.env,
      stdio: ['ignore', request.captureOutput ? 'pipe' : 'ignore', 'pipe', socket, ...request.descriptors],
    })
    socket.destroy()
    watch(request, child)
  } catch (error) {
    post({ type: 'failed', hostId: request.hostId, message: (error as Error).message })
  }
}

/**
 * On Linux the kernel kills a host when the thread that started it ends, however it ends (prctl PR_SET_PDEATHSIG, by `setpriv` of
 * util-linux). Elsewhere a host ends when it finds its pipe closed, which one whose event loop is stuck does not.
 */
function endingWithUs(command: string, args: readonly string[]): [command: string, args: readonly string[]] {
  return existsSync(setpriv) ? [setpriv, ['--pdeathsig', 'KILL', command, ...args]] : [command, args]
}

function introduce(request: SpawnRequest): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(data.socketPath)
    // What the gateway sends from here on is for the host: not a byte may be read in this process.
    socket.pause()
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.write(request.token, () => resolve(socket))
    })
  })
}

function watch(request: SpawnRequest, child: ChildProcess): void {
  const { hostId, slot, record } = request
  const group =
    child.pid === undefined ? undefined : groups?.add(String(hostId), child.pid, slots.read(slot, 'residentLimitMb'))
  const host: Supervised = { slot, record, child, group, killedFor: undefined, late: undefined, stderr: '' }
  hosts.set(hostId, host)
  child.stderr?.on('data', (chunk: Buffer) => {
    if (host.stderr.length < stderrBytes) host.stderr += chunk.toString('utf8', 0, stderrBytes)
  })
  if (request.captureOutput) capture(hostId, child)
  child.once('error', (error) => post({ type: 'failed', hostId, message: error.message }))
  child.once('close', (code, signal) => {
    hosts.delete(hostId)
    // That its pipe was cut may be known first.
    const byKernel = host.killedFor === undefined || host.killedFor === 'disconnected'
    if (byKernel && group?.exceeded === true) post({ type: 'killing', hostId, reason: 'memory' })
    group?.remove()
    post({ type: 'exited', hostId, code, signal, stderr: host.stderr })
    if (stopping) finishStop()
  })
  if (child.pid === undefined) return
  preferForOomKill(child.pid)
  post({ type: 'spawned', hostId, pid: child.pid })
  if (stopping) kill(hostId, 'retired')
}

function capture(hostId: number, child: ChildProcess): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const source = child[stream]
    if (source === null) continue
    new OutputTap(source, (lines, droppedChars) =>
      post({ type: 'output', hostId, output: { stream, lines, droppedChars } }),
    )
  }
}

function sampleAll(): void {
  const nowMs = Number(process.hrtime.bigint()) / 1e6
  const withSchedule = nowMs >= nextScheduleMs
  if (withSchedule) nextScheduleMs = nowMs + scheduleEveryMs
  for (const [hostId, host] of hosts) sample(hostId, host, nowMs, withSchedule)
}

function sample(hostId: number, host: Supervised, nowMs: number, withSchedule: boolean): void {
  const { pid } = host.child
  if (pid === undefined || host.killedFor !== undefined) return
  if (isOverdue(host, pid, nowMs)) return kill(hostId, 'wall')
  const resident = residentMb(pid)
  slots.write(host.slot, 'residentMb', resident)
  const isTooLarge = resident > slots.read(host.slot, 'residentLimitMb') || recordOverflows(host.record)
  if (isTooLarge) return kill(hostId, 'memory')
  if (!withSchedule) return
  const { cpuMs, waitMs } = schedule(pid)
  slots.write(host.slot, 'cpuMs', cpuMs)
  slots.write(host.slot, 'runQueueWaitMs', waitMs)
}

/** A host that waits for a processor cannot end its program in time: a kill would cost the busy machine a boot on top. */
function isOverdue(host: Supervised, pid: number, nowMs: number): boolean {
  const killAtMs = slots.read(host.slot, 'killAtMs')
  if (nowMs < killAtMs - watchedMs) return false
  const { waitMs } = schedule(pid)
  if (host.late?.killAtMs !== killAtMs) host.late = { killAtMs, waitMs }
  return nowMs >= killAtMs + Math.min(waitMs - host.late.waitMs, longestPatienceMs)
}

function kill(hostId: number, reason: KillReason): void {
  const host = hosts.get(hostId)
  if (host === undefined || host.killedFor !== undefined) return
  host.killedFor = reason
  slots.write(host.slot, 'killAtMs', neverMs)
  host.child.kill('SIGKILL')
  post({ type: 'killing', hostId, reason })
}

function stop(): void {
  stopping = true
  for (const hostId of hosts.keys()) kill(hostId, 'retired')
  finishStop()
}

function finishStop(): void {
  if (hosts.size > 0) return
  clearInterval(sampling)
  groups?.[Symbol.dispose]()
  post({ type: 'stopped' })
  parentPort?.close()
}
