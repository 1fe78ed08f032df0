import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transportConformance } from '../../src/conformance/suite.ts'
import { fileTransport } from '../../src/file/file-transport.ts'

transportConformance({
  name: 'file',
  async create() {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-file-'))
    const path = join(folder, 'events.ndjson')
    return {
      transport: fileTransport({ path, fsync: 'batch' }),
      received: async () => (await readFile(path, 'utf8')).split('\n').slice(0, -1),
      dispose: () => rm(folder, { recursive: true }),
    }
  },
  createUnreachable: () => fileTransport({ path: '/dev/null/no-such-folder/events' }),
  skip: {
    once: 'a file knows no batch ids: a batch that is sent again is appended again',
    interruption: 'a local file has no connection; a full disk is a test of its own',
  },
})
