/** Replays the case files: behaviour of ordinary blocks, and hostile ones that must be answered in time and harm nobody. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { slackMs } from '../support/slack.ts'
import { startTestServer, type RunAnswer, type TestServer } from '../support/test-server.ts'

interface Case {
  readonly name: string
  readonly code: string
  readonly input: unknown
  readonly language?: 'ts'
  readonly expect: {
    readonly result?: unknown
    readonly result_not?: unknown
    readonly error?: string | readonly string[]
    readonly alive_after?: boolean
    readonly max_ms?: number
    /** Where the error is, in lines from 1. */
    readonly line?: number
    /** Messages of the log, and codes of the warnings. */
    readonly logs?: readonly string[]
    readonly warnings?: readonly string[]
  }
}

const wallMs = 2_000
let server: TestServer

/** Each recursion of this block keeps the promise before it alive, some 170 MB a second: with more time, memory is what ends it. */
const shorterWallMs: Readonly<Record<string, number>> = { 'timeout-microtask-loop': 400 }

before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

suite('blocks', () => {
  for (const each of [...readCases('blocks.jsonl'), ...readCases('more-blocks.jsonl')]) {
    test(each.name, async () => {
      const { code, input, language = 'js', name } = each
      const limits = { wallMs: shorterWallMs[name] ?? wallMs }
      checkExpectation(each, await server.run(code, { input, language, limits }))
    })
  }
})

suite('attacks', () => {
  for (const each of [...readCases('attacks.jsonl'), ...readCases('more-attacks.jsonl')]) {
    test(each.name, async () => {
      const { code, connections, close } = await withCanaryPort(each.code)
      try {
        const answer = await server.run(code, { input: each.input, limits: { wallMs } })
        checkExpectation(each, answer)
        assert.ok(
          answer.elapsedMs < (each.expect.max_ms ?? wallMs + slackMs()),
          `answered after ${answer.elapsedMs} ms`,
        )
        assert.equal((await server.run('return 1')).body.result, 1)
        assert.equal(connections(), 0)
      } finally {
        await close()
      }
    })
  }
})

function readCases(file: string): Case[] {
  const text = readFileSync(new URL(`../cases/${file}`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case)
}

function checkExpectation({ expect }: Case, { body, status }: RunAnswer): void {
  const shown = JSON.stringify(body).slice(0, 500)
  if ('result' in expect) assert.deepEqual(body.result, expect.result, shown)
  if ('result_not' in expect) assert.notEqual(body.result, expect.result_not, shown)
  const { logs, warnings } = expect
  if (logs !== undefined)
    assert.deepEqual(
      body.logs?.map(({ message }) => message),
      logs,
    )
  if (warnings !== undefined)
    assert.deepEqual(
      body.warnings?.map(({ code }) => code),
      warnings,
    )
  if (expect.line !== undefined) assert.equal(body.error?.line, expect.line, shown)
  if (expect.error === undefined) return
  const accepted = [expect.error].flat()
  const { type } = body.error ?? assert.fail(shown)
  // `RuntimeError` stands for whatever class the block threw.
  assert.ok(
    accepted.includes(type) || (accepted.includes('RuntimeError') && status === 422) || accepted.includes('any'),
    shown,
  )
}

/** A loopback port on which nothing may arrive. */
async function withCanaryPort(
  code: string,
): Promise<{ code: string; connections: () => number; close: () => Promise<void> }> {
  if (!code.includes('PORT')) return { code, connections: () => 0, close: () => Promise.resolve() }
  let connections = 0
  const canary = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
  const { port } = canary.address() as { port: number }
  const close = (): Promise<void> => new Promise((resolve) => canary.close(() => resolve()))
  return { code: code.replaceAll('PORT', String(port)), connections: () => connections, close }
}
