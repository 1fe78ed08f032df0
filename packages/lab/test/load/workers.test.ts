import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { loadScript } from '../../src/index.ts'
import { runInWorkers } from '../../src/load/run-in-workers.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { startServer } from '../support/test-server.ts'

suite('several workers', () => {
  test('share one timetable and one sequence of rows; counts and histograms add up', async () => {
    const names: string[] = []
    await using server = await startServer((request, response) => {
      names.push(request.url?.slice(1) ?? '')
      response.end()
    })
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'data.csv'), Array.from({ length: 60 }, (_, index) => `n${index}`).join('\n'))
      await writeFile(
        join(folder, 's.yml'),
        `config:\n  target: ${server.url}\n  phases: [{ duration: 1, arrivalRate: 60 }]\n  payload: { path: data.csv, fields: [name], order: unique }\n  ensure: { thresholds: [{ 'vusers.created': 61 }, { 'vusers.failed': 1 }] }\nbefore: { flow: [{ get: { url: /before } }] }\nscenarios:\n  - flow: [{ get: { url: '/{{ name }}' } }]\n`,
      )
      const script = await loadScript(join(folder, 's.yml'))
      const result = await runInWorkers({ plan: { kind: 'script', script } }, 3)
      assert.equal(result.status, 'complete')
      assert.equal(result.users.created, 60)
      assert.equal(result.latency.latency.count, 60)
      assert.equal(result.meta.generators.length, 3)
      // The threads share one process: its memory is not counted three times.
      assert.ok(result.generator.peakRssBytes <= process.resourceUsage().maxRSS * 1024)
      assert.ok(result.generator.samples.every(({ rssBytes }) => rssBytes <= process.resourceUsage().maxRSS * 1024))
      assert.equal(names.filter((name) => name === 'before').length, 1)
      assert.equal(new Set(names).size, 61)
      assert.deepEqual(
        result.checks.map(({ status }) => status),
        ['passed', 'passed'],
      )
    })
  })
})
