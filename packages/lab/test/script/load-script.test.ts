import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { isLabError, loadScript, parseScript, type LoadScriptOptions, type ResolvedScript } from '../../src/index.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

async function load(
  text: string,
  options: LoadScriptOptions = {},
  files: Record<string, string> = {},
): Promise<ResolvedScript> {
  return inTemporaryFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
    await writeFile(join(folder, 'script.yml'), text)
    return loadScript(join(folder, 'script.yml'), options)
  })
}

async function failure(text: string, options: LoadScriptOptions = {}): Promise<{ code: string; text: string }> {
  try {
    await load(text, options)
  } catch (error) {
    assert.ok(isLabError(error), String(error))
    const findings = error.findings.map(({ line, message, hint }) => `${line ?? 0}: ${message} (${hint ?? ''})`)
    return { code: error.code, text: [error.message, error.hint ?? '', ...findings].join('\n') }
  }
  return assert.fail('the script was accepted')
}

const minimal = 'scenarios:\n  - flow:\n      - get: { url: "/" }\n'

suite('loading a script', () => {
  test('the script as the talk prints it is read with a warning for each misplaced key', async () => {
    const script = await load(
      `config:
  target: 'http://localhost:3000'
  http:
    timeout: 20
phases:
  -
    duration: 240
    arrivalCount: 8
    name: "Warm-up"
processor: "./processor.cjs"
payload:
  path: './payload.csv'
  fields:
    - 'email'
    - 'password'
order: 'sequence'
${minimal}`,
      {},
      { 'payload.csv': 'a@example.com,x\n', 'processor.cjs': 'module.exports = { hook() {} }' },
    )
    assert.deepEqual(
      script.warnings.map(({ line, message }) => [line, /^"(\w+)"/.exec(message)?.[1]]),
      [
        [5, 'phases'],
        [10, 'processor'],
        [11, 'payload'],
        [16, 'order'],
      ],
    )
    assert.deepEqual(script.phases, [
      { kind: 'count', name: 'Warm-up', durationMs: 240_000, arrivalCount: 8, maxUsers: undefined },
    ])
    assert.equal(script.payloads[0]?.order, 'sequence')
    assert.equal(script.http.timeoutMs, 20_000)
    assert.deepEqual(Object.keys(script.processor), ['hook'])
  })

  test('an unknown key is named with its line and the key that was meant', async () => {
    const { code, text } = await failure(`config:\n  target: http://x.test\n  phasse: []\n${minimal}`)
    assert.equal(code, 'EK_LAB_SCRIPT_INVALID')
    assert.match(text, /3: Unknown key "phasse" in "config" \(did you mean "phases"\?\)/)
    const step = await failure(
      `config: { target: 'http://x.test' }\nscenarios:\n  - flow:\n      - get:\n          url: /\n          capure: []\n`,
    )
    assert.match(step.text, /6: Unknown key "capure".*did you mean "capture"/)
    const verb = await failure(`config: { target: 'http://x.test' }\nscenarios:\n  - flow:\n      - gte: { url: / }\n`)
    assert.match(verb.text, /4: .*"gte".*did you mean "get"/)
  })

  test('keys that slid out of their step are named with where they belong', async () => {
    const { text } = await failure(
      `config: { target: 'http://x.test' }\nscenarios:\n  - flow:\n      - post:\n          url: /login\n        json: { a: 1 }\n`,
    )
    assert.match(text, /6: "json" is misplaced here \(indent it below "post"\)/)
  })

  test('unknown keys become warnings on request', async () => {
    const script = await load(`config: { target: 'http://x.test', nonsense: 1 }\n${minimal}`, {
      allowUnknownKeys: true,
    })
    assert.ok(script.warnings.some(({ message }) => message.includes('"nonsense"')))
  })

  test('a wrong type names expectation and value', async () => {
    const { text } = await failure(
      `config:\n  target: http://x.test\n  phases:\n    - duration: soon\n      arrivalRate: 1\n${minimal}`,
    )
    assert.match(text, /4: "config.phases\[0\].duration" must be seconds or a duration.*received "soon"/)
  })

  test('invalid YAML is reported with its line', async () => {
    const { code, text } = await failure('config:\n  target: "x\nscenarios: []\n')
    assert.equal(code, 'EK_LAB_SCRIPT_SYNTAX')
    assert.match(text, /\d+: /)
  })

  test('YAML follows the 1.1 rules, except that yes and on are words', async () => {
    const script = await load(
      `config:\n  target: http://x.test\n  variables: { octal: 010, grouped: 1_000, clock: "12:30", word: yes, on: on, real: true }\n${minimal}`,
    )
    assert.deepEqual(script.variables, { octal: 8, grouped: 1000, clock: '12:30', word: 'yes', on: 'on', real: true })
  })

  test('anchors and merge keys work; parts for them stand below x- keys', async () => {
    const script = await load(
      `x-login: &login\n  - get: { url: /a }\n  - get: { url: /b }\nconfig: { target: 'http://x.test' }\nscenarios:\n  - flow:\n      - *login\n      - get: { url: /c }\n`,
    )
    assert.equal(script.scenarios[0]?.flow.length, 3)
  })

  test('an environment lies over the configuration; a missing one is an error that lists those there are', async () => {
    const text = `config:\n  target: http://x.test\n  environments:\n    staging: { target: 'http://y.test', phases: [{ duration: 2, arrivalRate: 3 }] }\n${minimal}`
    const script = await load(text, { environment: 'staging' })
    assert.equal(script.target, 'http://y.test')
    assert.equal(script.phases[0]?.kind, 'rate')
    assert.equal(script.baseVars['$environment'], 'staging')
    assert.match((await failure(text, { environment: 'prod' })).text, /no environment "prod"[\s\S]*"staging"/)
  })

  test('variables, overrides, target and the process environment fill the configuration', async () => {
    const text = `config:\n  target: '{{ host }}'\n  variables: { host: 'http://{{ name }}.test', name: a }\n  phases: [{ duration: '{{ $env.SECONDS }}', arrivalRate: 1 }]\n${minimal}`
    const script = await load(text, { variables: { name: 'b' }, env: { SECONDS: '7' } })
    assert.equal(script.target, 'http://b.test')
    assert.equal(script.phases[0]?.durationMs, 7000)
    const over = await load(text, {
      env: { SECONDS: '7' },
      target: 'http://z.test',
      overrides: { config: { phases: [{ duration: 1, arrivalCount: 2 }] } },
    })
    assert.equal(over.target, 'http://z.test')
    assert.equal(over.phases[0]?.kind, 'count')
  })

  test('variables that refer to each other in a circle are an error', async () => {
    const { code, text } = await failure(
      `config:\n  target: http://x.test\n  variables: { a: '{{ b }}!', b: '{{ a }}?' }\n${minimal}`,
    )
    assert.equal(code, 'EK_LAB_TEMPLATE')
    assert.match(text, /"a", "b"/)
  })

  test('a separate configuration file lies below the script', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(
        join(folder, 'config.yml'),
        'config: { target: http://x.test, phases: [{ duration: 1, arrivalCount: 2 }] }\n',
      )
      await writeFile(join(folder, 'script.yml'), minimal)
      const script = await loadScript(join(folder, 'script.yml'), { configFile: join(folder, 'config.yml') })
      assert.equal(script.target, 'http://x.test')
    })
  })

  test('a scenario is chosen by name or pattern; none or several are errors', async () => {
    const text = `config: { target: 'http://x.test' }\nscenarios:\n  - name: buy one\n    flow: [{ log: a }]\n  - name: buy two\n    flow: [{ log: b }]\n`
    assert.equal((await load(text, { scenarioName: 'buy one' })).scenarios.length, 1)
    assert.equal((await load(text, { scenarioName: 'two$' })).scenarios[0]?.name, 'buy two')
    assert.match((await failure(text, { scenarioName: 'buy' })).text, /fits 2 scenarios/)
    assert.match((await failure(text, { scenarioName: 'sell' })).text, /No scenario is named "sell"/)
  })

  test('a missing target, scenario, or an engine of others is an error', async () => {
    assert.match((await failure(minimal)).text, /no "config.target"/)
    assert.match((await failure('config: { target: http://x.test }\n')).text, /no scenario/)
    const engine = `config: { target: 'http://x.test' }\nscenarios:\n  - engine: playwright\n    flow: [{ log: a }]\n`
    assert.match((await failure(engine)).text, /"playwright" is not part of this lab[\s\S]*3: here/)
  })

  test('a plugin of others and a function that is not there are warnings', async () => {
    const script = await load(
      `config:\n  target: http://x.test\n  plugins:\n    publish-metrics: [{ type: x }]\nscenarios:\n  - flow: [{ function: doIt }]\n`,
    )
    const messages = script.warnings.map(({ message, line }) => `${line ?? ''} ${message}`)
    assert.ok(
      messages.some((text) => text.startsWith('4 The plugin "publish-metrics"')),
      messages.join('\n'),
    )
    assert.ok(
      messages.some((text) => text.includes('no function "doIt"')),
      messages.join('\n'),
    )
  })

  test('a key that has no effect here is a warning with its line', async () => {
    const script = await load(
      `config:\n  target: http://x.test\n  statsInterval: 5\n  environments:\n    a: { ws: { defaults: {} } }\n${minimal}`,
    )
    assert.deepEqual(
      script.warnings
        .filter(({ message }) => message.includes('no effect'))
        .map(({ line, message }) => [line, message]),
      [
        [3, '"config.statsInterval" has no effect'],
        [5, '"config.environments.a.ws.defaults" has no effect'],
      ],
    )
  })

  test('a script may be a TypeScript module with its functions beside it', async () => {
    await inTemporaryFolder(async (folder) => {
      const file = join(folder, 'script.ts')
      await writeFile(
        file,
        `export const config: unknown = { target: 'http://x.test' }\nexport const scenarios = [{ flow: [{ function: 'go' }] }]\nexport async function go(): Promise<void> {}\n`,
      )
      const script = await loadScript(file)
      assert.equal(typeof script.processor['go'], 'function')
      assert.deepEqual(
        script.warnings.map(({ message }) => message),
        ['The script has no phases: one user is sent, once'],
      )
    })
  })

  test('a time scale shortens the phases and keeps the users', async () => {
    const script = await parseScript(
      {
        config: {
          target: 'http://x.test',
          phases: [
            { duration: 240, arrivalCount: 24 },
            { duration: 60, arrivalRate: 2 },
          ],
        },
        scenarios: [{ flow: [] }],
      },
      { timeScale: 60 },
    )
    assert.deepEqual(
      script.phases.map((phase) => phase.durationMs),
      [4000, 1000],
    )
    assert.equal(script.phases[1]?.kind === 'rate' ? script.phases[1].arrivalRate : 0, 120)
  })
})
