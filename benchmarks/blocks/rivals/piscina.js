/** Piscina: a pool of worker threads that live on, a new `node:vm` context for each block. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { serveBlocks } from './serve-blocks.js'

const pool = new Piscina({ filename: fileURLToPath(new URL('piscina.worker.js', import.meta.url)) })

serveBlocks((code, input) => pool.run({ code, input }))
process.on('SIGTERM', () => void pool.destroy().then(() => process.exit(0)))
