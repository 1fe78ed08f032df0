import { writeSync } from 'node:fs'
import {
  noUsage,
  type HostDriver,
  type Invocation,
  type InvocationPort,
  type Outcome,
  type Usage,
} from '@evenkeel/pool/engine'
import { runHost } from '@evenkeel/pool/host'
import { encodeFrame, frameKinds } from '../../src/wire/frame.ts'

const ballast: Buffer[] = []

/** What a program may say. Each misbehaves as a whole host can. */
const programs: Readonly<Record<string, (invocation: Invocation, port: InvocationPort) => Promise<Outcome>>> = {
  echo: async ({ input }) => ok(input),
  log: async (_invocation, port) => {
    port.log({ level: 'log', message: 'hello', atMs: 1 })
    return ok('null')
  },
  /** Tells the service that it ran, so that a test can count how often. */
  mark: async (_invocation, port) => {
    await port.call({ name: 'mark', meta: null, body: new Uint8Array(0) }, port.signal)
    return ok('null')
  },
  wait: async (_invocation, port) => {
    port.parked()
    await new Promise<void>((resolve) => port.signal.addEventListener('abort', () => resolve()))
    return { status: 'ended', reason: 'cancelled', detail: '', usage: noUsage }
  },
  hold: async (_invocation, port) => {
    const forever = setInterval(() => undefined, 1_000)
    await new Promise<void>((resolve) => port.signal.addEventListener('abort', () => resolve()))
    clearInterval(forever)
    return { status: 'ended', reason: 'cancelled', detail: '', usage: noUsage }
  },
  holdAfterCall: async (invocation, port) => {
    await port.call({ name: 'started', meta: null, body: new Uint8Array(0) }, port.signal)
    return programs['hold']?.(invocation, port) ?? ok('null')
  },
  spin: () => {
    for (;;);
  },
  exit: () => process.exit(3),
  abort: () => process.abort(),
  throw: () => Promise.reject(new Error('driver fault')),
  hung: (_invocation, port) => {
    port.hung('cpu')
    return new Promise(() => setInterval(() => undefined, 1_000))
  },
  hungAndDone: async ({ input }, port) => {
    port.hung('wall')
    await new Promise((resolve) => setTimeout(resolve, 10))
    return ok(input)
  },
  garbage: () => {
    writeSync(3, 'this is no frame, and nothing after it can be trusted')
    return new Promise(() => setInterval(() => undefined, 1_000))
  },
  /** Holds its place for 30 ms, and says that it computed for so long; the processor is free meanwhile. */
  work: async ({ input }) => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    return ok(input, { ...noUsage, wallMs: 30, cpuMs: 30 })
  },
  /** The record of starts is the first descriptor after the pipe. */
  swellRecord: () => {
    const piece = Buffer.alloc(1_048_576, 1)
    for (let count = 0; count < 64; count += 1) writeSync(4, piece, 0, piece.length, count * piece.length)
    return new Promise(() => setInterval(() => undefined, 1_000))
  },
  floodStream: ({ id }) => {
    const chunks = Array.from({ length: 20 }, () => encodeFrame(frameKinds.data, id, undefined, Buffer.alloc(60_000)))
    return raw(encodeFrame(frameKinds.head, id, 'head'), ...chunks)
  },
  dataWithoutHead: ({ id }) => raw(encodeFrame(frameKinds.data, id, undefined, Buffer.from('x'))),
  twoHeadFrames: ({ id }) => raw(encodeFrame(frameKinds.head, id, 1), encodeFrame(frameKinds.head, id, 2)),
  wrongCredit: ({ id }) => raw(encodeFrame(frameKinds.credit, id, 1_000_000)),
  streamInWholeRun: ({ id }) => raw(encodeFrame(frameKinds.head, id, 'head')),
  /** Garbage, so that collections run. */
  litter: async () => {
    for (let count = 0; count < 4_000; count += 1) ballast[0] = Buffer.from(Array.from({ length: 1_000 }, () => count))
    return ok('null')
  },
  grow: () => {
    for (let count = 0; count < 100; count += 1) ballast.push(Buffer.alloc(16 * 1_048_576, 1))
    return new Promise(() => setInterval(() => undefined, 1_000))
  },
}

/** Frames past everything that keeps the protocol, and then silence. */
function raw(...frames: readonly Buffer[]): Promise<never> {
  for (const frame of frames) {
    for (let start = 0; start < frame.length;) start += writeSome(frame.subarray(start))
  }
  return new Promise(() => setInterval(() => undefined, 1_000))
}

/** The pipe does not block, so it may be full. */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(3, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw error
  }
}

function ok(text: string, usage: Usage = noUsage): Outcome {
  return { status: 'ok', output: Buffer.from(text), usage, warnings: [] }
}

runHost((config) => {
  if ((config as { failBoot?: boolean }).failBoot === true) throw new Error('boot refused by the test')
  const driver: HostDriver = {
    invoke: (invocation, port) => {
      const { source } = invocation.program
      if (!source.startsWith('early-')) port.started()
      return (programs[source.replace('early-', '')] ?? assertNever)(invocation, port)
    },
    idle: () => undefined,
    report: () => ({ isolates: 0, stock: 0, stockMisses: 0 }),
  }
  return driver
})

function assertNever(invocation: Invocation): never {
  throw new Error(`the test driver knows no program "${invocation.program.source}"`)
}
