/** A new context and the whole bundle for each request, a process for each processor: node fresh-context.js <bundle.cjs> */
import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { createContext, Script } from 'node:vm'

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (_worker, { port }) => {
    listening += 1
    if (listening === availableParallelism()) console.log(`http://127.0.0.1:${port}`)
  })
  for (let index = 0; index < availableParallelism(); index += 1) cluster.fork()
} else {
  const [file] = process.argv.slice(2)
  // Compiled once: what each request pays is the context and the evaluation.
  const script = new Script(readFileSync(file, 'utf8'), { filename: file })
  const given = {
    require: createRequire(file),
    process,
    console,
    TextEncoder,
    TextDecoder,
    URL,
    URLSearchParams,
    Request,
  }
  const more = {
    Response,
    Headers,
    AbortController,
    AbortSignal,
    queueMicrotask,
    setTimeout,
    clearTimeout,
    setImmediate,
  }
  createServer(async (request, response) => {
    const exports = {}
    const sandbox = createContext({ ...given, ...more, MessageChannel, performance, exports, module: { exports } })
    script.runInContext(sandbox)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(await sandbox.module.exports.renderPage(request.url))
  }).listen(0, '127.0.0.1')
}
