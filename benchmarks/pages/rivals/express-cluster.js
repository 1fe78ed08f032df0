/** Express with renderToString, a process for each processor: node express-cluster.js <bundle.mjs> */
import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import express from 'express'

if (cluster.isPrimary) {
  let listening = 0
  cluster.on('listening', (_worker, { port }) => {
    listening += 1
    if (listening === availableParallelism()) console.log(`http://127.0.0.1:${port}`)
  })
  for (let index = 0; index < availableParallelism(); index += 1) cluster.fork()
} else {
  const { renderPage } = await import(process.argv[2])
  const app = express()
  app.get('/', async (request, response) => {
    response.type('html').send(await renderPage(request.url))
  })
  app.listen(0, '127.0.0.1')
}
