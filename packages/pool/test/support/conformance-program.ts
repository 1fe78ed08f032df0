/** The behaviours of the conformance suite as a program of the process engine. */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProgramContext } from '@evenkeel/pool/process'

const kept: Buffer[] = []
let counter = 0

export const echo = (input: unknown): unknown => input

export function fail(): never {
  throw new RangeError('refused: ü')
}

export function unsendable(): unknown {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}

export function log(): null {
  console.log('one')
  console.error('two')
  return null
}

export function logFlood(): null {
  for (let line = 0; line < 10_000; line += 1) console.log('x'.repeat(100))
  return null
}

export function spin(): never {
  for (;;);
}

export async function grow(): Promise<never> {
  for (;;) {
    kept.push(Buffer.alloc(8 * 1_048_576, 1))
    await sleep(1)
  }
}

export const fill = (characters: unknown): string => 'x'.repeat(Number(characters))

export async function wait(waitMs: unknown, { signal }: ProgramContext): Promise<string> {
  return sleep(Number(waitMs), 'waited', { signal })
}

export const count = (): number => (counter += 1)

export async function call(input: unknown, context: ProgramContext): Promise<unknown> {
  return (await context.call('echo', input, new Uint8Array(3))).meta
}

export async function garbage(): Promise<never> {
  writeSync(3, 'this is no frame, and nothing after it can be trusted')
  return new Promise(() => setInterval(() => undefined, 1_000))
}

export async function streamEcho(input: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond(input)
  for await (const chunk of context.body) await answer.write(chunk)
}

export async function messageEcho(input: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond(input, { messages: true })
  for await (const message of context.body) await answer.write(message)
}

export async function fountain(input: unknown, context: ProgramContext): Promise<void> {
  const answer = context.respond(null)
  for (let chunk = 0; chunk < Number(input); chunk += 1) await answer.write(Buffer.alloc(16 * 1024))
}
