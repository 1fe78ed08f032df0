/** Entry of an isolate host process. */
import { runHost } from '@evenkeel/pool/host'
import { IsolateDriver, type IsolateHostConfig } from './isolate-driver.host.ts'

runHost(async (config) => {
  const driver = new IsolateDriver(config as IsolateHostConfig)
  await driver.warm()
  return driver
})
