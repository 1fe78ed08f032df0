import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeResult } from '../../src/result.ts'
import { runCommand } from '../support/run-command.ts'
import { sampleResult } from '../support/sample-result.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

test('a stored result becomes every kind of report, and the same one each time', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeResult(join(cwd, 'run/result.json'), sampleResult({ seconds: 10 }).result)
    const args = ['report', 'run', '--html', 'out/page.html', '--junit', 'out/junit.xml', '--summary', 'out/s.json']
    const first = await runCommand([...args, '--markdown', '-'], { cwd })
    assert.deepEqual([first.exitCode, first.stderr.split('\n').length], [0, 4])
    assert.match(first.stdout, /^## Sign-up/)
    const page = await readFile(join(cwd, 'out/page.html'), 'utf8')
    assert.match(page, /^<!doctype html>/)
    assert.match(await readFile(join(cwd, 'out/junit.xml'), 'utf8'), /^<\?xml/)
    assert.equal((JSON.parse(await readFile(join(cwd, 'out/s.json'), 'utf8')) as { version: number }).version, 1)
    await runCommand(args, { cwd })
    assert.equal(await readFile(join(cwd, 'out/page.html'), 'utf8'), page)
  })
})

test('without a format it writes report.html', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeResult(join(cwd, 'result.json'), sampleResult({ seconds: 5 }).result)
    assert.equal((await runCommand(['report', 'result.json'], { cwd })).exitCode, 0)
    assert.match(await readFile(join(cwd, 'report.html'), 'utf8'), /Sign-up/)
  })
})

test('a missing, broken or foreign file, or one of the future, is refused by name', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeFile(join(cwd, 'broken.json'), '{')
    await writeFile(join(cwd, 'foreign.json'), '{"aggregate":{}}')
    await writeFile(join(cwd, 'future.json'), '{"format":"evenkeel-lab-result","version":99}')
    await writeFile(join(cwd, 'comparison.json'), '{"format":"evenkeel-lab-comparison","version":1}')
    const cases = {
      'none.json': 'EK_LAB_RESULT_READ',
      'broken.json': 'EK_LAB_RESULT_INVALID',
      'foreign.json': 'EK_LAB_RESULT_INVALID',
      'future.json': 'EK_LAB_RESULT_VERSION',
      'comparison.json': 'EK_LAB_RESULT_INVALID',
    }
    for (const [file, code] of Object.entries(cases)) {
      const { exitCode, stderr } = await runCommand(['report', file], { cwd })
      assert.equal(exitCode, 2, file)
      assert.ok(stderr.includes(code) && stderr.includes(file), stderr)
    }
  })
})

test('a report that cannot be written is an error of the system', async () => {
  await inTemporaryFolder(async (cwd) => {
    await writeResult(join(cwd, 'result.json'), sampleResult({ seconds: 5 }).result)
    await writeFile(join(cwd, 'file'), '')
    const { exitCode, stderr } = await runCommand(['report', 'result.json', '--html', 'file/page.html'], { cwd })
    assert.equal(exitCode, 1)
    assert.match(stderr, /EK_LAB_RESULT_WRITE/)
  })
})
