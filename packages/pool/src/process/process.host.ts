/** Entry of a process host. */
import { runHost } from '../host/host-runtime.host.ts'
import { ProcessDriver, type ProcessHostConfig } from './process-driver.host.ts'

runHost((config) => ProcessDriver.boot(config as ProcessHostConfig))
