/** A trusted program for the process engine: each export is a behaviour that a test asks for by name. */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import type { ProgramContext, WarmContext } from '@evenkeel/pool/process'

let warmed: unknown = 'no'
let calls = 0
const counter = { written: 0, stopped: false }

export function warm({ options }: WarmContext): void {
  if ((options as { failWarm?: boolean } | null)?.failWarm === true) throw new Error('warming refused by the test')
  warmed = 'yes'
}

export const state = (): unknown => ({ warmed, calls, env: Object.keys(process.env), ...counter })
export const count = (): number => (calls += 1)
export const render = (props: unknown): Buffer => Buffer.from(`<h1>${(props as { title: string }).title}</h1>`)
export const options = (_input: unknown, context: ProgramContext): unknown => context.options
export const throws = (): never => {
  throw new RangeError('no such page')
}
export const rejects = (): Promise<never> => Promise.reject(new TypeError('rejected'))
export const cycle = (): unknown => {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}
export const print = (): string => {
  console.log('printed to stdout')
  console.error('printed to stderr')
  return 'ok'
}
export const flood = (): string => {
  for (let line = 0; line < 20_000; line += 1) console.log('x'.repeat(100))
  return 'ok'
}

/** Settles with the reason when its signal is aborted. */
export function untilAborted(_input: unknown, { signal }: ProgramContext): Promise<string> {
  const forever = setInterval(() => undefined, 1_000)
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      clearInterval(forever)
      resolve((signal.reason as DOMException).name)
    })
  })
}

/** A connection without an end of its own. */
export async function untilDrained(_head: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond(process.pid)
  const forever = setInterval(() => undefined, 1_000)
  await new Promise((resolve) => context.draining.addEventListener('abort', resolve))
  clearInterval(forever)
  await answer.write('going away')
}

export const pid = (): number => process.pid

/** Makes calls of these names one after the other; what became of each. */
export async function callsOf(names: unknown, context: ProgramContext): Promise<string[]> {
  const ends: string[] = []
  for (const name of names as string[])
    ends.push(
      await context.call(name, null).then(
        () => 'answered',
        (error: { code?: string }) => error.code ?? 'failed',
      ),
    )
  return ends
}

export const givesUp = (_input: unknown, { signal }: ProgramContext): Promise<void> =>
  sleep(600_000, undefined, { signal })

/** Never looks at its signal. */
export const deaf = (): Promise<never> => new Promise(() => undefined)

/** Answers, and throws soon after where nothing catches it. */
export function throwsLater(): string {
  setTimeout(() => {
    throw new Error('uncaught')
  }, 2)
  return 'ok'
}

export const nap = async (): Promise<string> => {
  await sleep(15)
  return 'rested'
}

export const block = (): never => {
  for (;;);
}

/** An HTTP handler in routed mode: the head comes as the input, the body streams both ways. */
export async function http(head: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond({ status: 200, echo: head })
  for await (const chunk of context.body) await answer.write(chunk)
}

/** Answers every message with itself, its kind and its length. */
export async function socket(_head: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond({ status: 101 }, { messages: true })
  for await (const message of context.body) {
    await answer.write(message)
    await answer.write(`${typeof message}:${message.length}`)
  }
}

/** Writes far more than any window, and counts what got away. */
export async function fountain(input: unknown, context: ProgramContext): Promise<void> {
  const { chunks } = input as { chunks: number }
  const answer = context.respond({ status: 200 })
  counter.written = 0
  counter.stopped = false
  try {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      await answer.write(Buffer.alloc(16_384, chunk % 256))
      counter.written += 1
    }
  } catch (error) {
    counter.stopped = answer.closed.aborted
    throw error
  }
}

/** Begins to answer, reads one chunk, and never another. */
export async function sip(_head: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond('first')
  const source = context.body[Symbol.asyncIterator]()
  const first = await source.next()
  await answer.write(`read ${first.done === true ? 0 : first.value.length}`)
  await untilAborted(undefined, context)
}

/** Reads a part of its body and answers without the rest. */
export async function takeOne(_head: unknown, context: ProgramContext): Promise<void> {
  for await (const chunk of context.body) {
    await context.respond('enough').write(`took ${chunk.length}`)
    return
  }
}

export async function throwsAfterHead(_head: unknown, context: ProgramContext): Promise<void> {
  await context.respond({ status: 200 }).write('half of it')
  await turn()
  throw new Error('broke in the middle')
}

export async function node(_head: unknown, context: ProgramContext): Promise<void> {
  const { Readable } = await import('node:stream')
  const { pipeline } = await import('node:stream/promises')
  await pipeline(Readable.from(context.body), context.respond({ status: 200 }).toWritable())
}

export const twoHeads = (_head: unknown, context: ProgramContext): void => {
  context.respond(1)
  context.respond(2)
}

export const responds = (_head: unknown, context: ProgramContext): void => void context.respond(1)
