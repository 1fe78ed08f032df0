/** Our own pool behind a plain server: no tokens, no history, no validation. What the service adds is the difference to this. */
import { createPool } from '@evenkeel/pool'
import { isolateEngine } from '@evenkeel/engine-isolate'
import { createHash } from 'node:crypto'
import { serveBlocks } from './serve-blocks.js'

const pool = await createPool({ engine: isolateEngine(), maxMemoryMb: 128 })
const limits = {
  wallMs: 5_000,
  cpuMs: 1_000,
  memoryMb: 128,
  outputBytes: 5_242_880,
  logBytes: 262_144,
  hostCalls: 20,
}

serveBlocks(async (source, input) => {
  const id = createHash('sha256').update(source).digest('base64url')
  const { outcome } = await pool.run({
    tenant: 'one',
    program: { id, options: { language: 'js' }, source },
    input: JSON.stringify(input),
    limits,
  })
  if (outcome.status !== 'ok') throw new Error(JSON.stringify(outcome))
  return Buffer.from(outcome.output).toString()
})
process.on('SIGTERM', () => void pool.close({ deadlineMs: 0 }).then(() => process.exit(0)))
