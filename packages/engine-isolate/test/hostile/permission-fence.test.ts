/** What a program that escaped its isolate would find: a host process under the flags of the engine. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isolateEngine } from '@evenkeel/engine-isolate'

const attempts = {
  'read a file': 'fs.readFileSync("/etc/passwd")',
  'list a folder': 'fs.readdirSync("/")',
  'write a file': 'fs.writeFileSync("/tmp/evenkeel-escape", "x")',
  'start a process': 'child_process.execSync("id")',
  'start a thread': 'new worker_threads.Worker("1", { eval: true })',
  'connect by TCP':
    'await new Promise((resolve, reject) => net.connect(1, "127.0.0.1").on("connect", resolve).on("error", reject))',
  'connect by a Unix socket':
    'await new Promise((resolve, reject) => net.connect("/var/run/x.sock").on("connect", resolve).on("error", reject))',
  listen: 'await new Promise((resolve, reject) => net.createServer().listen(0, resolve).on("error", reject))',
  'resolve a name': 'await dns.promises.lookup("localhost")',
  'inspect itself': 'inspector.open(0)',
} as const

const denied = ['ERR_ACCESS_DENIED']

for (const [name, code] of Object.entries(attempts)) {
  test(`a host may not ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-fence-'))
    try {
      const script = join(folder, 'escape.mjs')
      writeFileSync(script, escape(code))
      const { nodeFlags, env } = isolateEngine().launch({ parked: 1, memoryMb: 64 })
      const { stdout, stderr } = spawnSync(process.execPath, [...nodeFlags, `--allow-fs-read=${folder}/*`, script], {
        env,
        encoding: 'utf8',
      })
      assert.ok(denied.includes(stdout.trim()), `${stdout} ${stderr}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

test('a host has nothing of the environment', () => {
  assert.deepEqual(Object.keys(isolateEngine().launch({ parked: 1, memoryMb: 64 }).env), ['MALLOC_MMAP_THRESHOLD_'])
})

function escape(code: string): string {
  return `import fs from 'node:fs'; import child_process from 'node:child_process'; import worker_threads from 'node:worker_threads'
import net from 'node:net'; import dns from 'node:dns'; import inspector from 'node:inspector'
try { ${code}; console.log('succeeded') } catch (error) { console.log(error.code ?? error.message) }
process.exit()`
}
