import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { simulateFlow } from '../support/run-flow.ts'

suite('a processor that never calls back', () => {
  const functions = { hang: (_context: unknown, _events: unknown, _done: () => void) => {} }

  test('fails its user after the time limit', async () => {
    const { result } = await simulateFlow([{ function: 'hang' }], undefined, { functions, config: { hookTimeout: 5 } })
    assert.equal(result.counters['errors.EK_LAB_HOOK_TIMEOUT'], 1)
    assert.match(result.errors[0]?.message ?? '', /"hang" did not call back within 5000 ms/)
    assert.ok(result.meta.durationMs >= 5000 && result.meta.durationMs < 6000)
  })

  test('does not keep a stopped run waiting: the user is given up after 1.5 s', async () => {
    const controller = new AbortController()
    const flow = [{ function: 'stop' }, { function: 'hang' }]
    const { result } = await simulateFlow(flow, undefined, {
      functions: { ...functions, stop: () => controller.abort('test') },
      run: { signal: controller.signal },
    })
    assert.equal(result.users.interrupted, 1)
    assert.ok(result.meta.durationMs < 2000, String(result.meta.durationMs))
  })
})
