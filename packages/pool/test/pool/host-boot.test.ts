import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { getPriority } from 'node:os'
import { test, type TestContext } from 'node:test'
import { HostBoot } from '../../src/pool/host-boot.ts'
import { HostPriority } from '../../src/supervisor/priority.ts'

/** A process that has started another. */
async function family(context: TestContext): Promise<{ pid: number; child: number }> {
  const script =
    'const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1e9)"], { stdio: "ignore" });' +
    'process.once("SIGTERM", () => { child.kill("SIGKILL"); process.exit() }); console.log(child.pid); setInterval(() => {}, 1e9)'
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  context.after(() => parent.kill('SIGTERM'))
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  return { pid: parent.pid ?? 0, child: Number(line.toString()) }
}

test('a host gives way until it has booted, and what it has started until then no longer does', async (context) => {
  const { pid, child } = await family(context)
  const ordinary = getPriority(pid)
  const priority = new HostPriority()
  const boot = new HostBoot(priority, 600_000, () => assert.fail('late'))
  context.after(() => boot.forget())
  boot.begin(pid, true)
  if (getPriority(pid) !== 19) return context.skip('this user may not raise a priority again')
  priority.lower(child, 'nicest')
  boot.done()
  assert.equal(getPriority(pid), ordinary)
  if (process.platform === 'linux') assert.equal(getPriority(child), ordinary)
  else priority.restore(child)
})

test('it gives way for half of the time in which it must have booted at most', async (context) => {
  const { pid } = await family(context)
  const ordinary = getPriority(pid)
  const late = Promise.withResolvers<void>()
  const boot = new HostBoot(new HostPriority(), 40, late.resolve)
  boot.begin(pid, true)
  context.after(() => boot.forget())
  if (getPriority(pid) !== 19) return context.skip('this user may not raise a priority again')
  while (getPriority(pid) !== ordinary) await new Promise((resolve) => setImmediate(resolve))
  await late.promise
})
