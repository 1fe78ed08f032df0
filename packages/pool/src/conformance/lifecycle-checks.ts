import assert from 'node:assert/strict'
import { createPool } from '../pool/pool.ts'
import { Bench, endOf } from './bench.ts'
import type { Check } from './subject.ts'

/** Hosts that come and go: freshness, loss, replacement, garbage, a start that fails. */
export const lifecycleChecks: readonly Check[] = [
  {
    topic: 'freshness',
    title: 'every mode that the engine offers keeps its promise',
    async run(subject) {
      const { freshness } = subject.engine()
      for (const mode of freshness) {
        await using bench = await Bench.open(subject, { spares: mode === 'process' ? 1 : 0 })
        const first = await bench.valueOf('count', { freshness: mode })
        const second = await bench.valueOf('count', { freshness: mode })
        assert.deepEqual([mode, first, second], [mode, 1, mode === 'reuse' ? 2 : 1])
      }
    },
  },
  {
    topic: 'host loss',
    title: 'a run that had started when its host was killed is lost, not repeated, and the next one is answered',
    async run(subject) {
      await using bench = await Bench.open(subject, { spares: 1 })
      const waiting = bench.run('wait', { input: 600_000, limits: { wallMs: 600_000 } })
      // Answered by the same host, so the run before it has started.
      await bench.stillAnswers()
      for (const pid of bench.pool.hostPids()) process.kill(pid, 'SIGKILL')
      assert.equal(endOf((await waiting).outcome), 'ended:host_lost')
      await bench.stillAnswers()
    },
  },
  {
    topic: 'drain',
    title: 'a pool that closes lets runs end, refuses new ones and leaves no process',
    async run(subject) {
      const bench = await Bench.open(subject)
      const [pid = 0] = bench.pool.hostPids()
      const running = bench.run('wait', { input: 50 })
      const closing = bench.pool.close({ deadlineMs: 60_000 })
      assert.equal(endOf((await bench.run('echo')).outcome), 'refused:draining')
      assert.equal(endOf((await running).outcome), 'ok')
      await closing
      assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
    },
  },
  {
    topic: 'recycling',
    title: 'replacing a host under load loses no run',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const [before] = bench.pool.hostPids()
      const runs = Array.from({ length: 20 }, () => bench.valueOf('wait', { input: 5 }))
      await bench.pool.recycleAll()
      assert.deepEqual(new Set(await Promise.all(runs)), new Set(['waited']))
      assert.notEqual(bench.pool.hostPids()[0], before)
    },
  },
  {
    topic: 'garbage',
    title: 'a host that sends what is no frame is killed and replaced',
    async run(subject) {
      await using bench = await Bench.open(subject, { spares: 1 })
      assert.equal(endOf((await bench.run('garbage')).outcome), 'ended:host_lost')
      await bench.stillAnswers()
    },
  },
  {
    topic: 'boot failure',
    title: 'a host that cannot start keeps the pool from starting, with the reason',
    async run(subject) {
      const engine = subject.engine()
      const broken: typeof engine = {
        ...engine,
        launch: (limits) => ({ ...engine.launch(limits), nodeFlags: ['--no-such-flag-of-node'] }),
      }
      await assert.rejects(createPool({ engine: broken, hosts: 1, spares: 0 }), {
        code: 'EK_POOL_START',
        message: /no-such-flag-of-node/,
      })
    },
  },
]
