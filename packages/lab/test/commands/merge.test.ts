import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readResult, writeResult } from '../../src/result.ts'
import { runCommand } from '../support/run-command.ts'
import { sampleResult } from '../support/sample-result.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

test('two result folders become one, with a report', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeResult(join(cwd, 'a/result.json'), sampleResult({ seed: 1, seconds: 5 }).result)
    await writeResult(join(cwd, 'b/result.json'), sampleResult({ seed: 2, seconds: 5 }).result)
    const { exitCode, stderr } = await runCommand(['merge', 'a', 'b', '-o', 'all', '--html', 'all.html'], { cwd })
    assert.equal(exitCode, 0)
    assert.match(stderr, /wrote .*result\.json\nwrote .*all\.html\n$/)
    assert.equal((await readResult(join(cwd, 'all'))).requests.sent, 500)
    assert.match(await readFile(join(cwd, 'all.html'), 'utf8'), /<!doctype html>/)
  })
})

test('the same folder twice is refused and nothing is written', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeResult(join(cwd, 'a/result.json'), sampleResult({ seconds: 5 }).result)
    const { exitCode, stderr } = await runCommand(['merge', 'a', 'a'], { cwd })
    assert.equal(exitCode, 2)
    assert.match(stderr, /EK_LAB_MERGE: The result "run-1-0" was given twice/)
    await assert.rejects(readResult(join(cwd, 'merged')))
  })
})
