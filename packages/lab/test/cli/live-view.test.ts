import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { LiveView } from '../../src/cli/terminal/live-view.ts'
import type { LoadProgress } from '../../src/index.ts'

function progress(more: Partial<LoadProgress> = {}): LoadProgress {
  return {
    elapsedMs: 5000,
    plannedMs: 20_000,
    phase: { index: 0, name: 'Peak' },
    active: 3,
    users: { intended: 50, created: 50, completed: 46, failed: 1, skipped: 0, interrupted: 0 },
    requests: 150,
    responses: 149,
    failed: 1,
    codes: { 200: 149 },
    errors: [{ code: 'ECONNRESET', message: 'reset', count: 1, firstMs: 1, lastMs: 1 }],
    verdict: 'ok',
    healthMessages: [],
    latency: { count: 149, p50: 1200, p95: 5000, p99: 20_000, max: 31_000 },
    bins: [],
    ...more,
  }
}

function view(terminal: boolean): { readonly view: LiveView; readonly printed: () => string } {
  let text = ''
  const stream = { write: (part: string) => void (text += part), isTTY: terminal, columns: 200 }
  const { signal } = new AbortController()
  const context = { cwd: '.', env: { NO_COLOR: '1' }, stdout: stream, stderr: stream, signal, setExitCode: () => {} }
  return { view: new LiveView(context), printed: () => text }
}

suite('the live view', () => {
  test('redraws one block on a terminal and takes it away at the end', () => {
    const { view: live, printed } = view(true)
    live.update(progress())
    assert.match(
      printed(),
      /25 % {2}15 s left\n5 s {2}Peak {2}users 50 \(3 active\) {2}requests 150 \(30\/s\) {2}failed 1/,
    )
    // 149 answers are too few for p99.
    assert.match(printed(), /p50 1\.20 ms {2}p95 5\.00 ms {2}max 31\.0 ms/)
    assert.match(printed(), /ECONNRESET {2}1/)
    const lines = printed().split('\n').length - 1
    live.update(progress())
    live.end()
    // Both times the whole block is taken off: up by its lines, and cleared to the end.
    assert.equal(printed().split(`\u001B[${lines}A\u001B[0J`).length, 3)
  })

  test('prints one line every ten seconds elsewhere', () => {
    const { view: live, printed } = view(false)
    for (let elapsedMs = 1000; elapsedMs <= 25_000; elapsedMs += 1000) live.update(progress({ elapsedMs }))
    assert.equal(printed().trim().split('\n').length, 3)
  })

  test('says once, and at once, that the generator is the limit', () => {
    for (const terminal of [true, false]) {
      const { view: live, printed } = view(terminal)
      for (let time = 0; time < 3; time++)
        live.update(progress({ verdict: 'limited', healthMessages: ['starts were late'] }))
      assert.equal(printed().split('The generator is the limit: starts were late').length, 2)
    }
  })
})
