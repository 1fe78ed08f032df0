/** The part of autocannon that the benchmark uses. */
declare module 'autocannon' {
  interface Result {
    readonly requests: { readonly total: number }
    readonly non2xx: number
    readonly errors: number
  }
  export default function autocannon(options: {
    readonly url: string
    readonly connections: number
    readonly duration: number
  }): Promise<Result>
}
