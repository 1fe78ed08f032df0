import { pathToFileURL } from 'node:url'
import type { CspOptions } from '../answers/nonce.ts'
import type { PageRequestIn } from '../answers/page-answer.ts'
import type { Stage } from '../answers/page-service.ts'
import { openStage } from '../answers/stage.ts'
import { readBuild, serverBundle, type PagesBuild } from '../build/build-manifest.ts'
import { firstExamples } from '../deployment/examples.ts'
import { LocalRenderer } from '../deployment/local-renderer.ts'
import type { LoadAnswer, LoadInput, RenderInput } from '../render/messages.ts'
import type { PagesProgram } from '../render/program.host.ts'
import { SiteFront } from '../site-front.ts'
import type { LocalSiteOptions } from './local-site-options.ts'

/** How long a page may take to load its example, in milliseconds. */
const exampleMs = 1_000

/** How long the way from a request to its page is gone before visitors go it, in milliseconds. */
const warmMs = 500
const warmRounds = 100

/** Evaluates a build in this process and warms it. Rejects with what the pages threw. */
export async function openLocalSite(options: LocalSiteOptions): Promise<SiteFront> {
  const build = readBuild(options.folder)
  const program = (await import(pathToFileURL(serverBundle(build)).href)) as PagesProgram
  const { routes, assets } = build.manifest
  const renderer = new LocalRenderer({ program, routes, assets, maxPageBytes: options.maxPageBytes })
  const examples = await examplesOf(build, renderer)
  await program.warm({ options: { assets, warm: examples } })
  const csp: CspOptions | undefined = options.csp === null ? undefined : { policy: options.csp }
  const stage = await openStage(renderer, { ...options, csp })
  const front = new SiteFront({ ...options, csp, stage: () => stage })
  for (const folder of [...options.earlier, options.folder]) front.addFiles(readBuild(folder))
  await goThere(front, stage, examples)
  for (const what of options.purged) front.purge(what)
  return front
}

async function examplesOf({ manifest }: PagesBuild, renderer: LocalRenderer): Promise<readonly RenderInput[]> {
  const metas = new Map(renderer.routes.flatMap((id) => renderer.metaOf(id) ?? []).map((meta) => [meta.id, meta]))
  const load = async (input: LoadInput): Promise<LoadAnswer | undefined> => {
    const answer = await renderer.load(input, { signal: AbortSignal.timeout(exampleMs) })
    return 'reason' in answer ? undefined : answer
  }
  return firstExamples(manifest.routes, metas, load)
}

/** Asks for the examples as visitors would, but for those that are kept or whose loads have run already. */
async function goThere(front: SiteFront, stage: Stage, examples: readonly RenderInput[]): Promise<void> {
  const { deployment } = stage
  const requests = examples.flatMap(({ route, path }): PageRequestIn[] => {
    const meta = deployment.metaOf(route)
    const isPlain = meta?.hasLoad === false && meta.config.cache === undefined && deployment.find(path)?.id === route
    return isPlain ? [{ method: 'GET', url: path, headers: {} }] : []
  })
  const untilMs = performance.now() + warmMs
  for (let round = 0; round < warmRounds && performance.now() < untilMs; round += 1)
    for (const request of requests) await front.service.answer(request)
}
