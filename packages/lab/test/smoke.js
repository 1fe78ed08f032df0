/** Runs in an empty folder against the installed package: the built files find each other, workers and child processes included. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { requestPlan, runLab, runLoad } from '@evenkeel/lab'
import { renderRunMarkdown, renderRunPage } from '@evenkeel/lab/report'
import { readResult, validateResult } from '@evenkeel/lab/result'
import { judge, signedRankEstimate } from '@evenkeel/lab/stats'

const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}`
const quiet = { write() {} }
const context = { stdout: quiet, stderr: quiet }
const script = `config: { target: '${url}', phases: [{ duration: 200ms, arrivalCount: 10 }] }\nscenarios: [{ flow: [{ get: { url: / } }] }]\n`
try {
  const result = await runLoad({ plan: requestPlan({ url, requestCount: 100, connections: 2 }) })
  assert.equal(validateResult(JSON.parse(JSON.stringify(result))).requests.responses, 100)
  const page = renderRunPage(result)
  assert.match(page, /uPlot/)
  assert.match(page, /drawCharts/)
  assert.doesNotMatch(page, /: ChartSpec|sourceMappingURL/)
  assert.match(renderRunMarkdown(result), /100 requests/)
  assert.equal(judge(signedRankEstimate([1, 1, 1, 1, 1, 1, 1]), { direction: 'higher-is-better' }).status, 'faster')

  writeFileSync('script.yml', script)
  assert.equal(await runLab(['run', 'script.yml', '--workers', '2', '-o', 'result.json'], { context }), 0)
  assert.equal((await readResult('result.json')).users.completed, 10)
  assert.equal(await runLab(['selftest', '-d', '200ms'], { context }), 0)
} finally {
  server.closeAllConnections()
  server.close()
  for (const file of ['script.yml', 'result.json']) rmSync(file, { force: true })
}
