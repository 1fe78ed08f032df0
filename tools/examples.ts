/** Runs every example that asserts its own result: `examples/<story>/main.ts`. Exit code 1 when one fails. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..', 'examples')
const stories = readdirSync(root).filter((name) => existsSync(join(root, name, 'main.ts')))
for (const story of stories) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@evenkeel/source', 'main.ts'], {
    cwd: join(root, story),
    encoding: 'utf8',
    timeout: 120_000,
  })
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} examples/${story}`)
  if (status === 0) continue
  process.exitCode = 1
  console.log(stdout + stderr)
}
console.log(`${stories.length} examples run`)
