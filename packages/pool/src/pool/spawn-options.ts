import type { HostLaunch } from '../contract/engine.ts'
import type { SpawnOptions } from '../supervisor/supervisor.ts'
import { startRecordBytes } from '../wire/start-slots.ts'

/** How the supervisor starts the process of an engine, which also inherits the record of starts. */
export function spawnOptions(launch: HostLaunch, startsDescriptor: number): SpawnOptions {
  const { nodeFlags, entry, env, residentMb, captureOutput = false, descriptors = [] } = launch
  return {
    command: process.execPath,
    args: [...nodeFlags, entry],
    env,
    residentLimitMb: residentMb,
    captureOutput,
    descriptors: [...descriptors, startsDescriptor],
    record: { descriptor: startsDescriptor, bytes: startRecordBytes },
  }
}
