/**
 * The way n8n's task runners work: `node:vm` in a child process that lives on, a new context for each task, tasks and results as
 * messages, five tasks at a time. One child for each processor.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { serveBlocks } from './serve-blocks.js'

const concurrency = 5
const script = fileURLToPath(new URL('task-runner.child.js', import.meta.url))
const runners = Array.from({ length: availableParallelism() }, () => {
  const child = fork(script, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const runner = { child, running: 0, tasks: new Map() }
  child.on('message', ({ id, json, error }) => {
    const task = runner.tasks.get(id)
    runner.tasks.delete(id)
    runner.running -= 1
    if (error === undefined) task.resolve(json)
    else task.reject(new Error(error))
    dispatch()
  })
  return runner
})
const waiting = []
let nextId = 0

function dispatch() {
  for (const runner of runners.toSorted((one, other) => one.running - other.running)) {
    if (runner.running >= concurrency || waiting.length === 0) continue
    const { code, input, ...task } = waiting.shift()
    const id = nextId++
    runner.running += 1
    runner.tasks.set(id, task)
    runner.child.send({ id, code, input })
  }
}

serveBlocks(
  (code, input) =>
    new Promise((resolve, reject) => {
      waiting.push({ code, input, resolve, reject })
      dispatch()
    }),
)
process.on('SIGTERM', () => {
  for (const { child } of runners) child.kill('SIGKILL')
  process.exit(0)
})
