import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readResult } from '../../src/result.ts'
import { runCommand } from '../support/run-command.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { startServer } from '../support/test-server.ts'

test('a worker that dies: what the others measured is kept as a partial result, and the exit code is not 0', async () => {
  await using server = await startServer((_request, response) => response.end('x'))
  await inTemporaryFolder(async (folder) => {
    // Only the worker that gets the row "dies" ends itself.
    await writeFile(join(folder, 'data.csv'), 'lives\ndies\n')
    await writeFile(
      join(folder, 'p.cjs'),
      'module.exports = { step(context) { if (context.vars.fate === "dies") process.exit(3) } }',
    )
    await writeFile(
      join(folder, 's.yml'),
      `config:\n  target: ${server.url}\n  processor: ./p.cjs\n  phases: [{ duration: 300ms, arrivalCount: 2 }]\n  payload: { path: data.csv, fields: [fate], order: sequence }\nscenarios:\n  - flow: [{ function: step }, { get: { url: / } }]\n`,
    )
    const { exitCode } = await runCommand(['run', 's.yml', '--workers', '2', '-o', 'r.json', '-q'], { cwd: folder })
    assert.equal(exitCode, 1)
    const result = await readResult(join(folder, 'r.json'))
    assert.equal(result.status, 'partial')
    assert.match(result.partialReason ?? '', /worker ended early with exit code 3/)
    assert.equal(result.users.completed, 1)
  })
})
