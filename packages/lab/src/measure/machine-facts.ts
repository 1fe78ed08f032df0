import os from 'node:os'
import type { MachineFacts } from '../result/result-plan.ts'

export function machineFacts(): MachineFacts {
  const cpus = os.cpus()
  return {
    hostname: os.hostname(),
    platform: os.platform(),
    release: os.release(),
    arch: os.arch(),
    cpuModel: cpus[0]?.model ?? 'unknown',
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
  }
}

export function runtimeVersions(): Readonly<Record<string, string>> {
  const names = ['node', 'v8', 'uv', 'openssl', 'llhttp'] as const
  return Object.fromEntries(names.map((name) => [name, process.versions[name] ?? 'none']))
}
