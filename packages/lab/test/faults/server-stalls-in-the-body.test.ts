import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { LabResult } from '../../src/result.ts'
import { runFlow } from '../support/run-flow.ts'
import { startServer } from '../support/test-server.ts'

/** How long the planned time really takes on this machine now, from the first request on. */
class Control {
  readonly #took = Promise.withResolvers<number>()
  readonly #plannedMs: number
  #started = false

  constructor(plannedMs: number) {
    this.#plannedMs = plannedMs
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    const startMs = performance.now()
    setTimeout(() => this.#took.resolve(performance.now() - startMs), this.#plannedMs)
  }

  get tookMs(): Promise<number> {
    return this.#took.promise
  }
}

/** Headers at once, the body after `bodyMs`. */
async function slowBody(limitMs: number, bodyMs: number, http: Record<string, unknown>): Promise<void> {
  const control = new Control(limitMs)
  await using server = await startServer((_request, response) => {
    control.start()
    response.writeHead(200, { 'content-length': '4' })
    response.flushHeaders()
    const timer = setTimeout(() => response.end('late'), bodyMs)
    response.on('close', () => clearTimeout(timer))
  })
  const result = await runFlow(server.url, [{ get: { url: '/' } }], { config: { http } })
  assert.deepEqual(
    result.errors.map(({ code, count }) => [code, count]),
    [['ETIMEDOUT', 1]],
  )
  // The user came 10 ms into the run.
  const cutAtMs = (result.errors[0]?.firstMs ?? 0) - 10
  assert.ok(cutAtMs >= limitMs - 1, `cut after ${cutAtMs} ms`)
  assert.ok(cutAtMs <= Math.max(limitMs, await control.tookMs) + 200, `cut after ${cutAtMs} ms`)
}

async function stalled(http: Record<string, unknown>): Promise<{ result: LabResult; tookMs: number }> {
  await using server = await startServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
  })
  const startMs = performance.now()
  const result = await runFlow(server.url, [{ get: { url: '/' } }], { config: { http } })
  return { result, tookMs: performance.now() - startMs }
}

suite('a server that stalls in the body', { concurrency: true }, () => {
  test('is cut after the time limit of the whole response, and counted once', async () => {
    const { result, tookMs } = await stalled({ timeout: '300ms' })
    assert.deepEqual(
      result.errors.map(({ code, count }) => [code, count]),
      [['ETIMEDOUT', 1]],
    )
    assert.match(result.errors[0]?.message ?? '', /no complete response within 300 ms/)
    assert.ok(tookMs >= 295, String(tookMs))
    assert.equal(result.requests.failed, 1)
    assert.equal(result.requests.responses, 0)
  })

  test('is counted by its older name on request', async () => {
    const { result } = await stalled({ timeout: 0.1, timeoutCode: 'ESOCKETTIMEDOUT' })
    assert.equal(result.counters['errors.ESOCKETTIMEDOUT'], 1)
  })

  test('a server that is slow to its first byte can have a limit of its own', async () => {
    await using server = await startServer(() => {})
    const result = await runFlow(server.url, [{ get: { url: '/' } }], {
      config: { http: { firstByteTimeout: '100ms' } },
    })
    assert.match(result.errors[0]?.message ?? '', /no response within 100 ms/)
  })

  test('with a limit of 1 s it is cut between 1.0 and 1.2 s, long before its body comes after 4 s', () =>
    slowBody(1000, 4000, { timeout: 1 }))

  test('without a limit in the script it is cut at 10 s, not at 8', () => slowBody(10_000, 12_000, {}))
})
