/** A process with a pool whose hosts are busy in both ways; says so on standard output. */
import { createPool } from '@evenkeel/pool'
import { run } from './run.ts'
import { testEngine } from './test-engine.ts'

const pool = await createPool({ engine: testEngine(), hosts: 2, spares: 1 })
void run(pool, 'spin', { wallMs: 600_000 })
void run(pool, 'wait', { wallMs: 600_000 })
while (pool.stats().parked === 0) await new Promise((resolve) => setImmediate(resolve))
console.log('busy')
