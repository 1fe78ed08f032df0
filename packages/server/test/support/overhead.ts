import assert from 'node:assert/strict'
import type { TestServer } from './test-server.ts'

const waitMs = 50

/**
 * What an answer takes here and now besides the time that its block wants, in milliseconds: a control for bounds in milliseconds, which
 * a busy machine would miss for reasons of its own. The most of three.
 */
export async function overheadMs(server: TestServer): Promise<number> {
  let most = 0
  for (let round = 0; round < 3; round += 1) {
    const { body, elapsedMs } = await server.run(`await new Promise((r) => setTimeout(r, ${waitMs})); return 1`)
    assert.equal(body.result, 1, JSON.stringify(body))
    most = Math.max(most, elapsedMs - waitMs)
  }
  return most
}

/** The least of some tries, which what others do on the machine cannot make shorter; a value that is small enough ends them. */
export async function least(tries: number, enough: number, measure: () => Promise<number>): Promise<number> {
  let best = Infinity
  for (let round = 0; round < tries && best > enough; round += 1) best = Math.min(best, await measure())
  return best
}
