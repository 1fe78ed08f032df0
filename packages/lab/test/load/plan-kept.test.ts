import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { loadScript, runInWorkers } from '../../src/index.ts'
import { startNullServer } from '../../src/load/null-server.ts'
import { LatencyHistogram, type LabResult } from '../../src/result.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

const seconds = 30

function send(url: string, perSecond: number): Promise<LabResult> {
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, 'plan.yml')
    await writeFile(
      file,
      `config: { target: '${url}', http: { pool: 50 }, phases: [{ duration: ${seconds}, arrivalRate: ${perSecond} }] }\nscenarios: [{ flow: [{ get: { url: / } }] }]\n`,
    )
    return runInWorkers({ plan: { kind: 'script', script: await loadScript(file) } }, 2)
  })
}

suite('a plan sent by two workers, with the server on the same machine', () => {
  for (const perSecond of [500, 1000])
    test(`${perSecond} arrivals a second are kept within 0.5 % and 5 ms, or the verdict says why not`, async (context) => {
      await using server = await startNullServer()
      const { generator, users } = await send(server.url, perSecond)
      const planned = perSecond * seconds
      assert.equal(generator.intendedArrivals, planned)
      assert.equal(users.created, generator.arrivals)
      const lag = LatencyHistogram.decode(generator.sendLag)
      const lagMs = lag.percentile(99) / 1000
      const isKept = generator.arrivals >= planned * 0.995 && lagMs <= 5
      const reasons = generator.reasons.map(({ code }) => code)
      context.diagnostic(`${generator.arrivals} of ${planned}, start delay p99 ${lagMs} ms: ${generator.verdict}`)
      // Each worker says whether it was late: a hundredth of what one of the two sends is half a hundredth of all.
      const wasOneLate = lag.percentile(99.5) / 1000 > 5
      if (isKept)
        return assert.ok(!reasons.includes('arrivals-missing') && (wasOneLate || !reasons.includes('send-lag')))
      assert.notEqual(generator.verdict, 'ok')
      assert.ok(reasons.includes(lagMs > 5 ? 'send-lag' : 'arrivals-missing'), reasons.join())
    })
})
