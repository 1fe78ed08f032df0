/** Entry of a QuickJS host process. */
import { runHost } from '@evenkeel/pool/host'
import { QuickjsDriver, type QuickjsHostConfig } from './quickjs-driver.host.ts'

runHost((config) => QuickjsDriver.boot(config as QuickjsHostConfig))
