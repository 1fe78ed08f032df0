import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { readResult } from '../../src/result.ts'
import { runCommand, type CommandOutcome } from '../support/run-command.ts'
import { SteadyClock } from '../support/steady-clock.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'
import { freePort, sendJson, startServer } from '../support/test-server.ts'

const ok = '{ get: { url: /ok } }'

async function run(config: string, flow: string, argv: readonly string[] = []): Promise<CommandOutcome> {
  await using server = await startServer((request, response) => {
    if (request.url === '/ok') sendJson(response, { fine: true })
    else sendJson(response, {}, 500)
  })
  return await inTemporaryFolder(async (folder) => {
    const phases = 'phases: [{ duration: 100ms, arrivalCount: 5 }]'
    await writeFile(
      join(folder, 's.yml'),
      `config: { target: '${server.url}', ${phases}${config === '' ? '' : `, ${config}`} }\nscenarios:\n  - flow: [${flow}]\n`,
    )
    // A machine that is busy elsewhere would make the generator the limit, which has an exit code of its own.
    return runCommand(['run', 's.yml', '-q', ...argv], { cwd: folder, clock: new SteadyClock() })
  })
}

suite('evenkeel-lab run', () => {
  test('a run that went well ends with 0 and prints what happened', async () => {
    const { exitCode, stdout } = await run('', ok)
    assert.equal(exitCode, 0)
    assert.match(stdout, /created 5, completed 5, failed 0/)
    assert.match(stdout, /200: 5/)
    assert.match(stdout, /n too small, 5 values; .*p95 needs 59, p99 needs 299/)
  })

  test('a failed expectation ends with 21', async () => {
    const { exitCode, stdout } = await run(
      'plugins: { expect: {} }',
      '{ get: { url: /bad, expect: { statusCode: 200 } } }',
    )
    assert.equal(exitCode, 21)
    assert.match(stdout, /failed {2}GET \/bad: statusCode \(0 passed, 5 failed\), got 500/)
  })

  test('a broken threshold ends with 1, also beside a failed expectation; an advisory one does not count', async () => {
    const ensure = `ensure: { thresholds: [{ http.response_time.p99: 0 }] }`
    assert.equal((await run(ensure, ok)).exitCode, 1)
    assert.equal(
      (await run(`${ensure}, plugins: { expect: {} }`, '{ get: { url: /bad, expect: { statusCode: 200 } } }')).exitCode,
      1,
    )
    assert.equal(
      (await run(`ensure: { conditions: [{ expression: 'http.codes.200 > 100', strict: false }] }`, ok)).exitCode,
      0,
    )
    assert.equal(
      (await run(`ensure: { conditions: [{ expression: 'http.codes.200 == 5 and vusers.failed == 0' }] }`, ok))
        .exitCode,
      0,
    )
    assert.equal((await run(`ensure: { maxErrorRate: 0 }`, ok)).exitCode, 0)
  })

  test('expectations that hold, of every kind', async () => {
    const expectations = `[{ statusCode: [200, 201] }, { notStatusCode: 500 }, { contentType: json }, { hasHeader: content-type }, { headerEquals: [content-type, application/json] }, { hasProperty: fine }, { notHasProperty: bad }, { equals: [a, a] }, { matchesRegexp: 'fi.e' }, { jmespath: fine }]`
    const { exitCode, stdout } = await run('plugins: { expect: {} }', `{ get: { url: /ok, expect: ${expectations} } }`)
    assert.equal(exitCode, 0, stdout)
    assert.equal(stdout.match(/passed {2}GET \/ok/g)?.length, 10)
  })

  test('a script that cannot be run ends with 2, findings and lines, and sends nothing', async () => {
    const { exitCode, stderr } = await run('phassse: 1', ok)
    assert.equal(exitCode, 2)
    assert.match(stderr, /EK_LAB_SCRIPT_INVALID[\s\S]*s\.yml:1:\d+: Unknown key "phassse"/)
  })

  test('the result is written to a file, and printed as JSON', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = join(folder, 'out', 'r.json')
      const { stdout } = await run('', ok, ['-o', path, '--json', '--label', 'revision=abc'])
      const result = await readResult(path)
      assert.equal(result.users.completed, 5)
      assert.equal(result.meta.labels['revision'], 'abc')
      assert.equal((JSON.parse(stdout) as { id: string }).id, result.id)
      assert.ok((await readFile(path, 'utf8')).endsWith('}\n'))
    })
  })

  test('apdex bands, endpoint counters and made-up data', async () => {
    const { stdout } = await run(
      `apdex: { threshold: 1000 }, plugins: { fake-data: {}, metrics-by-endpoint: { useOnlyRequestNames: true } }`,
      `{ get: { url: '/ok', name: fine, headers: { x: '{{ $internetEmail() }}' } } }`,
      ['--json'],
    )
    const { counters, endpoints, warnings } = JSON.parse(stdout) as {
      counters: Record<string, number>
      endpoints: { name: string }[]
      warnings: string[]
    }
    assert.equal(counters['apdex.satisfied'], 5)
    assert.equal(counters['plugins.metrics-by-endpoint.fine.codes.200'], 5)
    assert.deepEqual(
      endpoints.map(({ name }) => name),
      ['fine'],
    )
    assert.deepEqual(warnings, [])
  })

  test('--solo, --target and --overrides change what is sent', async () => {
    const { stdout } = await run('', ok, ['--solo'])
    assert.match(stdout, /created 1, completed 1/)
    const down = await run('', ok, ['-t', `http://127.0.0.1:${await freePort()}`])
    assert.match(down.stdout, /ECONNREFUSED {2}5/)
    assert.equal(down.exitCode, 1)
    const over = await run('', ok, ['--overrides', '{"config":{"phases":[{"duration":"50ms","arrivalCount":2}]}}'])
    assert.match(over.stdout, /created 2/)
  })

  test('a result or a report that has no place is an error before anything is sent', async () => {
    let asked = 0
    await using server = await startServer((_request, response) => {
      asked++
      response.end('x')
    })
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '')
      await writeFile(
        join(folder, 's.yml'),
        `config: { target: '${server.url}', phases: [{ duration: 100ms, arrivalCount: 1 }] }\nscenarios: [{ flow: [${ok}] }]\n`,
      )
      for (const args of [
        ['run', 's.yml', '-o', 'file/result.json'],
        ['run', 's.yml', '-o', '.'],
        ['run', 's.yml', '--html', 'file/a.html'],
        ['quick', server.url, '-n', '1', '--markdown', 'file/a.md'],
        ['compare', server.url, '--aa', '-o', 'file'],
      ]) {
        const { exitCode, stderr } = await runCommand(args, { cwd: folder })
        assert.equal(exitCode, 1, args.join(' '))
        assert.match(stderr, /EK_LAB_RESULT_WRITE: ".*" cannot be written/)
      }
      assert.equal(asked, 0)
    })
  })

  test('a wrong flag ends with 2', async () => {
    assert.equal((await runCommand(['run', 's.yml', '--tarrget', 'x'], { cwd: '.' })).exitCode, 2)
    assert.equal((await runCommand(['run', 's.yml', '--workers', 'none'], { cwd: '.' })).exitCode, 2)
    assert.equal((await runCommand(['run', '--help'], { cwd: '.' })).exitCode, 0)
  })
})
